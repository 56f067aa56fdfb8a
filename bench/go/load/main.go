// The load of the comparison: so many clients ask an engine the same thing, each waiting for its answer before it asks
// again. It prints one line of JSON: how long all of it took, how long single requests did, and what it took itself.
//
//	load -engine URL -token TOKEN -do read|renew|revoke [-paths a,b] [-leases FILE] [-clients N] [-count N] [-out FILE]
//
// `read` reads the paths in turns, and writes the leases that it gets to -out; `renew` and `revoke` take those of -leases.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

type result struct {
	Count   int     `json:"count"`
	Failed  int     `json:"failed"`
	Failure string  `json:"failure,omitempty"`
	Seconds float64 `json:"seconds"`
	// Milliseconds.
	P50 float64 `json:"p50"`
	P99 float64 `json:"p99"`
	Max float64 `json:"max"`
	// What the load took itself, in seconds of processor time.
	CPU float64 `json:"cpu"`
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "load:", err)
	os.Exit(1)
}

func leaseOf(body []byte) string {
	name := []byte(`"lease_id":"`)
	at := bytes.Index(body, name)
	if at < 0 {
		return ""
	}
	rest := body[at+len(name):]
	return string(rest[:max(0, bytes.IndexByte(rest, '"'))])
}

func main() {
	engine := flag.String("engine", "", "address of the engine")
	token := flag.String("token", "", "token")
	do := flag.String("do", "read", "read, renew or revoke")
	paths := flag.String("paths", "", "what to read, divided by commas")
	leaseFile := flag.String("leases", "", "leases to renew or revoke, one a line")
	clients := flag.Int("clients", 1, "how many clients")
	count := flag.Int("count", 0, "how many requests; of leases all unless set")
	out := flag.String("out", "", "where to write the leases")
	flag.Parse()

	var leases []string
	if *leaseFile != "" {
		text, err := os.ReadFile(*leaseFile)
		if err != nil {
			fail(err)
		}
		leases = strings.Fields(string(text))
		if *count == 0 || *count > len(leases) {
			*count = len(leases)
		}
	}
	reads := strings.Split(*paths, ",")

	transport := &http.Transport{
		DialContext:         (&net.Dialer{}).DialContext,
		MaxIdleConns:        *clients,
		MaxIdleConnsPerHost: *clients,
		DisableCompression:  true,
	}
	client := &http.Client{Transport: transport}
	request := func(n int) (*http.Request, error) {
		var made *http.Request
		var err error
		switch *do {
		case "read":
			made, err = http.NewRequest("GET", *engine+"/v1/"+reads[n%len(reads)], nil)
		case "renew":
			made, err = http.NewRequest("PUT", *engine+"/v1/sys/leases/renew", strings.NewReader(`{"lease_id":"`+leases[n]+`"}`))
		case "revoke":
			made, err = http.NewRequest("PUT", *engine+"/v1/sys/leases/revoke", strings.NewReader(`{"lease_id":"`+leases[n]+`","sync":true}`))
		default:
			err = fmt.Errorf("cannot %s", *do)
		}
		if err == nil {
			made.Header.Set("X-Vault-Token", *token)
			made.Header.Set("X-Vault-Request", "true")
		}
		return made, err
	}

	took := make([]time.Duration, *count)
	got := make([]string, *count)
	var next, failed atomic.Int64
	var failure atomic.Value
	var running sync.WaitGroup
	begin := time.Now()
	for range *clients {
		running.Add(1)
		go func() {
			defer running.Done()
			var body bytes.Buffer
			for {
				n := int(next.Add(1)) - 1
				if n >= *count {
					return
				}
				asked := time.Now()
				made, err := request(n)
				if err != nil {
					fail(err)
				}
				answer, err := client.Do(made)
				if err != nil {
					failed.Add(1)
					failure.CompareAndSwap(nil, err.Error())
					continue
				}
				body.Reset()
				_, err = io.Copy(&body, answer.Body)
				_ = answer.Body.Close()
				took[n] = time.Since(asked)
				if err != nil || answer.StatusCode >= 300 {
					failed.Add(1)
					failure.CompareAndSwap(nil, fmt.Sprintf("%d %.300s", answer.StatusCode, body.String()))
					continue
				}
				if *out != "" {
					got[n] = leaseOf(body.Bytes())
				}
			}
		}()
	}
	running.Wait()
	all := time.Since(begin)

	if *out != "" {
		file, err := os.Create(*out)
		if err != nil {
			fail(err)
		}
		writer := bufio.NewWriter(file)
		for _, lease := range got {
			if lease != "" {
				_, _ = writer.WriteString(lease + "\n")
			}
		}
		if err := writer.Flush(); err != nil {
			fail(err)
		}
		_ = file.Close()
	}
	slices.Sort(took)
	at := func(share float64) float64 {
		if len(took) == 0 {
			return 0
		}
		return took[min(len(took)-1, int(share*float64(len(took))))].Seconds() * 1000
	}
	var usage syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	said := result{
		Count:   *count,
		Failed:  int(failed.Load()),
		Seconds: all.Seconds(),
		P50:     at(0.5),
		P99:     at(0.99),
		Max:     at(1),
		CPU:     float64(usage.Utime.Sec+usage.Stime.Sec) + float64(usage.Utime.Usec+usage.Stime.Usec)/1e6,
	}
	if text, ok := failure.Load().(string); ok {
		said.Failure = text
	}
	if err := json.NewEncoder(os.Stdout).Encode(said); err != nil {
		fail(err)
	}
}
