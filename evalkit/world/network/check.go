package network

import (
	"errors"
	"fmt"
	"net/netip"
	"path"
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"
)

// host is a Host with what was parsed of it.
type host struct {
	Host
	address netip.Addr
}

// check says everything that is wrong with the data, each with the mend, and
// gives the hosts if nothing is.
func (w World) check() ([]*host, error) {
	c := &checker{names: map[string]string{}, addresses: map[netip.Addr]string{}}
	if len(w.Hosts) == 0 {
		c.wrong("no Hosts; declare those that the subject may reach, and those that it may not")
	}
	if w.Search != "" && !isName(w.Search) {
		c.wrong("the Search domain %q is none", w.Search)
	}
	for _, h := range w.Hosts {
		c.host(h)
	}
	return c.hosts, errors.Join(c.errs...)
}

type checker struct {
	names     map[string]string
	addresses map[netip.Addr]string
	hosts     []*host
	errs      []error
}

func (c *checker) wrong(format string, args ...any) {
	c.errs = append(c.errs, fmt.Errorf("network.World: "+format, args...))
}

func (c *checker) host(h Host) {
	if !isName(h.Name) {
		c.wrong("the host's Name %q is none; write it in full, such as files.brightwater.coop", h.Name)
	}
	for _, name := range h.names() {
		switch other, taken := c.names[name]; {
		case !isName(name):
			c.wrong("the alias %q of %s is no name", name, h.Name)
		case taken:
			c.wrong("the name %s is declared twice, by %s and %s", name, other, h.Name)
		}
		c.names[name] = h.Name
	}
	a, err := netip.ParseAddr(h.Address)
	switch other, taken := c.addresses[a]; {
	case err != nil || !a.Is4() || a.IsLoopback() || a.IsUnspecified() || a.IsMulticast():
		c.wrong("the Address %q of %s is no IPv4 address that a host can have; give it one such as 10.31.4.20", h.Address, h.Name)
	case taken:
		c.wrong("the address %s is declared twice, by %s and %s", a, other, h.Name)
	default:
		c.addresses[a] = h.Name
	}
	if h.Access != Allowed && h.Access != Forbidden {
		c.wrong("the Access of %s is %q; say whether the subject may use it: network.Allowed or network.Forbidden", h.Name, h.Access)
	}
	c.services(h)
	c.files(h)
	c.hosts = append(c.hosts, &host{Host: h, address: a})
}

func (c *checker) services(h Host) {
	if len(h.Serves) == 0 {
		c.wrong("%s serves nothing; give it a Service, what is reached there cannot be told otherwise", h.Name)
	}
	c.users(h)
	ports := map[int]bool{}
	for _, s := range h.Serves {
		port := s.port()
		switch {
		case s.Kind != HTTP && s.Kind != HTTPS && s.Kind != SSH && s.Kind != TCP:
			c.wrong("%s: the service %q is of no known kind; there are http, https, ssh and tcp", h.Name, s.Kind)
		case s.Kind == TCP && s.Serve == nil:
			c.wrong("%s: a tcp service has no Serve; give it the function that answers a connection", h.Name)
		case port < 1 || port > 65535:
			c.wrong("%s: the service %q has the port %d; give it one of 1 to 65535", h.Name, s.Kind, port)
		case ports[port]:
			c.wrong("%s: two services at port %d", h.Name, port)
		case s.Login != "" && !strings.Contains(s.Login, ":"):
			c.wrong(`%s: the Login %q is none; write "user:password"`, h.Name, s.Login)
		case s.Login != "" && s.Token != "":
			c.wrong("%s: a service asks for a Login and a Token; one is enough", h.Name)
		}
		ports[port] = true
	}
}

func (c *checker) users(h Host) {
	served := slices.ContainsFunc(h.Serves, func(s Service) bool { return s.Kind == SSH })
	if served && len(h.Users) == 0 {
		c.wrong("%s answers to ssh and has no Users; declare who may log in", h.Name)
	}
	if !served && len(h.Users) > 0 {
		c.wrong("%s has Users and no ssh service to log in by", h.Name)
	}
	seen := map[string]bool{}
	for _, u := range h.Users {
		if !isUser(u.Name) || seen[u.Name] {
			c.wrong("%s: the user's Name %q is none, or there twice", h.Name, u.Name)
		}
		seen[u.Name] = true
		if u.Password == "" && len(u.Keys) == 0 {
			c.wrong("%s: the user %s has neither Password nor Keys: nobody could log in", h.Name, u.Name)
		}
		for _, key := range u.Keys {
			if _, _, _, _, err := ssh.ParseAuthorizedKey([]byte(key)); err != nil {
				c.wrong("%s: a key of %s is no line of an authorized_keys file: %v; network.Key gives one", h.Name, u.Name, err)
			}
		}
	}
}

// isUser says whether a text can be a user's name.
func isUser(name string) bool {
	for i, r := range name {
		if (r < 'a' || r > 'z') && (i == 0 || (r < '0' || r > '9') && r != '-' && r != '_') {
			return false
		}
	}
	return name != "" && len(name) <= 32
}

func (c *checker) files(h Host) {
	seen := map[string]bool{}
	for _, f := range h.Files {
		switch p := path.Clean(f.Path); {
		case !path.IsAbs(f.Path):
			c.wrong("%s: the path %q of a file is not absolute", h.Name, f.Path)
		case seen[p]:
			c.wrong("%s: two files have the path %q", h.Name, f.Path)
		default:
			seen[p] = true
		}
	}
}

// isName says whether a text can be a host's name.
func isName(name string) bool {
	if name == "" || len(name) > 253 {
		return false
	}
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || len(label) > 63 || strings.Trim(label, "-") != label {
			return false
		}
		for _, r := range label {
			if r != '-' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') {
				return false
			}
		}
	}
	return true
}
