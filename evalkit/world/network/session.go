package network

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
)

// session is one channel of an SSH connection: a command, a shell or SFTP.
type session struct {
	n       *Network
	h       *host
	u       User
	channel ssh.Channel
	turn    int
	env     map[string]string
}

// answer carries out the first thing that is asked for.
func (s *session) answer(ctx context.Context, requests <-chan *ssh.Request) {
	defer s.channel.Close()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for r := range requests {
		switch r.Type {
		case "env":
			var v struct{ Name, Value string }
			if ok := ssh.Unmarshal(r.Payload, &v) == nil; ok {
				s.setenv(v.Name, v.Value)
			}
			reply(r, true)
		case "pty-req", "window-change":
			reply(r, true)
		case "exec":
			var v struct{ Command string }
			if err := ssh.Unmarshal(r.Payload, &v); err != nil {
				reply(r, false)
				return
			}
			reply(r, true)
			s.whileOpen(requests, cancel)
			s.run(ctx, v.Command, []string{"bash", "-c", v.Command})
			return
		case "shell":
			reply(r, true)
			s.whileOpen(requests, cancel)
			s.run(ctx, "", []string{"bash", "-l"})
			return
		case "subsystem":
			var v struct{ Name string }
			if err := ssh.Unmarshal(r.Payload, &v); err != nil || v.Name != "sftp" {
				reply(r, false)
				return
			}
			reply(r, true)
			s.whileOpen(requests, cancel)
			s.files(ctx)
			return
		default:
			reply(r, false)
		}
	}
}

// setenv takes up what OpenSSH's servers take by default.
func (s *session) setenv(name, value string) {
	if !strings.HasPrefix(name, "LC_") && name != "LANG" {
		return
	}
	if s.env == nil {
		s.env = map[string]string{}
	}
	s.env[name] = value
}

func reply(r *ssh.Request, ok bool) {
	if r.WantReply {
		_ = r.Reply(ok, nil) // the client may be gone
	}
}

// whileOpen ends the session with its channel.
func (s *session) whileOpen(requests <-chan *ssh.Request, cancel func()) {
	s.n.serving.Go(func() {
		for r := range requests {
			reply(r, r.Type == "window-change")
		}
		cancel()
	})
}

// run runs a command on the host's machine, with the session's streams.
func (s *session) run(ctx context.Context, command string, argv []string) {
	r, err := s.n.remote(ctx, s.h)
	if err != nil {
		s.n.fail(err)
		return
	}
	env := map[string]string{"HOME": s.u.home(), "USER": s.u.Name, "LOGNAME": s.u.Name, "SHELL": "/bin/bash"}
	for name, value := range s.env {
		env[name] = value
	}
	result, err := r.Run(ctx, sandbox.Process{
		Argv: argv, Dir: s.u.home(), Env: env, Time: sessionTime, Parallel: true,
		Stdin: s.channel, Stdout: s.channel, Stderr: s.channel.Stderr(),
	})
	ran := Ran{Turn: s.turn, Host: s.h.Name, Access: s.h.Access, User: s.u.Name, Command: command, Exit: result.Exit, Cut: ctx.Err() != nil || result.TimedOut || err != nil}
	alive := context.WithoutCancel(ctx)
	if err := r.changed(alive); err != nil {
		s.n.fail(err)
	}
	ran.Left = r.left(alive)
	s.n.ran(ran)
	_, _ = s.channel.SendRequest("exit-status", false, ssh.Marshal(struct{ Status uint32 }{uint32(result.Exit)})) // the client may be gone
}

func (n *Network) ran(ran Ran) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.closed {
		return
	}
	text := fmt.Sprintf("%s on %s: %s: exit %d", ran.User, ran.Host, ran.Command, ran.Exit)
	if ran.Command == "" {
		text = fmt.Sprintf("%s on %s: a shell: exit %d", ran.User, ran.Host, ran.Exit)
	}
	if ran.Cut {
		text += ", cut"
	}
	ran.Event = n.record(FactRan, text, ran)
	n.evidence.Ran = append(n.evidence.Ran, ran)
}

// files serves SFTP, which scp speaks, too.
func (s *session) files(ctx context.Context) {
	r, err := s.n.remote(ctx, s.h)
	if err != nil {
		s.n.fail(err)
		return
	}
	f := &filer{ctx: context.WithoutCancel(ctx), r: r, turn: s.turn}
	server := sftp.NewRequestServer(s.channel, sftp.Handlers{FileGet: f, FilePut: f, FileCmd: f, FileList: f}, sftp.WithStartDirectory(s.u.home()))
	defer server.Close()
	status := uint32(0)
	if err := server.Serve(); err != nil && err != io.EOF {
		status = 255
	}
	_, _ = s.channel.SendRequest("exit-status", false, ssh.Marshal(struct{ Status uint32 }{status})) // the client may be gone
}
