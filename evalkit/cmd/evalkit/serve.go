package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/signal"
	"syscall"

	"github.com/evalkit-go/evalkit/evalkit/scripted"
)

type serveCommand struct {
	Addr string `default:"127.0.0.1:0" help:"Where to listen; port 0 is any free one. Only addresses of this machine alone, since it asks for no key." placeholder:"HOST:PORT"`
}

// Run serves until ctx ends or a signal asks it to. The first line of its output is the base URL alone, for scripts.
func (s *serveCommand) Run(ctx context.Context, c *console) error {
	if err := loopback(s.Addr); err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	// Not ctx: the server is closed below, where its error is heard.
	server, err := scripted.Start(context.WithoutCancel(ctx), scripted.Config{Addr: s.Addr})
	if err != nil {
		return fmt.Errorf("serve: %w; --addr 127.0.0.1:0 takes a free port", err)
	}
	c.printf("%s\n", server.URL())
	_, _ = fmt.Fprintf(c.err, "serving %d scripted models (`evalkit models` lists them), until Ctrl-C;\nfor a client: OPENAI_BASE_URL=%s OPENAI_API_KEY=any\n",
		len(scripted.Names()), server.URL())
	<-ctx.Done()
	return server.Close()
}

// loopback refuses an address that others can reach.
func loopback(addr string) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("serve: --addr %q is no HOST:PORT: %w; 127.0.0.1:0 takes a free port", addr, err)
	}
	if ip := net.ParseIP(host); host == "localhost" || ip != nil && ip.IsLoopback() {
		return nil
	}
	return fmt.Errorf("serve: --addr %s can be reached from other machines, and the server asks for no key; use 127.0.0.1, [::1] or localhost", addr)
}
