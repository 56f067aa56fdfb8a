package main

import (
	"context"
	"errors"
	"log"
	"sort"

	"github.com/hashicorp/vault/sdk/framework"
	"github.com/hashicorp/vault/sdk/logical"
)

var goPatterns = []string{
	"config",
	"config/?",
	"roles/?$",
	"^roles/?$",
	"roles/" + framework.GenericNameRegex("name"),
	"roles/" + framework.GenericNameWithAtRegex("name"),
	`creds(/(?P<name>\w(([\w-.]+)?\w)?))?`, // OpenBao's OptionalGenericNameRegex, which Vault has not.
	"creds" + framework.OptionalParamRegex("name"),
	framework.MatchAllRegex("path"),
	"roles/" + framework.GenericNameRegex("name") + "/keys/" + framework.GenericNameRegex("key") + "/?",
	"a|roles/?",
	"(config|roles)/(?P<kind>key|model)",
	"config(/(?P<name>[^/]+))?",
	"roles/(?P<name>[a-z]{2,3})",
	`a\.b/(?P<name>\d+)`,
	`(?P<name>\S+)\s?x`,
	`x(?P<name>.)`,
	`x(?P<name>[\s-]+)`,
	`(?P<name>[]a]+)`,
	`x\_y\@z\-w`,
	`\Ax(?P<name>\W)\z`,
	"crl(/pem|/der|/delta(/pem)?)?",
	"(?:one|two)/?",
	"keys/.*",
}

var goPaths = []string{
	"", "config", "config/", "/config", "config\n", "configs", "roles", "roles/", "roles//", "roles/a", "roles/a/", "roles/a-b.c_d",
	"roles/-a", "roles/a-", "roles/.a", "roles/a.", "roles/_", "roles/a/b", "roles/a@b", "roles/@", "roles/é", "roles/😀", "roles/a\n",
	"roles/a b", "roles/abc", "roles/abcd", "creds", "creds/", "creds/a", "creds/a/b", "creds/a\nb", "creds/a\rb", "creds/a\u2028b",
	"roles/a/keys/b", "roles/a/keys/b/", "roles/a/keys/", "a", "xa", "ax", "config/key", "roles/model", "roles/x", "a.b/12", "acb/12",
	"a.b/٣", "q\u00a0x", "q x", "qx", "x😀", "xé", "x \t", "x-", "x\u00a0", "x\u000b", "]a]", "x_y@z-w", "x\n", "x\r", "x\u2028",
	"__proto__", "roles/__proto__", "roles/constructor", "crl", "crl/pem", "crl/delta/pem", "one", "two/", "keys/a",
}

type patternCase struct {
	Pattern string `json:"pattern"`
	// Matches holds the captures of each path that matches.
	Matches map[string]map[string]any `json:"matches"`
	// OpenAPI is how the documentation calls the paths.
	OpenAPI []string `json:"openapi"`
}

func patterns() []patternCase {
	fields := map[string]*framework.FieldSchema{}
	for _, name := range []string{"name", "key", "kind", "path"} {
		fields[name] = &framework.FieldSchema{Type: framework.TypeString}
	}
	var table []patternCase
	for _, pattern := range goPatterns {
		backend := &framework.Backend{Paths: []*framework.Path{{
			Pattern: pattern,
			Fields:  fields,
			Operations: map[logical.Operation]framework.OperationHandler{
				logical.ReadOperation: &framework.PathOperation{
					Callback: func(_ context.Context, _ *logical.Request, data *framework.FieldData) (*logical.Response, error) {
						return &logical.Response{Data: data.Raw}, nil
					},
				},
			},
		}}}
		c := patternCase{Pattern: pattern, Matches: map[string]map[string]any{}}
		for _, path := range goPaths {
			resp, err := backend.HandleRequest(context.Background(), &logical.Request{Operation: logical.ReadOperation, Path: path})
			if errors.Is(err, logical.ErrUnsupportedPath) {
				continue
			}
			if err != nil {
				log.Fatalf("%s: %s: %s", pattern, path, err)
			}
			c.Matches[path] = resp.Data
		}
		help, err := backend.HandleRequest(context.Background(), &logical.Request{Operation: logical.HelpOperation})
		if err != nil {
			log.Fatalf("%s: %s", pattern, err)
		}
		for path := range help.Data["openapi"].(*framework.OASDocument).Paths {
			c.OpenAPI = append(c.OpenAPI, path)
		}
		sort.Strings(c.OpenAPI)
		table = append(table, c)
	}
	return table
}
