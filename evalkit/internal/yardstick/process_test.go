package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/evalkit-go/evalkit/evalkit/internal/yardstick/cost"
	"github.com/evalkit-go/evalkit/evalkit/scripted"
)

// The benchmarks measure whole processes: this test binary run again in a role.
const (
	roleVariable    = "YARDSTICK_ROLE" // server, bare, evalkit
	latencyVariable = "YARDSTICK_LATENCY"
)

func TestMain(m *testing.M) {
	role := os.Getenv(roleVariable)
	if role == "" {
		os.Exit(m.Run())
	}
	if err := act(role, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// act does a role's work; the client's last line is its cost.
func act(role string, args []string) error {
	if role == "server" {
		return serve()
	}
	base, n, c, path, err := clientArguments(args)
	if err != nil {
		return err
	}
	began := time.Now()
	if role == "bare" {
		err = bare(base, n, c, path)
	} else {
		err = run(base, n, c, path, &profiles{})
	}
	if err != nil {
		return err
	}
	took := time.Since(began)
	own, err := cost.Own()
	if err != nil {
		return err
	}
	fmt.Printf("%v wall %d\n", own, took)
	return nil
}

func clientArguments(args []string) (base string, n, c int, path string, err error) {
	if len(args) != 4 {
		return "", 0, 0, "", fmt.Errorf("want BASE N C PATH, got %q", args)
	}
	if n, err = strconv.Atoi(args[1]); err == nil {
		c, err = strconv.Atoi(args[2])
	}
	return args[0], n, c, args[3], err
}

// serve answers until its standard input ends.
func serve() error {
	latency, err := time.ParseDuration(os.Getenv(latencyVariable))
	if err != nil {
		return err
	}
	policy := scripted.Policy{Name: "fake", Doc: "Writes four notes and says done.", Reply: func(c *scripted.Conversation) scripted.Reply {
		if n := len(c.Called("note")); n < 4 {
			return scripted.Do("note", map[string]string{"text": "step " + strconv.Itoa(n)})
		}
		return scripted.Say("done")
	}}
	server, err := scripted.Start(context.Background(), scripted.Config{Policies: []scripted.Policy{policy}, Latency: latency})
	if err != nil {
		return err
	}
	fmt.Println(server.URL())
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

// startServer starts a process that answers with that latency, and returns its
// base URL.
func startServer(b *testing.B, latency time.Duration) string {
	b.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), roleVariable+"=server", latencyVariable+"="+latency.String())
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		in.Close()
		if err := cmd.Wait(); err != nil {
			b.Error(err)
		}
	})
	base, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		b.Fatal(err)
	}
	return strings.TrimSpace(base)
}

// spent is what one process of a client took.
type spent struct {
	cost.Cost
	wall time.Duration
}

// client runs n trials, c at a time, in a process of its own.
func client(b *testing.B, role, base string, n, c int) spent {
	b.Helper()
	path := b.TempDir()
	if role == "bare" {
		path += "/talk.jsonl"
	}
	cmd := exec.Command(os.Args[0], base, strconv.Itoa(n), strconv.Itoa(c), path)
	cmd.Env = append(os.Environ(), roleVariable+"="+role)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		b.Fatalf("%s: %v\n%s", role, err, out)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	last := lines[len(lines)-1]
	own, err := cost.Parse(last)
	if err != nil {
		b.Fatal(err)
	}
	_, wall, _ := strings.Cut(last, " wall ")
	ns, err := strconv.ParseInt(wall, 10, 64)
	if err != nil {
		b.Fatal(err)
	}
	return spent{own, time.Duration(ns)}
}
