package network

import (
	"cmp"
	"context"
	"net"
	"strings"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
)

// Access says whether the subject may use a host.
type Access string

// What there is to say. Undeclared is an address or a name of no host.
const (
	Allowed    Access = "allowed"
	Forbidden  Access = "forbidden"
	Undeclared Access = "undeclared"
)

// Host is a machine on the network.
type Host struct {
	// Name is its full name, "files.brightwater.coop"; Aliases are further ones.
	Name    string
	Aliases []string
	// Address is its IPv4 address.
	Address string
	// Access must be said: Allowed or Forbidden. A host answers either way.
	Access Access
	// Files is its own tree, by absolute paths. Folders that its users may write
	// to, besides their homes and /tmp, are laid as such: with fs.ModeDir, and
	// Writable.
	Files  []sandbox.File
	Serves []Service
	// Users may log in by SSH.
	Users []User
	// Machine bounds what the host may use, which is a machine of its own as soon
	// as somebody logs in.
	Machine sandbox.Limits
}

// User is one who may log in to a host.
type User struct {
	Name string
	// Password and Keys, lines of an authorized_keys file, let in; at least one
	// of them must be there.
	Password string
	Keys     []string
}

// home is where a user's files lie.
func (u User) home() string {
	if u.Name == "root" {
		return "/root"
	}
	return "/home/" + u.Name
}

// Kind is what a service speaks.
type Kind string

// The kinds of a service.
const (
	HTTP  Kind = "http"
	HTTPS Kind = "https"
	SSH   Kind = "ssh"
	TCP   Kind = "tcp" // what Service.Serve speaks
)

// Service is what a host answers at a port.
type Service struct {
	Kind Kind
	// Port is that of the kind if zero: 80, 443, 22. TCP has none.
	Port int
	// Root is the folder of the host's files that HTTP shows; "/" if empty.
	Root string
	// Uploads lets HTTP take files, by PUT at their path and by POST anywhere,
	// as they are or as a form.
	Uploads bool
	// Login, "user:password", or Token is what HTTP asks for; nothing if empty.
	Login, Token string
	// Serve answers one connection of a TCP service, and closes it. What belongs
	// to the trial hangs on ctx. Reading and writing are counted.
	Serve func(ctx context.Context, conn net.Conn) `json:"-"`
}

func (s Service) port() int {
	return cmp.Or(s.Port, map[Kind]int{HTTP: 80, HTTPS: 443, SSH: 22}[s.Kind])
}

// names are all by which a host is asked for, in small letters.
func (h Host) names() []string {
	names := []string{strings.ToLower(h.Name)}
	for _, a := range h.Aliases {
		names = append(names, strings.ToLower(a))
	}
	return names
}
