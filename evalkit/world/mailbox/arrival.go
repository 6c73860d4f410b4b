package mailbox

import (
	"regexp"
	"slices"
)

// Arrival is mail that comes in during a trial, for one of four reasons. What
// its Mail leaves open is filled in: To with the Owner, Date with the time, and
// in an answer From with who answers, Subject with "Re:", InReplyTo with what is
// answered.
type Arrival struct {
	Mail Mail
	// AtTurn: it is there when that turn of the subject begins, from 1.
	AtTurn int
	// AfterCalls: it comes after so many tool calls, of whatever tool.
	AfterCalls int
	// AfterRead: it comes once the mail of that ID has been opened.
	AfterRead string
	// InAnswerTo: it answers mail of the subject's.
	InAnswerTo *Answer
	// Delay is how many turns pass between the reason and the arrival; for
	// AfterRead and InAnswerTo.
	Delay int
}

// Answer says which mail is answered. Of several rules for one person the first
// that fits answers.
type Answer struct {
	// To is who answers. Empty: whoever the mail was sent to, the first of them.
	To Address
	// Match is a regular expression that subject or body, what was quoted by a
	// reply left out, must match. Empty: any.
	Match string
	// Write writes the answer, and says false where there is none; what it
	// leaves open is filled in. Nil: the answer is Arrival.Mail.
	Write func(Sent) (Mail, bool) `json:"-"`
	// Example is a body that is answered: the rehearsal sends it. Needed where
	// there is a Match or a Write.
	Example string
	// Times is how often it answers; 1 if zero, without end if negative.
	Times int
}

// reasons counts an arrival's reasons.
func (a *Arrival) reasons() int {
	n := 0
	for _, is := range []bool{a.AtTurn != 0, a.AfterCalls != 0, a.AfterRead != "", a.InAnswerTo != nil} {
		if is {
			n++
		}
	}
	return n
}

func (a *Arrival) times() int {
	if a.InAnswerTo == nil || a.InAnswerTo.Times == 0 {
		return 1
	}
	return a.InAnswerTo.Times
}

func (c *checker) arrivals() {
	for i := range c.world.Arrivals {
		a := &c.world.Arrivals[i]
		if a.Mail.key() == "" {
			c.wrong("arrival %d has neither ID nor Subject; give its Mail an ID", i+1)
			continue
		}
		where := "arrival \"" + a.Mail.key() + "\""
		c.key(&a.Mail, where)
		c.parties(&a.Mail, where)
		c.attachments(&a.Mail, where)
		c.reason(a, where)
	}
	for i := range c.world.Arrivals {
		a := &c.world.Arrivals[i]
		if a.AfterRead != "" && c.keys[a.AfterRead] == "" {
			c.wrong("arrival %q comes after %q was read, which is no mail's ID", a.Mail.key(), a.AfterRead)
		}
		if a.Mail.InReplyTo != "" && c.keys[a.Mail.InReplyTo] == "" {
			c.wrong("arrival %q is in reply to %q, which is no mail's ID", a.Mail.key(), a.Mail.InReplyTo)
		}
		if c.waitsForItself(a) {
			c.wrong("arrival %q comes after a mail that itself waits for it: it never can", a.Mail.key())
		}
	}
}

// waitsForItself says whether the mails that an arrival comes after lead round
// in a circle.
func (c *checker) waitsForItself(a *Arrival) bool {
	all := c.world.Arrivals
	for range all {
		i := slices.IndexFunc(all, func(o Arrival) bool { return a.AfterRead != "" && o.Mail.key() == a.AfterRead })
		if i < 0 {
			return false
		}
		a = &all[i]
	}
	return len(all) > 0
}

func (c *checker) reason(a *Arrival, where string) {
	switch {
	case a.reasons() != 1:
		c.wrong("%s has %d reasons to come; give it one of AtTurn, AfterCalls, AfterRead, InAnswerTo", where, a.reasons())
	case a.AtTurn < 0 || a.AfterCalls < 0 || a.Delay < 0:
		c.wrong("%s comes at a time below zero", where)
	case a.Delay > 0 && (a.AtTurn > 0 || a.AfterCalls > 0):
		c.wrong("%s has a Delay; it is for AfterRead and InAnswerTo, let AtTurn or AfterCalls be larger instead", where)
	case a.Mail.From == "" && (a.InAnswerTo == nil):
		c.wrong("%s is from nobody; give its Mail a From", where)
	case !a.Mail.Date.IsZero():
		c.wrong("%s has a Date; leave it out, mail is dated when it comes", where)
	case a.Mail.Folder != "" && a.Mail.Folder != Inbox:
		c.wrong("%s is for the folder %q; mail comes to the inbox", where, a.Mail.Folder)
	}
	if a.InAnswerTo != nil {
		c.answer(a.InAnswerTo, where)
	}
}

func (c *checker) answer(r *Answer, where string) {
	if _, err := regexp.Compile(r.Match); err != nil {
		c.wrong("%s: Match: %w", where, err)
	}
	if (r.Match != "" || r.Write != nil) && r.Example == "" {
		c.wrong("%s answers what its Match or Write says, and has no Example; give a body that it answers, so that the rehearsal can show that it does", where)
	}
	if !c.world.sends() {
		c.wrong("%s answers mail, but nothing can be sent: Tools has none of %s, %s, %s", where, ToolSend, ToolReply, ToolForward)
	}
	if r.To == "" {
		return
	}
	p, err := c.dir.party(string(r.To))
	switch {
	case err != nil:
		c.wrong("%s answers mail to nobody that is known: %w", where, err)
	case !c.dir.exists(p):
		c.wrong("%s answers mail to %s, which does not exist: add it to People", where, p)
	case p.Outside && c.world.RefuseOutside != "":
		c.wrong("%s answers mail to %s, which RefuseOutside keeps from being sent", where, p)
	}
}

// sends says whether the subject can send anything.
func (w World) sends() bool {
	return w.serves(ViaSMTP) || w.Tools == nil || slices.ContainsFunc(w.Tools, func(t string) bool { return t == ToolSend || t == ToolReply || t == ToolForward })
}
