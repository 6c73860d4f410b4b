//go:build linux && (amd64 || arm64)

package namespace

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
)

// A listener inside is served from here, while a process runs, and nobody in
// the machine owns it.
func TestListenInside(t *testing.T) {
	s := machineFor(t, sandbox.Config{}).(sandbox.Host)
	for _, c := range []struct{ network, address, client string }{
		{"tcp", "127.0.0.1:4000", `exec 3<>/dev/tcp/127.0.0.1/4000; echo hello >&3; cat <&3`},
		{"unix", "/run/gateway.sock", `/usr/bin/python3 -c 'import socket; s = socket.socket(socket.AF_UNIX); s.connect("/run/gateway.sock"); s.sendall(b"hello\n"); print(s.makefile().read(), end="")'`},
	} {
		t.Run(c.network, func(t *testing.T) {
			if c.network == "unix" && !has(s, "/usr/bin/python3") {
				t.Skip("no python3 here")
			}
			l, err := s.Listen(within20(t), c.network, c.address)
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			go answerOnce(l)
			if got := output(t, s, c.client); got != "you said hello" {
				t.Errorf("%q", got)
			}
		})
	}
	if _, err := s.Listen(within20(t), "tcp", "127.0.0.1:4001"); err != nil {
		t.Error(err)
	}
	_, err := s.Listen(within20(t), "tcp", "127.0.0.1:4001")
	if err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("an address twice: %v", err)
	}
	for network, address := range map[string]string{"tcp": "10.0.0.1:80", "unix": "relative", "udp": "127.0.0.1:1"} {
		if _, err := s.Listen(within20(t), network, address); err == nil {
			t.Errorf("%s %s was taken", network, address)
		}
	}
}

func answerOnce(l net.Listener) {
	c, err := l.Accept()
	if err != nil {
		return
	}
	defer c.Close()
	b := make([]byte, 6)
	if _, err := io.ReadFull(c, b); err == nil {
		io.WriteString(c, "you said "+string(b))
	}
}

// The host's own loopback is not what the machine listens on.
func TestListenInsideIsNotOutside(t *testing.T) {
	s := machineFor(t, sandbox.Config{}).(sandbox.Host)
	outside, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer outside.Close()
	inside, err := s.Listen(within20(t), "tcp", outside.Addr().String())
	if err != nil {
		t.Fatalf("the host's port is taken inside: %v", err)
	}
	inside.Close()
}

// Clear leaves nothing behind that could act on.
func TestClear(t *testing.T) {
	s := machineFor(t, sandbox.Config{}).(sandbox.Host)
	bash(t, s, `(trap '' TERM INT HUP; setsid bash -c 'while :; do echo x >> alive; done') & for i in 1 2 3; do sleep 100 & done`)
	eventually(t, "the writer writes", func() bool { _, err := s.Stat(context.Background(), "alive"); return err == nil })
	if err := s.Clear(within20(t)); err != nil {
		t.Fatal(err)
	}
	before, err := s.Stat(context.Background(), "alive")
	if err != nil {
		t.Fatal(err)
	}
	if left := output(t, s, `for p in /proc/[0-9]*; do [ ${p#/proc/} = 1 ] || [ ${p#/proc/} = $$ ] || cat $p/comm 2>/dev/null; done; true`); left != "cat" && left != "" {
		t.Errorf("still there: %q", left)
	}
	if after, err := s.Stat(context.Background(), "alive"); err != nil || after.Size != before.Size {
		t.Errorf("it wrote on: %d, then %d bytes, %v", before.Size, after.Size, err)
	}
	if _, down := s.Shutdown(); down {
		t.Error("that was no shutdown")
	}
}

// A run that is under way when all is cleared ends like one that was killed.
func TestClearUnderWay(t *testing.T) {
	s := machineFor(t, sandbox.Config{}).(sandbox.Host)
	ended := make(chan sandbox.Result, 1)
	go func() {
		r, err := s.Run(within20(t), sandbox.Process{Argv: []string{"bash", "-c", "touch begun; sleep 100"}})
		if err != nil {
			t.Error(err)
		}
		ended <- r
	}()
	eventually(t, "it runs", func() bool { _, err := s.Stat(context.Background(), "begun"); return err == nil })
	if err := s.Clear(within20(t)); err != nil {
		t.Fatal(err)
	}
	if r := <-ended; r.Exit != exitKilled || r.Down {
		t.Errorf("%+v", r)
	}
	bash(t, s, "kill -TERM 1")
	if err := s.Clear(within20(t)); err != nil && !errors.Is(err, sandbox.ErrDown) {
		t.Errorf("on a machine that is down: %v", err)
	}
}
