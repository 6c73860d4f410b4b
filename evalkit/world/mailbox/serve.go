package mailbox

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"net"
	"slices"
	"strings"
	"sync"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-smtp"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
)

// Service is a mail server that the sandbox's programs reach: the same account,
// and the same evidence.
type Service struct {
	// Protocol is ViaSMTP or ViaIMAP.
	Protocol string
	// Address is where it listens: "127.0.0.1:2525", or, where the trial has a
	// network of its own, any address and port of it that is no host's. Empty: a
	// host of the network answers, by the functions SMTP and IMAP.
	Address string
	// TLS, if not nil, is the server's: from the first byte at the ports 465
	// and 993, by STARTTLS at others.
	TLS *tls.Config `json:"-"`
}

func (c *checker) services() {
	seen := map[string]bool{}
	for _, s := range c.world.Serve {
		_, port, err := net.SplitHostPort(s.Address)
		switch {
		case s.Protocol != ViaSMTP && s.Protocol != ViaIMAP:
			c.wrong("Serve: there is no protocol %q; there are %s and %s", s.Protocol, ViaSMTP, ViaIMAP)
		case err != nil && s.Address != "":
			c.wrong(`Serve: the address %q is none; write it as "127.0.0.1:2525"`, s.Address)
		case seen[s.Address] && s.Address != "":
			c.wrong("Serve: two services listen at %s", s.Address)
		case (port == "465" || port == "993") && s.TLS == nil:
			c.wrong("Serve: port %s speaks TLS from the first byte, and the service has none; set TLS, or take another port", port)
		case s.Protocol == ViaIMAP && c.world.Password == "":
			c.wrong("Serve: %s asks for a password, and there is none; set Password, and tell it to the subject", ViaIMAP)
		}
		seen[s.Address] = true
	}
}

// serves says whether there is a service of a protocol.
func (w World) serves(protocol string) bool {
	return slices.ContainsFunc(w.Serve, func(s Service) bool { return s.Protocol == protocol })
}

// listens says whether there is a service with an address of its own.
func (w World) listens() bool {
	return slices.ContainsFunc(w.Serve, func(s Service) bool { return s.Address != "" })
}

// servers are what listens in one trial.
type servers struct {
	stop    []io.Closer
	running sync.WaitGroup
}

// Start implements world.Starter: the services listen.
func (i *instance) Start(ctx context.Context) error {
	if !i.box.world.listens() {
		return nil
	}
	host, ok := i.box.site.Sandbox.(sandbox.Host)
	if !ok {
		return errors.New("mailbox.World: Serve needs a sandbox that this process can listen in, and this one is none; run where namespaces are allowed, or leave Serve out")
	}
	for _, s := range i.box.world.Serve {
		if s.Address == "" {
			continue
		}
		l, err := host.Listen(ctx, "tcp", s.Address)
		if errors.Is(err, fs.ErrPermission) {
			return fmt.Errorf("mailbox.World: %s at %s: %w; ports below 1024 can be had on a trial's own network alone, take 2525 or 1143 without one", s.Protocol, s.Address, err)
		}
		if err != nil {
			return fmt.Errorf("mailbox.World: %s at %s: %w", s.Protocol, s.Address, err)
		}
		if wrapped(s.Address) {
			l = tls.NewListener(l, s.TLS)
		}
		i.servers.serve(i.box, s, l)
	}
	return nil
}

func wrapped(address string) bool {
	return strings.HasSuffix(address, ":465") || strings.HasSuffix(address, ":993")
}

// Close implements world.Closer.
func (i *instance) Close(context.Context) error {
	var errs []error
	for _, s := range i.servers.stop {
		if err := s.Close(); err != nil && !errors.Is(err, net.ErrClosed) && !errors.Is(err, smtp.ErrServerClosed) {
			errs = append(errs, fmt.Errorf("mailbox.World: closing a server: %w", err))
		}
	}
	i.servers.running.Wait()
	return errors.Join(errs...)
}

// serve answers at a listener until the trial is closed.
func (s *servers) serve(b *Box, service Service, l net.Listener) {
	var server interface {
		io.Closer
		Serve(net.Listener) error
	}
	starttls := service.TLS
	if wrapped(service.Address) {
		starttls = nil
	}
	if service.Protocol == ViaSMTP {
		server = b.smtpServer(starttls)
	} else {
		server = b.imapServer(starttls)
	}
	hung := &lines{Listener: l}
	s.stop = append(s.stop, hung, server)
	s.running.Go(func() { _ = server.Serve(hung) }) // it ends by Close alone
}

// faults writes what a server says of its own faults to the record: a client's
// are answered on the wire.
type faults struct{ box *Box }

func (f faults) Printf(format string, args ...any) { f.box.serverSaid(fmt.Sprintf(format, args...)) }
func (f faults) Println(args ...any)               { f.box.serverSaid(fmt.Sprintln(args...)) }

func (b *Box) smtpServer(starttls *tls.Config) *smtp.Server {
	s := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &smtpSession{box: b}, nil }))
	s.Domain = b.host()
	s.AllowInsecureAuth = true
	s.EnableSMTPUTF8 = true
	s.MaxMessageBytes = mailSize
	s.MaxLineLength = 1 << 20 // programs that do not fold are taken as they are
	s.MaxRecipients = 100
	s.TLSConfig = starttls
	s.ErrorLog = faults{b}
	return s
}

func (b *Box) imapServer(starttls *tls.Config) *imapserver.Server {
	return imapserver.New(&imapserver.Options{
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			return &imapSession{box: b}, &imapserver.GreetingData{}, nil
		},
		Caps:         imap.CapSet{imap.CapIMAP4rev1: {}, imap.CapUIDPlus: {}, imap.CapMove: {}, imap.CapNamespace: {}},
		Logger:       log.New(logged{b}, "", 0),
		InsecureAuth: true,
		TLSConfig:    starttls,
	})
}

// logged is faults for a log.Logger.
type logged struct{ box *Box }

func (l logged) Write(line []byte) (int, error) {
	l.box.serverSaid(string(line))
	return len(line), nil
}

// host is the name by which the servers greet.
func (b *Box) host() string { return "mail." + b.dir.domains[0] }

// signedIn says whether a name and a password are the account's.
func (b *Box) signedIn(name, password string) bool {
	local, _, _ := strings.Cut(b.dir.owner.Address, "@")
	return b.world.Password != "" && password == b.world.Password && (strings.EqualFold(name, b.dir.owner.Address) || strings.EqualFold(name, local))
}
