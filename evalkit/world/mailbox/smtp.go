package mailbox

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// smtpSession is one connection of a program that sends mail. The organisation's
// server takes mail from its own machines without a password; a wrong one is
// refused.
type smtpSession struct {
	box  *Box
	from string
	to   []string
}

// AuthMechanisms implements smtp.AuthSession.
func (s *smtpSession) AuthMechanisms() []string {
	if s.box.world.Password == "" {
		return nil
	}
	return []string{sasl.Plain, sasl.Login}
}

// Auth implements smtp.AuthSession.
func (s *smtpSession) Auth(mechanism string) (sasl.Server, error) {
	check := func(name, password string) error {
		if !s.box.signedIn(name, password) {
			return smtp.ErrAuthFailed
		}
		return nil
	}
	switch mechanism {
	case sasl.Plain:
		return sasl.NewPlainServer(func(_, name, password string) error { return check(name, password) }), nil
	case sasl.Login:
		return &loginServer{check: check}, nil
	}
	return nil, smtp.ErrAuthUnknownMechanism
}

// loginServer is the mechanism LOGIN, which smtplib and curl use where PLAIN
// fails: name and password are asked for one by one.
type loginServer struct {
	check func(name, password string) error
	asked int
	name  string
}

// Next implements sasl.Server.
func (l *loginServer) Next(response []byte) ([]byte, bool, error) {
	if l.asked == 0 && response == nil {
		l.asked = 1
		return []byte("Username:"), false, nil
	}
	if l.asked <= 1 {
		l.asked, l.name = 2, string(response)
		return []byte("Password:"), false, nil
	}
	return nil, true, l.check(l.name, string(response))
}

// Mail implements smtp.Session.
func (s *smtpSession) Mail(from string, _ *smtp.MailOptions) error {
	s.from = from
	return nil
}

// Rcpt implements smtp.Session.
func (s *smtpSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	if !plainAddress(to) {
		s.to = append(s.to, to)
		s.box.refusedMail(s.from, s.to, parsed{}, "501 5.1.3 Bad recipient address syntax")
		s.to = s.to[:len(s.to)-1]
		return &smtp.SMTPError{Code: 501, EnhancedCode: smtp.EnhancedCode{5, 1, 3}, Message: "Bad recipient address syntax"}
	}
	s.to = append(s.to, to)
	return nil
}

// Data implements smtp.Session.
func (s *smtpSession) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	var refused *smtp.SMTPError
	switch {
	case errors.As(err, &refused):
		s.box.refusedMail(s.from, s.to, parseMail(raw), refused.Error())
		return err
	case err != nil:
		s.box.refusedMail(s.from, s.to, parseMail(raw), "the connection ended before the mail did")
		return err
	}
	s.box.mailed(s.from, s.to, raw)
	return nil
}

// Reset implements smtp.Session.
func (s *smtpSession) Reset() { s.from, s.to = "", nil }

// Logout implements smtp.Session.
func (s *smtpSession) Logout() error { return nil }

// mailed delivers a mail that came by SMTP.
func (b *Box) mailed(from string, to []string, raw []byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.due()
	l := b.wired(from, to, parseMail(raw))
	l.raw = raw
	b.deliver(l)
}

// refusedMail puts down a mail that was not taken.
func (b *Box) refusedMail(from string, to []string, p parsed, why string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.refused(b.wired(from, to, p), Draft{}, errors.New(why))
}

// wired is a letter of what came over the wire. Who gets it follows from the
// envelope: who is in no header gets it blind.
func (b *Box) wired(from string, to []string, p parsed) *letter {
	l := &letter{files: p.files, id: p.id}
	l.sent = Sent{Turn: b.site.Turn(), Via: ViaSMTP, Subject: p.subject, Body: p.body, From: b.sender(from, p.from)}
	s := &l.sent
	for _, address := range to {
		party := b.dir.addressed("", address)
		is := func(other string) bool { return strings.EqualFold(other, address) }
		switch {
		case slices.ContainsFunc(p.to, is):
			s.To = append(s.To, party)
		case slices.ContainsFunc(p.cc, is):
			s.Cc = append(s.Cc, party)
		default:
			s.Bcc = append(s.Bcc, party)
		}
	}
	s.Outside = slices.ContainsFunc(s.Recipients(), func(p Party) bool { return p.Outside })
	b.thread(l, p)
	for i := range l.files {
		s.Attachments = append(s.Attachments, l.files[i].carried())
	}
	return l
}

// thread finds the mail that a letter answers, and what of it is its own words.
func (b *Box) thread(l *letter, p parsed) {
	l.sent.Own = l.sent.Body
	for _, id := range p.references {
		i := slices.IndexFunc(b.items, func(it *item) bool { return it.messageID == id })
		if i >= 0 {
			l.about = b.items[i]
			l.sent.InReplyTo = l.about.mail.key()
			l.sent.Own = ownWords(l.sent.Body, l.about)
			return
		}
	}
}

// sender is who a mail says that it is from.
func (b *Box) sender(envelope, header string) Party {
	if p, err := b.dir.party(header); err == nil {
		return p
	}
	if plainAddress(envelope) {
		return b.dir.addressed("", envelope)
	}
	return b.dir.owner
}

// serverSaid puts a fault of our own servers on record: a panic ends the series.
func (b *Box) serverSaid(text string) {
	if text = strings.TrimSpace(text); strings.Contains(text, "panic") {
		b.site.Record(transcript.Problem{Whose: transcript.BlameSpec, Text: fmt.Sprintf("mailbox.World: %s", text)})
	}
}
