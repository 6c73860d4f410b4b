//go:build linux && (amd64 || arm64)

package namespace

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
)

// remote serves each connection to an address of one machine by a process of
// another, as an ssh server does its sessions.
func remote(t *testing.T, near sandbox.Networker, address string, far sandbox.Sandbox, argv ...string) {
	t.Helper()
	l, err := near.Listen(within20(t), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				r, err := far.Run(within20(t), sandbox.Process{Argv: argv, Stdin: c, Stdout: c, Parallel: true})
				if err != nil || r.Exit != 0 {
					t.Errorf("%q: exit %d, %s, %v", argv, r.Exit, r.Stderr, err)
				}
			}()
		}
	}()
}

// lacks skips where a program is missing, unless that is demanded.
func lacks(t *testing.T, s sandbox.Sandbox, programs ...string) {
	t.Helper()
	for _, p := range programs {
		if !has(s, p) {
			if os.Getenv("EVALKIT_TEST_NETWORK") == "1" {
				t.Fatalf("no %s here, although EVALKIT_TEST_NETWORK is 1", p)
			}
			t.Skipf("no %s here", p)
		}
	}
}

// A clone over git's own protocol, in its turns.
func TestGitBetweenMachines(t *testing.T) {
	t.Parallel()
	near, seen := networked(t)
	far := machineFor(t, sandbox.Config{})
	lacks(t, near, "git")
	output(t, far, `git init -q -b main /app/repo && cd /app/repo && git config user.email a@b && git config user.name a &&
		for i in 1 2 3 4 5; do head -c 300000 /dev/urandom > f$i; git add -A; git commit -qm $i; done`)
	remote(t, near, "10.40.3.18:9418", far, "bash", "-c", "n=$(head -c 4); head -c $((0x$n - 4)) > /dev/null; exec git-upload-pack /app/repo")
	r := bash(t, near, "git clone -q git://10.40.3.18/repo got && cd got && git log --format=%s | tr '\\n' ' '")
	if r.Exit != 0 || string(r.Stdout) != "5 4 3 2 1 " {
		t.Fatalf("%+v", r)
	}
	if a, b := output(t, near, "cat got/f*| sha256sum"), output(t, far, "cat repo/f* | sha256sum"); a != b {
		t.Errorf("%s, %s", a, b)
	}
	if got := seen.take(); len(got) == 0 || got[0] != "tcp 10.40.3.18:9418" {
		t.Errorf("%q", got)
	}
}

// What is sent to a host comes whole, from a file that takes no disk.
func TestMuchIsSent(t *testing.T) {
	t.Parallel()
	near, _ := networked(t)
	l, err := near.Listen(within20(t), "tcp", "10.40.3.17:8080")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	type got struct {
		n   int64
		sum string
	}
	came := make(chan got, 1)
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		sum := sha256.New()
		n, err := io.Copy(sum, c)
		if err != nil {
			t.Error(err)
		}
		came <- got{n, hex.EncodeToString(sum.Sum(nil))}
	}()
	const much = 256 << 20
	s := near
	if err := s.WriteFile(within20(t), sandbox.File{Path: "w", Size: much, Body: []byte("weights")}); err != nil {
		t.Fatal(err)
	}
	want := strings.Fields(output(t, s, "cat w > /dev/tcp/10.40.3.17/8080; sha256sum w"))[0]
	select {
	case g := <-came:
		if g.n != much || g.sum != want {
			t.Errorf("%d bytes, %s; want %s", g.n, g.sum, want)
		}
	case <-time.After(time.Minute):
		t.Fatal("it did not end")
	}
}

// Clients that people use, where they are there: HTTP by name and by address.
func TestClients(t *testing.T) {
	t.Parallel()
	c, seen := withNetwork()
	c.Files = []sandbox.File{{Path: "/etc/hosts", Body: []byte("127.0.0.1 localhost\n10.40.3.17 files.corp.internal\n")}}
	s := machineFor(t, c).(hosting)
	l, err := s.Listen(within20(t), "tcp", "10.40.3.17:80")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			c, err := l.Accept()
			if errors.Is(err, net.ErrClosed) {
				return
			}
			go func() {
				defer c.Close()
				c.Read(make([]byte, 4096))
				io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nok\n")
			}()
		}
	}()
	tried := 0
	for _, client := range []string{
		"curl -sS http://files.corp.internal/", "curl -sS --interface eth0 http://10.40.3.17/", "wget -qO- http://10.40.3.17/",
		`/usr/bin/python3 -c 'import urllib.request as u; print(u.urlopen("http://files.corp.internal/").read().decode(), end="")'`,
		"ping -c 1 -W 5 10.40.3.17 > /dev/null && echo ok",
	} {
		if !has(s, strings.Fields(client)[0]) {
			continue
		}
		tried++
		if got := output(t, s, client); got != "ok" {
			t.Errorf("%s: %q", client, got)
		}
		if got := seen.take(); len(got) == 0 || !strings.HasSuffix(strings.TrimSuffix(strings.TrimSuffix(got[0], ":80"), ":0"), " 10.40.3.17") {
			t.Errorf("%s: seen %q", client, got)
		}
	}
	if tried == 0 {
		t.Skip("no client here")
	}
	t.Logf("%d clients", tried)
}
