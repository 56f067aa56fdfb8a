// How long a plugin's process does not react while clients read from it: beside the reads, its health service is asked every
// millisecond over a connection of its own, whether it has answered the last time or not. It speaks to the plugin's socket as an
// engine does, so no engine's pauses are in it. It prints one line of JSON.
//
//	pauses -socket PATH -folder FOLDER -mount ID -path PATH [-clients N] [-count N]
//
// The folder has the host's certificate and key, and the plugin's certificate: host.pem, host.key and plugin.pem.
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/hashicorp/vault/sdk/plugin/pb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
)

type result struct {
	// Reads a second.
	Rate float64 `json:"rate"`
	// How often the process was asked whether it is well.
	Asked int `json:"asked"`
	// Milliseconds.
	P50     float64 `json:"p50"`
	P999    float64 `json:"p999"`
	Longest float64 `json:"longest"`
}

const every = time.Millisecond

func fail(err error) {
	fmt.Fprintln(os.Stderr, "pauses:", err)
	os.Exit(1)
}

func connect(socket, folder string) (*grpc.ClientConn, error) {
	own, err := tls.LoadX509KeyPair(filepath.Join(folder, "host.pem"), filepath.Join(folder, "host.key"))
	if err != nil {
		return nil, err
	}
	plugins, err := os.ReadFile(filepath.Join(folder, "plugin.pem"))
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(plugins) {
		return nil, errors.New("plugin.pem has no certificate")
	}
	secure := credentials.NewTLS(&tls.Config{
		Certificates: []tls.Certificate{own},
		RootCAs:      roots,
		ServerName:   "localhost",
		MinVersion:   tls.VersionTLS12,
	})
	return grpc.NewClient("unix:"+socket, grpc.WithTransportCredentials(secure))
}

// Reads, so many clients at once, each waiting for its answer before it asks again.
func read(ctx context.Context, connection *grpc.ClientConn, path string, clients, count int) error {
	backend := pb.NewBackendClient(connection)
	var next atomic.Int64
	var failure atomic.Pointer[error]
	var running sync.WaitGroup
	for range clients {
		running.Add(1)
		go func() {
			defer running.Done()
			for int(next.Add(1)) <= count && failure.Load() == nil {
				answer, err := backend.HandleRequest(ctx, &pb.HandleRequestArgs{Request: &pb.Request{
					ID:          "request-1",
					Operation:   "read",
					Path:        path,
					Data:        "{}",
					DisplayName: "bench",
					MountPoint:  "bench/",
				}})
				if err == nil {
					switch {
					case answer.GetErr() != nil:
						err = errors.New(answer.GetErr().GetErrMsg())
					case answer.GetResponse().GetSecret() == nil:
						err = errors.New("a read was answered without a lease: " + answer.GetResponse().GetData())
					}
				}
				if err != nil {
					failure.CompareAndSwap(nil, &err)
				}
			}
		}()
	}
	running.Wait()
	if err := failure.Load(); err != nil {
		return *err
	}
	return nil
}

func main() {
	socket := flag.String("socket", "", "the plugin's socket")
	folder := flag.String("folder", "", "where the certificates are")
	mount := flag.String("mount", "", "the mount's multiplex id")
	path := flag.String("path", "", "what to read")
	clients := flag.Int("clients", 8, "how many clients")
	count := flag.Int("count", 1000, "how many reads")
	flag.Parse()

	// Where it may, it goes before others: it should wait for the plugin alone, and not for its own turn. It takes next to nothing.
	_ = syscall.Setpriority(syscall.PRIO_PROCESS, 0, -10)

	reader, err := connect(*socket, *folder)
	if err != nil {
		fail(err)
	}
	asker, err := connect(*socket, *folder)
	if err != nil {
		fail(err)
	}
	ctx := metadata.AppendToOutgoingContext(context.Background(), "multiplex_id", *mount)
	health := grpc_health_v1.NewHealthClient(asker)
	ask := func() error {
		_, err := health.Check(context.Background(), &grpc_health_v1.HealthCheckRequest{Service: "plugin"})
		return err
	}
	// Both connections are open, and each side has done this before.
	if err := ask(); err != nil {
		fail(err)
	}
	if err := read(ctx, reader, *path, *clients, 10**clients); err != nil {
		fail(err)
	}

	var lock sync.Mutex
	var took []time.Duration
	var asking sync.WaitGroup
	done := make(chan struct{})
	asking.Add(1)
	go func() {
		defer asking.Done()
		ticks := time.NewTicker(every)
		defer ticks.Stop()
		for {
			select {
			case <-done:
				return
			case <-ticks.C:
			}
			asking.Add(1)
			go func() {
				defer asking.Done()
				asked := time.Now()
				err := ask()
				lasted := time.Since(asked)
				if err != nil {
					fail(err)
				}
				lock.Lock()
				took = append(took, lasted)
				lock.Unlock()
			}()
		}
	}()
	begin := time.Now()
	if err := read(ctx, reader, *path, *clients, *count); err != nil {
		fail(err)
	}
	all := time.Since(begin)
	close(done)
	asking.Wait()

	if len(took) == 0 {
		fail(errors.New("the reads were over before the plugin was asked once"))
	}
	slices.Sort(took)
	at := func(share float64) float64 {
		return took[min(len(took)-1, int(share*float64(len(took))))].Seconds() * 1000
	}
	said := result{
		Rate:    float64(*count) / all.Seconds(),
		Asked:   len(took),
		P50:     at(0.5),
		P999:    at(0.999),
		Longest: at(1),
	}
	if err := json.NewEncoder(os.Stdout).Encode(said); err != nil {
		fail(err)
	}
}
