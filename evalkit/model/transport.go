package model

import (
	"net"
	"net/http"
	"time"
)

// ConnectTimeout bounds the dialling of a connection, and again its TLS
// handshake.
const ConnectTimeout = 10 * time.Second

// NewTransport makes a pool of connections for that many calls at a time to one
// host; 0 keeps as many idle as there ever were. Share one between all clients:
// Config.Transport takes it. Proxies come from the environment; Go uses none
// for this machine's own addresses.
func NewTransport(concurrency int) *http.Transport {
	if concurrency <= 0 {
		concurrency = 1 << 16
	}
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: ConnectTimeout, KeepAlive: 30 * time.Second}).DialContext,
		TLSHandshakeTimeout:   ConnectTimeout,
		ExpectContinueTimeout: time.Second,
		ForceAttemptHTTP2:     true,
		MaxIdleConnsPerHost:   concurrency, // the default of 2 would dial anew for almost every call
		IdleConnTimeout:       90 * time.Second,
		DisableCompression:    true, // answers are small; so their length is known
	}
}
