package main

import (
	"context"
	"encoding/json"
	"log"

	"github.com/hashicorp/vault/sdk/framework"
	"github.com/hashicorp/vault/sdk/logical"
)

// The same backends are declared in tests/sdk/framework/openapi-golden.test.ts, by the same names.
type openAPICase struct {
	Name       string         `json:"name"`
	Paths      map[string]any `json:"paths"`
	Components map[string]any `json:"components"`
}

func answerNothing(context.Context, *logical.Request, *framework.FieldData) (*logical.Response, error) {
	return nil, nil
}

func op(summary string) *framework.PathOperation {
	return &framework.PathOperation{Callback: answerNothing, Summary: summary}
}

func absent(context.Context, *logical.Request, *framework.FieldData) (bool, error) {
	return false, nil
}

var openAPIFields = map[string]*framework.FieldSchema{
	"name":   {Type: framework.TypeNameString, Description: " The name\n  of the role. ", Required: true},
	"models": {Type: framework.TypeCommaStringSlice, Description: "Models.", Default: []string{"a"}},
	"budget": {Type: framework.TypeFloat, Description: "A limit.", Required: true, Deprecated: true},
	"ttl": {
		Type: framework.TypeDurationSecond, AllowedValues: []any{60}, Default: 60,
		DisplayAttrs: &framework.DisplayAttributes{Name: "TTL", OperationPrefix: "x"},
	},
	"signed":   {Type: framework.TypeSignedDurationSecond},
	"metadata": {Type: framework.TypeKVPairs},
	"anything": {Type: framework.TypeMap},
	"count":    {Type: framework.TypeInt, Default: 0},
	"big":      {Type: framework.TypeInt64},
	"on":       {Type: framework.TypeBool, Default: false},
	"lower":    {Type: framework.TypeLowerCaseString},
	"slice":    {Type: framework.TypeSlice},
	"strings":  {Type: framework.TypeStringSlice},
	"ints":     {Type: framework.TypeCommaIntSlice},
	"After":    {Type: framework.TypeString, Description: "Where to go on.", Query: true, Deprecated: true},
	"limit":    {Type: framework.TypeInt64, Description: "How many.", Query: true, Required: true},
	"secret":   {Type: framework.TypeString, DisplayAttrs: &framework.DisplayAttributes{Sensitive: true}},
}

func openAPI() []openAPICase {
	name := openAPIFields["name"]
	plain := map[string]*framework.FieldSchema{"name": name, "kind": {Type: framework.TypeString, Description: "Kind."}}
	after := map[string]*framework.FieldSchema{"name": name, "After": openAPIFields["After"]}
	everything := map[logical.Operation]framework.OperationHandler{
		logical.ReadOperation: &framework.PathOperation{Callback: answerNothing, Summary: "Read.", Responses: map[int][]framework.Response{
			200: {{Description: "A role", Fields: map[string]*framework.FieldSchema{"name": name, "ttl": openAPIFields["ttl"], "ints": openAPIFields["ints"]}}},
		}},
		logical.CreateOperation: op("Create."),
		logical.UpdateOperation: &framework.PathOperation{
			Callback: answerNothing, Summary: "Update.", Description: "Changes fields.",
			Examples: []framework.RequestExample{{Data: map[string]any{"models": []string{"b"}}}},
		},
		logical.PatchOperation:  op("Patch."),
		logical.DeleteOperation: &framework.PathOperation{Callback: answerNothing, Summary: "Delete.", Deprecated: true},
		logical.ListOperation:   op("List."),
	}
	only := func(operation logical.Operation) map[logical.Operation]framework.OperationHandler {
		return map[logical.Operation]framework.OperationHandler{operation: op("Do.")}
	}
	role := "roles/" + framework.GenericNameRegex("name")
	cases := []struct {
		name    string
		special *logical.Paths
		paths   []*framework.Path
	}{
		{"everything", nil, []*framework.Path{{
			Pattern: role, Fields: openAPIFields, Operations: everything, ExistenceCheck: absent, HelpSynopsis: " Roles. ",
			DisplayAttrs: &framework.DisplayAttributes{OperationPrefix: "litellm", OperationSuffix: "role", ItemType: "Role"},
		}}},
		{"a list alone", nil, []*framework.Path{{Pattern: "roles/?$", Fields: after, Operations: only(logical.ListOperation), HelpSynopsis: "All."}}},
		{"a list that needs its slash", nil, []*framework.Path{{Pattern: "roles/", Operations: only(logical.ListOperation)}}},
		{"a read that needs a slash", nil, []*framework.Path{{Pattern: "roles/", Operations: only(logical.ReadOperation)}}},
		{"a list that tells its answer", nil, []*framework.Path{{Pattern: "roles/?", Operations: map[logical.Operation]framework.OperationHandler{
			logical.ListOperation: &framework.PathOperation{Callback: answerNothing, Responses: map[int][]framework.Response{
				200: {{Description: "Names", Fields: map[string]*framework.FieldSchema{"keys": {Type: framework.TypeStringSlice}}}},
			}},
		}}}},
		{"a list in two lists", nil, []*framework.Path{
			{Pattern: "roles/?", Operations: only(logical.ListOperation)},
			{Pattern: role + "/keys/?", Fields: plain, Operations: only(logical.ListOperation)},
		}},
		{"a delete with a query", nil, []*framework.Path{{Pattern: "roles", Fields: after, Operations: only(logical.DeleteOperation)}}},
		{"a capture that is optional", nil, []*framework.Path{{
			Pattern: "creds" + framework.OptionalParamRegex("name") + "(/(?P<kind>a|b))?", Fields: plain, Operations: only(logical.UpdateOperation),
		}}},
		{"a write without fields", nil, []*framework.Path{{Pattern: "rotate", Operations: map[logical.Operation]framework.OperationHandler{
			logical.UpdateOperation: &framework.PathOperation{Callback: answerNothing, Examples: []framework.RequestExample{{Data: map[string]any{"a": 1}}}},
		}}}},
		{"a free write", nil, []*framework.Path{{Pattern: "any", Operations: only(logical.UpdateOperation), TakesArbitraryInput: true}}},
		{"a free write with a field", nil, []*framework.Path{{Pattern: "any", Fields: plain, Operations: only(logical.PatchOperation), TakesArbitraryInput: true}}},
		{"an answer by example", nil, []*framework.Path{{Pattern: "a", Operations: map[logical.Operation]framework.OperationHandler{
			logical.ReadOperation: &framework.PathOperation{Callback: answerNothing, Responses: map[int][]framework.Response{
				200: {{Description: "A key", MediaType: "text/plain", Example: &logical.Response{Data: map[string]any{"key": "made-up"}}}},
				404: {{Description: "None"}},
			}},
		}}}},
		{"special paths", &logical.Paths{Root: []string{"roles/"}, Unauthenticated: []string{"ro*"}}, []*framework.Path{{
			Pattern: "roles/?", Operations: map[logical.Operation]framework.OperationHandler{logical.ReadOperation: op(""), logical.ListOperation: op("")},
		}}},
		{"nothing that can be told", nil, []*framework.Path{
			{Pattern: ".*", Operations: only(logical.ReadOperation), HelpSynopsis: "All."},
			{Pattern: "hidden", ExistenceCheck: absent, Operations: map[logical.Operation]framework.OperationHandler{
				logical.CreateOperation: &framework.PathOperation{Callback: answerNothing, Unpublished: true},
				logical.ListOperation:   &framework.PathOperation{Callback: answerNothing, Unpublished: true},
			}},
		}},
	}
	var table []openAPICase
	for _, c := range cases {
		backend := &framework.Backend{BackendType: logical.TypeLogical, PathsSpecial: c.special, Paths: c.paths}
		help, err := backend.HandleRequest(context.Background(), &logical.Request{
			Operation: logical.HelpOperation, Data: map[string]any{"requestResponsePrefix": "mount"},
		})
		if err != nil {
			log.Fatalf("%s: %s", c.name, err)
		}
		text, err := json.Marshal(help.Data["openapi"])
		if err != nil {
			log.Fatalf("%s: %s", c.name, err)
		}
		row := openAPICase{Name: c.name}
		if err := json.Unmarshal(text, &row); err != nil {
			log.Fatalf("%s: %s", c.name, err)
		}
		table = append(table, row)
	}
	return table
}
