package model

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"
)

// reachTime bounds how long Reach waits for a server to take a connection.
const reachTime = 10 * time.Second

// Local says that an address is of this machine: such a server costs nothing.
func (e Endpoint) Local() bool { return local(e.BaseURL) }

// Reach says whether anybody listens at an endpoint's address: better to know
// before the first trial than after its retries. It sends nothing. Behind a
// proxy it is not for us to know.
func (e Endpoint) Reach(ctx context.Context) error { return Reach(ctx, e.BaseURL) }

// Reach is Endpoint.Reach for an address.
func Reach(ctx context.Context, base string) error {
	u, err := url.Parse(base)
	if err != nil {
		return err
	}
	request := &http.Request{URL: u}
	if proxy, err := http.ProxyFromEnvironment(request); err != nil || proxy != nil {
		return nil
	}
	port := u.Port()
	if port == "" {
		port = u.Scheme // "https" is a port's name too
	}
	ctx, cancel := context.WithTimeout(ctx, reachTime)
	defer cancel()
	connection, err := new(net.Dialer).DialContext(ctx, "tcp", net.JoinHostPort(u.Hostname(), port))
	if err != nil {
		return fmt.Errorf("nobody answers at %s: %w; start the server, or mend the address", u.Host, err)
	}
	return connection.Close()
}
