package mailbox

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Draft is a mail that is to be sent, as a mail program takes it down.
type Draft struct {
	// To, Cc and Bcc are lists, separated by commas: addresses, or names.
	To, Cc, Bcc string
	Subject     string
	Body        string
	// Attach lists files of the sandbox by their paths, and attachments of
	// mails as "NUMBER/NAME".
	Attach []string
	// Reply and Forward are the number of the mail that is answered or passed
	// on, 0: none. ReplyAll answers all who got it.
	Reply, Forward int
	ReplyAll       bool
}

// letter is a mail that is about to go out.
type letter struct {
	sent  Sent
	files []file
	about *item // what is answered or passed on
	id    string
	raw   []byte // as it came, by SMTP or IMAP
}

// Send sends a mail as the tools do. The error is what a mail program would say.
func (b *Box) Send(ctx context.Context, d Draft) (Sent, error) { return b.dispatch(ctx, d, false) }

// dispatch sends a mail, or lays it into the drafts. What is not sent is on
// record, too.
func (b *Box) dispatch(ctx context.Context, d Draft, draft bool) (Sent, error) {
	files, err := b.load(ctx, d.Attach) // runs in the sandbox: not under the lock
	b.mu.Lock()
	defer b.mu.Unlock()
	b.due()
	l := &letter{sent: Sent{Turn: b.site.Turn(), Via: ViaTool, From: b.dir.owner}, files: files}
	if about := d.Reply + d.Forward; about != 0 && b.numbered(about) == nil {
		err = errors.Join(err, fmt.Errorf("there is no mail %d", about))
	} else if err2 := b.compose(l, d); err2 != nil {
		err = errors.Join(err, err2)
	}
	if err == nil && len(l.sent.Recipients()) == 0 && !draft {
		err = errors.New("no recipient: fill in to")
	}
	if err == nil {
		err = tooLarge(l)
	}
	if err != nil {
		return b.refused(l, d, err), err
	}
	if draft {
		b.draft(l, Drafts)
		return l.sent, nil
	}
	return b.deliver(l), nil
}

// mailSize is what the server takes, as most do.
const mailSize = 25 << 20

func tooLarge(l *letter) error {
	size := len(l.sent.Body)
	for _, f := range l.files {
		size += len(f.body)
	}
	if size > mailSize {
		return fmt.Errorf("552 5.3.4 message size %s exceeds fixed maximum message size %s", bytesText(size), bytesText(mailSize))
	}
	return nil
}

// compose writes the letter: whom it goes to, the subject, and what it quotes.
func (b *Box) compose(l *letter, d Draft) error {
	s := &l.sent
	s.Subject, s.Own, s.Body = strings.TrimSpace(oneLine(d.Subject)), d.Body, d.Body
	var errs [3]error
	s.To, errs[0] = b.dir.parties(d.To)
	s.Cc, errs[1] = b.dir.parties(d.Cc)
	s.Bcc, errs[2] = b.dir.parties(d.Bcc)
	switch {
	case d.Reply != 0:
		b.reply(l, b.numbered(d.Reply), d)
	case d.Forward != 0:
		b.forward(l, b.numbered(d.Forward))
	}
	s.Cc = without(s.Cc, s.To)
	s.Bcc = without(s.Bcc, slices.Concat(s.To, s.Cc))
	s.Outside = slices.ContainsFunc(s.Recipients(), func(p Party) bool { return p.Outside })
	for _, f := range l.files {
		s.Attachments = append(s.Attachments, f.carried())
	}
	return errors.Join(errs[:]...)
}

func (b *Box) reply(l *letter, about *item, d Draft) {
	s := &l.sent
	l.about = about
	s.InReplyTo = about.mail.key()
	to := []Party{about.from}
	if b.dir.isOwner(about.from) {
		to = about.to
	}
	if d.ReplyAll {
		rest := slices.DeleteFunc(slices.Concat(about.to, about.cc), b.dir.isOwner)
		s.Cc = append(s.Cc, without(rest, slices.Concat(to, s.Cc))...)
	}
	s.To = append(slices.Clone(to), without(s.To, to)...)
	if s.Subject == "" {
		s.Subject = prefixed("Re: ", about.mail.Subject)
	}
	s.Own = ownWords(d.Body, about)
	s.Body = strings.TrimRight(d.Body, "\n ") + "\n\n" + quoted(about)
}

func (b *Box) forward(l *letter, about *item) {
	s := &l.sent
	l.about = about
	s.Forwarded = about.mail.key()
	if s.Subject == "" {
		s.Subject = prefixed("Fwd: ", about.mail.Subject)
	}
	s.Body = strings.TrimLeft(strings.TrimRight(s.Body, "\n ")+"\n\n"+forwarded(about), "\n")
	l.files = append(slices.Clone(about.files), l.files...)
}

// quoted is a mail as a reply quotes it.
func quoted(it *item) string {
	var text strings.Builder
	fmt.Fprintf(&text, "On %s, %s wrote:\n", it.date.Format("Mon, 2 Jan 2006 at 15:04"), it.from)
	for line := range strings.Lines(strings.TrimRight(it.mail.Body, "\n") + "\n") {
		if strings.HasPrefix(line, ">") {
			text.WriteString(">" + line)
		} else {
			text.WriteString(strings.TrimRight("> "+line, " \n") + "\n")
		}
	}
	return strings.TrimRight(text.String(), "\n")
}

// forwarded is a mail as one that passes it on holds it.
func forwarded(it *item) string {
	head := fmt.Sprintf("---------- Forwarded message ----------\nFrom: %s\nDate: %s\nSubject: %s\nTo: %s\n",
		it.from, it.date.Format("Mon, 2 Jan 2006 at 15:04"), it.mail.Subject, listed(it.to))
	if len(it.cc) > 0 {
		head += "Cc: " + listed(it.cc) + "\n"
	}
	return head + "\n" + strings.TrimRight(it.mail.Body, "\n")
}

// without gives the parties that are not among others.
func without(parties, others []Party) []Party {
	var left []Party
	for _, p := range parties {
		is := func(q Party) bool { return strings.EqualFold(p.Address, q.Address) }
		if !slices.ContainsFunc(others, is) && !slices.ContainsFunc(left, is) {
			left = append(left, p)
		}
	}
	return left
}

func oneLine(text string) string {
	return strings.NewReplacer("\r\n", " ", "\n", " ", "\r", " ").Replace(text)
}
