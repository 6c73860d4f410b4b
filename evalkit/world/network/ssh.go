package network

import (
	"bytes"
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net"
	"slices"

	"golang.org/x/crypto/ssh"
)

// serveSSH answers one connection by SSH.
func (n *Network) serveSSH(ctx context.Context, h *host, conn net.Conn) {
	config := &ssh.ServerConfig{
		ServerVersion: "SSH-2.0-OpenSSH_9.6p1", MaxAuthTries: 6,
		PublicKeyCallback: func(m ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
			if u, ok := h.user(m.User()); ok && u.trusts(key) {
				return nil, nil
			}
			return nil, errors.New("no such key")
		},
		PasswordCallback: func(m ssh.ConnMetadata, password []byte) (*ssh.Permissions, error) {
			u, ok := h.user(m.User())
			if ok && u.Password != "" && subtle.ConstantTimeCompare(password, []byte(u.Password)) == 1 {
				return nil, nil
			}
			return nil, errors.New("no such password")
		},
	}
	login := Login{Turn: n.site.Turn(), Host: h.Name, Access: h.Access}
	config.AuthLogCallback = func(m ssh.ConnMetadata, _ string, _ error) { login.User = m.User() }
	key, err := hostKey(h)
	if err != nil {
		n.fail(fmt.Errorf("network.World: the key of %s: %w", h.Name, err))
		return
	}
	config.AddHostKey(key)
	server, channels, requests, err := ssh.NewServerConn(conn, config)
	login.Refused = err != nil
	if login.User != "" {
		n.loggedIn(login)
	}
	if err != nil {
		return
	}
	defer server.Close()
	go ssh.DiscardRequests(requests)
	u, _ := h.user(server.User())
	for request := range channels {
		if request.ChannelType() != "session" {
			_ = request.Reject(ssh.Prohibited, "administratively prohibited")
			continue
		}
		channel, requests, err := request.Accept()
		if err != nil {
			return
		}
		n.serving.Go(func() {
			defer n.caught("a session at " + h.Name)
			(&session{n: n, h: h, u: u, channel: channel, turn: n.site.Turn()}).answer(ctx, requests)
		})
	}
}

func (n *Network) loggedIn(l Login) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.closed {
		return
	}
	text := fmt.Sprintf("%s logged in to %s (%s)", l.User, l.Host, l.Access)
	if l.Refused {
		text = fmt.Sprintf("%s was refused at %s (%s)", l.User, l.Host, l.Access)
	}
	l.Event = n.record(FactLogin, text, l)
	n.evidence.Logins = append(n.evidence.Logins, l)
}

// fail keeps trouble of the harness, which ends the trial.
func (n *Network) fail(err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.trouble == nil && !n.closed {
		n.trouble = err
	}
}

func (h *host) user(name string) (User, bool) {
	i := slices.IndexFunc(h.Users, func(u User) bool { return u.Name == name })
	if i < 0 {
		return User{}, false
	}
	return h.Users[i], true
}

// trusts says whether a key lets the user in.
func (u User) trusts(key ssh.PublicKey) bool {
	return slices.ContainsFunc(u.Keys, func(line string) bool {
		known, _, _, _, err := ssh.ParseAuthorizedKey([]byte(line))
		return err == nil && bytes.Equal(known.Marshal(), key.Marshal())
	})
}
