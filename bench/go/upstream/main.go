// The upstream of the comparison: what the two plugins ask of LiteLLM and of Terraform Cloud, answered at once. It keeps
// nothing, so it does not get slower. It prints its address, and ends when its standard input does.
package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

type generateRequest struct {
	Key      string          `json:"key"`
	KeyAlias string          `json:"key_alias"`
	Models   json.RawMessage `json:"models"`
	Duration string          `json:"duration"`
	Metadata json.RawMessage `json:"metadata"`
}

type namedKey struct {
	Key      string   `json:"key"`
	Keys     []string `json:"keys"`
	Duration string   `json:"duration"`
}

// LiteLLM writes times so, with the offset.
const timeForm = "2006-01-02T15:04:05.000000+00:00"

func expires(duration string) string {
	seconds, _ := strconv.Atoi(strings.TrimSuffix(duration, "s"))
	return time.Now().UTC().Add(time.Duration(seconds) * time.Second).Format(timeForm)
}

func orNull(raw json.RawMessage) json.RawMessage {
	if raw == nil {
		return json.RawMessage("null")
	}
	return raw
}

// What LiteLLM 1.106 tells of a key beside what was asked for.
func row(tokenID, alias string, models, metadata json.RawMessage, expires string, blocked string) string {
	return fmt.Sprintf(`"key_name":"sk-...0000","key_alias":%q,"spend":0.0,"expires":%q,"models":%s,"aliases":{},"config":{},`+
		`"user_id":"default_user_id","team_id":null,"max_parallel_requests":null,"metadata":%s,"tpm_limit":null,"rpm_limit":null,`+
		`"max_budget":null,"budget_duration":null,"budget_reset_at":null,"allowed_cache_controls":[],"allowed_routes":["llm_api_routes"],`+
		`"permissions":{},"model_spend":{},"model_max_budget":{},"soft_budget_cooldown":false,"blocked":%s,"litellm_budget_table":null,`+
		`"organization_id":null,"object_permission_id":null,"created_by":"default_user_id","updated_by":"default_user_id","token":%q`,
		alias, expires, models, metadata, blocked, tokenID)
}

func main() {
	var litellm, terraform, tokens atomic.Int64
	read := func(request *http.Request, into any) bool {
		text, err := io.ReadAll(request.Body)
		return err == nil && json.Unmarshal(text, into) == nil
	}
	answer := func(w http.ResponseWriter, contentType, text string) {
		w.Header().Set("Content-Type", contentType)
		w.Header().Set("Content-Length", strconv.Itoa(len(text)))
		_, _ = io.WriteString(w, text)
	}
	about := func(handle func(w http.ResponseWriter, asked namedKey)) http.HandlerFunc {
		return func(w http.ResponseWriter, request *http.Request) {
			var asked namedKey
			if !read(request, &asked) {
				http.Error(w, "no JSON", http.StatusBadRequest)
				return
			}
			litellm.Add(1)
			handle(w, asked)
		}
	}
	none := json.RawMessage("[]")
	nothing := json.RawMessage("{}")

	mux := http.NewServeMux()
	mux.HandleFunc("POST /key/generate", func(w http.ResponseWriter, request *http.Request) {
		var asked generateRequest
		text := make([]byte, max(0, int(request.ContentLength)))
		if _, err := io.ReadFull(request.Body, text); err != nil {
			http.Error(w, "no body", http.StatusBadRequest)
			return
		}
		rest, names := text, []byte(nil)
		// Thousands of names: cut out as they are, since Go would take longer to read them than the plugin.
		if begin := bytes.Index(text, []byte(`"models":["`)); begin >= 0 {
			begin += len(`"models":`)
			if length := bytes.Index(text[begin:], []byte(`"]`)); length >= 0 {
				names = text[begin : begin+length+2]
				rest = append(append([]byte(string(text[:begin])), "null"...), text[begin+length+2:]...)
			}
		}
		if json.Unmarshal(rest, &asked) != nil {
			http.Error(w, "no JSON", http.StatusBadRequest)
			return
		}
		if names != nil {
			asked.Models = names
		}
		litellm.Add(1)
		hash := sha256.Sum256([]byte(asked.Key))
		tokenID := hex.EncodeToString(hash[:])
		models := orNull(asked.Models)
		if string(models) == "null" {
			models = none
		}
		answer(w, "application/json", fmt.Sprintf(`{"key":%q,"token_id":%q,%s}`, asked.Key, tokenID,
			row(tokenID, asked.KeyAlias, models, orNull(asked.Metadata), expires(asked.Duration), "null")))
	})
	mux.HandleFunc("POST /key/update", about(func(w http.ResponseWriter, asked namedKey) {
		answer(w, "application/json", fmt.Sprintf(`{"key":%q,%s}`, asked.Key, row(asked.Key, "bench", none, nothing, expires(asked.Duration), "null")))
	}))
	mux.HandleFunc("POST /key/block", about(func(w http.ResponseWriter, asked namedKey) {
		answer(w, "application/json", "{"+row(asked.Key, "bench", none, nothing, expires("3600s"), "true")+"}")
	}))
	mux.HandleFunc("POST /key/delete", about(func(w http.ResponseWriter, asked namedKey) {
		keys, _ := json.Marshal(asked.Keys)
		answer(w, "application/json", `{"deleted_keys":`+string(keys)+`}`)
	}))
	mux.HandleFunc("GET /key/info", func(w http.ResponseWriter, request *http.Request) {
		litellm.Add(1)
		key := request.URL.Query().Get("key")
		answer(w, "application/json", fmt.Sprintf(`{"key":%q,"info":{"status":"active",%s}}`, key, row(key, "bench", none, nothing, expires("3600s"), "null")))
	})

	mux.HandleFunc("GET /api/v2/ping", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	mux.HandleFunc("POST /api/v2/users/{user}/authentication-tokens", func(w http.ResponseWriter, request *http.Request) {
		_, _ = io.Copy(io.Discard, request.Body)
		terraform.Add(1)
		now := time.Now().UTC().Format("2006-01-02T15:04:05.000Z")
		answer(w, "application/vnd.api+json", fmt.Sprintf(`{"data":{"id":"at-%016d","type":"authentication-tokens","attributes":{`+
			`"created-at":%q,"last-used-at":null,"description":"bench","token":"test-not-a-real-token.atlasv1.%s","expired-at":null},`+
			`"relationships":{"created-by":{"data":{"id":"user-0000000000000000","type":"users"}}}}}`,
			tokens.Add(1), now, strings.Repeat("0", 67)))
	})
	mux.HandleFunc("DELETE /api/v2/authentication-tokens/{id}", func(w http.ResponseWriter, _ *http.Request) {
		terraform.Add(1)
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("GET /bench/calls", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, "application/json", fmt.Sprintf(`{"litellm":%d,"terraform":%d}`, litellm.Load(), terraform.Load()))
	})

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Printf("http://%s\n", listener.Addr())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	fmt.Fprintln(os.Stderr, http.Serve(listener, mux))
	os.Exit(1)
}
