package network

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/pem"
	"fmt"
	"slices"
	"sync"

	"golang.org/x/crypto/ssh"
)

// Key makes a pair of SSH keys that follow from a text alone: the private one
// as a file holds it, and the public one as a line of authorized_keys, with the
// comment behind it. They open the hosts of a trial, which are nowhere else, and
// are no secret.
func Key(text, comment string) (private []byte, public string) {
	seed := sha256.Sum256([]byte("evalkit/network " + text))
	secret := ed25519.NewKeyFromSeed(seed[:])
	block, err := ssh.MarshalPrivateKey(secret, comment)
	if err != nil {
		panic(fmt.Sprintf("network.Key(%q): %v", text, err)) // of a sound key none is known
	}
	shown, err := ssh.NewPublicKey(secret.Public())
	if err != nil {
		panic(fmt.Sprintf("network.Key(%q): %v", text, err))
	}
	line := string(bytes.TrimSpace(ssh.MarshalAuthorizedKey(shown)))
	if comment != "" {
		line += " " + comment
	}
	return pem.EncodeToMemory(block), line
}

// hostSecret is what the keys of hosts follow from, in this process alone.
var hostSecret = sync.OnceValue(func() []byte {
	secret := make([]byte, 32)
	_, _ = rand.Read(secret) // never fails
	return secret
})

// hostKey is the key by which a host is known.
func hostKey(h *host) (ssh.Signer, error) {
	seed := sha256.Sum256(append(hostSecret(), h.Name...))
	return ssh.NewSignerFromSigner(ed25519.NewKeyFromSeed(seed[:]))
}

// knownHosts is the file by which the machine knows the hosts that it may log
// in to, so that no client asks.
func (n *Network) knownHosts() []byte {
	var b bytes.Buffer
	for _, h := range n.hosts {
		if !slices.ContainsFunc(h.Serves, func(s Service) bool { return s.Kind == SSH }) {
			continue
		}
		key, err := hostKey(h)
		if err != nil {
			continue // said when it is to serve
		}
		for _, name := range append(h.names(), h.address.String()) {
			fmt.Fprintf(&b, "%s %s", name, ssh.MarshalAuthorizedKey(key.PublicKey()))
		}
	}
	return b.Bytes()
}
