package mailbox

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// expected is an Arrival in one trial.
type expected struct {
	arrival *Arrival
	match   *regexp.Regexp
	left    int // how often it may still come; below zero without end
	come    int // how often it has come in
}

// pending is mail whose reason has come, and whose time has not.
type pending struct {
	of      *expected
	turn    int
	mail    *Mail
	answers string // Sent.ID
}

// passed counts tool calls that have ended, and lets in what has fallen due.
func (b *Box) passed(calls int) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.calls += calls
	b.due()
	return nil
}

// due lets in what has fallen due by turn or calls, or was delayed until now.
// It is called before each use of the account, and after every tool call.
func (b *Box) due() {
	turn := b.site.Turn()
	for _, e := range b.expected {
		a := e.arrival
		if e.left == 0 || a.AtTurn == 0 && a.AfterCalls == 0 || a.AtTurn > turn || a.AfterCalls > b.calls {
			continue
		}
		e.left--
		e.come++
		b.arrive(&a.Mail, "")
	}
	waiting := b.pending
	b.pending = nil
	for _, p := range waiting {
		if p.turn > turn {
			b.pending = append(b.pending, p)
			continue
		}
		p.of.come++
		b.arrive(p.mail, p.answers)
	}
}

// arrive puts a mail into the inbox.
func (b *Box) arrive(m *Mail, answers string) *item {
	if len(m.To)+len(m.Cc) == 0 {
		whole := *m
		whole.To = []Address{Address(b.dir.owner.Address)}
		m = &whole
	}
	if _, err := b.dir.party(string(m.From)); err != nil { // check has seen all but what Answer.Write writes
		b.site.Record(transcript.Problem{Whose: transcript.BlameSpec, Text: fmt.Sprintf("mailbox.World: the mail %q comes from nobody: %v", m.key(), err)})
	}
	it := b.lay(m, b.now())
	b.news = append(b.news, it)
	a := Arrived{MailID: m.key(), From: it.from.String(), Subject: m.Subject, Turn: b.site.Turn(), Answers: answers}
	a.Event = b.record(FactArrived, fmt.Sprintf("mail from %s: %q", it.from, m.Subject), a)
	b.evidence.Arrived = append(b.evidence.Arrived, a)
	return it
}

// wasRead sets off what comes after a mail was read.
func (b *Box) wasRead(key string) {
	for _, e := range b.expected {
		if e.left != 0 && e.arrival.AfterRead == key {
			e.left--
			b.pending = append(b.pending, pending{of: e, turn: b.site.Turn() + e.arrival.Delay, mail: &e.arrival.Mail})
		}
	}
}

// answer lets those whom a mail has reached answer it, by the first of their
// rules that fits.
func (b *Box) answer(s Sent, messageKey string) {
	for i, p := range s.Recipients() {
		if p.Bounced {
			continue
		}
		for _, e := range b.expected {
			m, ok := b.fits(e, s, p, i == 0)
			if !ok {
				continue
			}
			if e.left > 0 {
				e.left--
			}
			b.pending = append(b.pending, pending{of: e, turn: b.site.Turn() + e.arrival.Delay, mail: b.filled(m, s, p, messageKey), answers: s.ID})
			break
		}
	}
}

// fits says whether a rule answers a mail for a recipient of it, and with what.
func (b *Box) fits(e *expected, s Sent, p Party, first bool) (Mail, bool) {
	rule := e.arrival.InAnswerTo
	if rule == nil || e.left == 0 {
		return Mail{}, false
	}
	if rule.To == "" && !first {
		return Mail{}, false
	}
	if rule.To != "" {
		if who, err := b.dir.party(string(rule.To)); err != nil || !strings.EqualFold(who.Address, p.Address) {
			return Mail{}, false
		}
	}
	if !e.match.MatchString(s.Subject) && !e.match.MatchString(s.Own) {
		return Mail{}, false
	}
	if rule.Write == nil {
		return e.arrival.Mail, true
	}
	m, ok := rule.Write(s)
	if ok && m.ID == "" {
		m.ID = e.arrival.Mail.key()
	}
	return m, ok
}

// filled is an answer with what was left open.
func (b *Box) filled(m Mail, s Sent, p Party, messageKey string) *Mail {
	m.From = cmp.Or(m.From, Address(p.Address))
	m.Subject = cmp.Or(m.Subject, prefixed("Re: ", s.Subject))
	m.InReplyTo = cmp.Or(m.InReplyTo, messageKey)
	key := m.key()
	for n := 2; b.takes(m.key()); n++ {
		m.ID = fmt.Sprintf("%s %d", key, n)
	}
	return &m
}

// takes says whether a mail of that key is there or on its way.
func (b *Box) takes(key string) bool {
	return b.named(key) != nil || slices.ContainsFunc(b.pending, func(p pending) bool { return p.mail.key() == key })
}

// announced gives a line on mail that has come in since the last time, for the
// end of a tool's result.
func (b *Box) announced() string {
	news := b.news
	b.news = nil
	news = slices.DeleteFunc(news, func(it *item) bool { return it.read || it.folder != Inbox })
	if len(news) == 0 {
		return ""
	}
	lines := []string{"\n\nNew mail:"}
	for _, it := range news {
		lines = append(lines, b.line(it))
	}
	return strings.Join(lines, "\n")
}

var replyPrefix = regexp.MustCompile(`(?i)^\s*(re|aw)\s*:`)
var forwardPrefix = regexp.MustCompile(`(?i)^\s*(fwd?|wg)\s*:`)

// prefixed puts "Re: " or "Fwd: " before a subject that has none.
func prefixed(prefix, subject string) string {
	has := replyPrefix
	if strings.HasPrefix(prefix, "F") {
		has = forwardPrefix
	}
	if has.MatchString(subject) {
		return strings.TrimSpace(subject)
	}
	return prefix + strings.TrimSpace(subject)
}
