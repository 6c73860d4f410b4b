package model

import (
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"strings"
)

// Endpoint is a model's name at an address, with its parameters: plain data, no
// secret in it. Parse makes one from what a user writes.
type Endpoint struct {
	Spec        string // as the user wrote it: "openai/o3?temperature=0"
	Provider    string // "openai", "http", "scripted", …
	Name        string // the model name that goes over the wire
	BaseURL     string // no trailing slash; empty for scripted, whose server the caller starts
	KeyEnv      string // environment variable that holds the key
	KeyOptional bool   // the server may work without a key, as local ones do
	Params      Params
}

// String gives the spec for logs and messages, without the userinfo of a URL or
// anything that looks like a key.
func (e Endpoint) String() string {
	s := e.Spec
	if s == "" {
		s = e.Provider + "/" + e.Name
	}
	return clean(withoutUserinfo(s), "")
}

// LogValue keeps log lines to what String shows.
func (e Endpoint) LogValue() slog.Value { return slog.StringValue(e.String()) }

// Check says what is missing for a call, without making one: an address, or the
// key, read by env (os.Getenv).
func (e Endpoint) Check(env func(string) string) error {
	if e.BaseURL == "" {
		return spec(BadRequest, fmt.Sprintf("model %s has no address", e), "set BaseURL, or name the model as http://HOST:PORT/v1#NAME")
	}
	if _, err := baseURL(e.BaseURL); err != nil {
		return err
	}
	_, err := e.key(env)
	return err
}

// key reads the key and refuses one that no header can carry.
func (e Endpoint) key(env func(string) string) (string, error) {
	key := ""
	if e.KeyEnv != "" && env != nil {
		key = strings.TrimSpace(env(e.KeyEnv))
	}
	if key == "" && !e.KeyOptional {
		return "", missingKey(e)
	}
	for _, c := range []byte(key) {
		if c < ' ' || c >= 0x7f {
			return "", spec(BadKey, "the key in "+e.KeyEnv+" has a character in it that no key has", "set "+e.KeyEnv+" to the key alone")
		}
	}
	return key, nil
}

func missingKey(e Endpoint) *Error {
	if e.KeyEnv == "" {
		return spec(BadKey, "no environment variable is named for the key", "set KeyEnv, or KeyOptional for a server without keys")
	}
	err := spec(BadKey, "the environment variable "+e.KeyEnv+" is not set", "set it to a key of "+e.Provider)
	err.Endpoint = e.String()
	return err
}

// baseURL checks an address and takes the slash off its end.
func baseURL(raw string) (string, error) {
	bad := func(why, remedy string) error {
		return spec(BadRequest, fmt.Sprintf("address %q %s", clean(withoutUserinfo(raw), ""), why), remedy)
	}
	u, err := url.Parse(raw)
	switch {
	case err != nil:
		return "", bad("is no URL", "write it as http://HOST:PORT/v1")
	case u.Scheme != "http" && u.Scheme != "https":
		return "", bad("is not http or https", "write it as http://HOST:PORT/v1")
	case u.User != nil:
		return "", bad("has a user or password in it", "put the key into an environment variable")
	case u.Hostname() == "":
		return "", bad("has no host", "write it as http://HOST:PORT/v1")
	case u.RawQuery != "" || u.ForceQuery:
		return "", bad("has a query", "write parameters after the model's name: http://HOST/v1#NAME?temperature=0")
	case u.Fragment != "":
		return "", bad("has a #", "leave the model's name out of the address")
	}
	return strings.TrimRight(u.String(), "/"), nil
}

// withoutUserinfo takes what stands before an @ out of every URL's host part,
// well-formed or not.
func withoutUserinfo(s string) string {
	start := strings.Index(s, "://")
	if start < 0 {
		return s
	}
	start += len("://")
	end := len(s)
	if i := strings.IndexAny(s[start:], "/?#"); i >= 0 {
		end = start + i
	}
	if at := strings.LastIndexByte(s[start:end], '@'); at >= 0 {
		return s[:start] + s[start+at+1:]
	}
	return s
}

// local reports whether an address is this machine's own.
func local(base string) bool {
	u, err := url.Parse(base)
	if err != nil {
		return false
	}
	host := u.Hostname()
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.IsLoopback()
	}
	return net.ParseIP(host).IsLoopback()
}
