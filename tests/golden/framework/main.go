// Command framework prints what Vault's own SDK makes of the cases in this
// folder, as files of one JSON value a line. Run it with "go run ." from this
// folder after a change; the tests read the files alone.
package main

import (
	"bytes"
	"encoding/json"
	"log"
	"os"
)

func main() {
	write("field-types.jsonl", fieldTypes())
	write("calculate-ttl.jsonl", calculateTTL())
	write("patterns.jsonl", patterns())
	write("openapi.jsonl", openAPI())
	write("identity-subjects.jsonl", identitySubjectTable())
	write("identity-templates.jsonl", identityTemplateTable())
	write("identity-validity.jsonl", identityValidityTable())
	write("schedules.jsonl", schedules())
}

func write[T any](name string, table []T) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	for _, row := range table {
		if err := encoder.Encode(row); err != nil {
			log.Fatal(err)
		}
	}
	if err := os.WriteFile(name, out.Bytes(), 0o644); err != nil {
		log.Fatal(err)
	}
}
