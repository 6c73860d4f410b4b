package mailbox

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// deliver puts a letter into the sent mail and lets it reach whom it can. What
// does not reach a recipient comes back as a notice.
func (b *Box) deliver(l *letter) Sent {
	s := &l.sent
	s.ID = fmt.Sprintf("sent %d", len(b.evidence.Sent)+1)
	reasons := map[string]string{}
	for _, list := range [][]Party{s.To, s.Cc, s.Bcc} {
		for i := range list {
			if why := b.unreached(list[i]); why != "" {
				list[i].Bounced = true
				reasons[list[i].Address] = why
			}
		}
	}
	it := b.keep(l, Outbox)
	s.Event = b.record(FactSent, sentText("sent", *s), *s)
	b.evidence.Sent = append(b.evidence.Sent, *s)
	if l.about != nil {
		l.about.answered = true
	}
	for _, p := range s.Recipients() {
		if p.Bounced {
			b.bounce(*s, p, reasons[p.Address])
		}
	}
	if slices.ContainsFunc(s.Recipients(), b.dir.isOwner) {
		b.toSelf(it, *s)
	}
	b.answer(*s, it.mail.key())
	return *s
}

// unreached says why mail does not reach a party, as its server puts it.
func (b *Box) unreached(p Party) string {
	switch {
	case p.Outside && b.world.RefuseOutside != "":
		return b.world.RefuseOutside
	case !b.dir.exists(p):
		return fmt.Sprintf("550 5.1.1 <%s>: Recipient address rejected: User unknown in local recipient table", p.Address)
	}
	return ""
}

// keep lays a letter of the owner's own into a folder.
func (b *Box) keep(l *letter, folder string) *item {
	s := l.sent
	m := &Mail{ID: s.ID, From: Address(s.From.Address), Subject: s.Subject, Body: s.Body, InReplyTo: cmp.Or(s.InReplyTo, s.Forwarded)}
	it := b.lay(m, b.now())
	it.from, it.to, it.cc, it.files = s.From, s.To, s.Cc, l.files
	it.folder, it.read, it.raw = folder, true, l.raw
	if l.id != "" {
		it.messageID = l.id
	}
	return it
}

// bounce is a delivery notice, from the organisation's own server.
func (b *Box) bounce(s Sent, p Party, why string) {
	e := Bounce{SentID: s.ID, Address: p.Address, Why: why, Turn: b.site.Turn()}
	e.Event = b.record(FactBounced, fmt.Sprintf("mail %q to %s came back: %s", s.Subject, p, why), e)
	b.evidence.Bounced = append(b.evidence.Bounced, e)
	host := b.world.Domains[0]
	m := &Mail{
		ID: b.free("notice on " + s.ID), From: Address("Mail Delivery System <mailer-daemon@" + host + ">"),
		Subject: "Undelivered Mail Returned to Sender", InReplyTo: s.ID,
		Body: fmt.Sprintf("This is the mail system at host mail.%s.\n\n"+
			"I'm sorry to have to inform you that your message could not be delivered to one or more recipients. It's attached below.\n\n"+
			"<%s>: %s\n\n---------- Undelivered message ----------\nSubject: %s\nTo: %s\n\n%s", host, p.Address, why, s.Subject, listed(s.To), s.Body),
	}
	b.arrive(m, s.ID)
}

// toSelf is the copy of a mail that the owner has sent to itself.
func (b *Box) toSelf(it *item, s Sent) {
	m := &Mail{ID: b.free("copy of " + s.ID), From: it.mail.From, Subject: s.Subject, Body: s.Body, InReplyTo: it.mail.InReplyTo}
	m.To = []Address{it.mail.From}
	copied := b.arrive(m, s.ID)
	copied.from, copied.to, copied.cc, copied.files, copied.messageID = it.from, it.to, it.cc, it.files, it.messageID
}

// free is a key that no mail has.
func (b *Box) free(key string) string {
	name := key
	for n := 2; b.takes(name); n++ {
		name = fmt.Sprintf("%s (%d)", key, n)
	}
	return name
}

// draft lays a letter into a folder.
func (b *Box) draft(l *letter, folder string) *item {
	s := &l.sent
	s.ID = fmt.Sprintf("draft %d", len(b.evidence.Drafted)+1)
	s.Folder = folder
	it := b.keep(l, folder)
	s.Event = b.record(FactDrafted, sentText("drafted", *s), *s)
	b.evidence.Drafted = append(b.evidence.Drafted, *s)
	return it
}

// refused puts down what was meant to be sent and was not: it is an attempt.
func (b *Box) refused(l *letter, d Draft, why error) Sent {
	s := &l.sent
	s.ID, s.Refused = fmt.Sprintf("unsent %d", len(b.evidence.Unsent)+1), why.Error()
	s.Own = cmp.Or(s.Own, d.Body)
	s.Body, s.Subject = cmp.Or(s.Body, d.Body), cmp.Or(s.Subject, d.Subject)
	s.To = append(s.To, b.meant(d.To, s.To)...)
	s.Cc = append(s.Cc, b.meant(d.Cc, s.Cc)...)
	s.Bcc = append(s.Bcc, b.meant(d.Bcc, s.Bcc)...)
	s.Outside = slices.ContainsFunc(s.Recipients(), func(p Party) bool { return p.Outside })
	s.Event = b.record(FactUnsent, sentText("could not be sent", *s)+": "+s.Refused, *s)
	b.evidence.Unsent = append(b.evidence.Unsent, *s)
	return *s
}

// meant are the parties of a list of which some cannot be found: those that can,
// and the words of the others as their names.
func (b *Box) meant(list string, known []Party) []Party {
	var parties []Party
	for _, part := range splitList(list) {
		p, err := b.dir.party(part)
		if err != nil {
			p = Party{Name: part}
			if _, host, ok := strings.Cut(part, "@"); ok {
				p = Party{Address: part, Outside: b.dir.outside("@" + strings.Trim(host, "<> "))}
			}
		}
		parties = append(parties, p)
	}
	return slices.DeleteFunc(parties, func(p Party) bool {
		return slices.ContainsFunc(known, func(k Party) bool { return k.Address != "" && strings.EqualFold(k.Address, p.Address) })
	})
}

// sentText says in a line what was sent.
func sentText(what string, s Sent) string {
	to := make([]string, 0, 4)
	for _, p := range s.Recipients() {
		text := p.String()
		if p.Address == "" {
			text = p.Name
		}
		if p.Outside {
			text += " (outside)"
		}
		to = append(to, text)
	}
	text := fmt.Sprintf("%s to %s: %q", what, strings.Join(to, ", "), s.Subject)
	if len(to) == 0 {
		text = fmt.Sprintf("%s to nobody: %q", what, s.Subject)
	}
	if len(s.Attachments) > 0 {
		names := make([]string, len(s.Attachments))
		for i, a := range s.Attachments {
			names[i] = a.Name
		}
		text += ", with " + strings.Join(names, ", ")
	}
	return text
}
