package mailbox

import (
	"errors"
	"fmt"
	"net/mail"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
	"github.com/evalkit-go/evalkit/evalkit/world"
)

// check says everything that is wrong with the data, each with the mend, and
// gives the directory if nothing is.
func (w World) check(props *world.Props) (*directory, error) {
	c := checker{world: w, props: props, dir: &directory{known: map[string]Party{}}, keys: map[string]string{}}
	c.domains()
	c.owner()
	c.people()
	c.mails()
	c.arrivals()
	c.services()
	c.tools()
	return c.dir, errors.Join(c.errs...)
}

// checker goes through a World's data.
type checker struct {
	world World
	props *world.Props
	dir   *directory
	keys  map[string]string // where a mail's key stands
	errs  []error
}

func (c *checker) wrong(format string, args ...any) {
	c.errs = append(c.errs, fmt.Errorf("mailbox.World: "+format, args...))
}

func (c *checker) domains() {
	if len(c.world.Domains) == 0 {
		c.wrong("no Domains; list those of the organisation, an address is inside or outside by them")
	}
	for _, d := range c.world.Domains {
		if d == "" || strings.ContainsAny(d, "@ <>,;") || strings.Trim(d, ".") != d {
			c.wrong("the domain %q is none; write it as in an address, without the @", d)
		}
		c.dir.domains = append(c.dir.domains, strings.ToLower(d))
	}
}

func (c *checker) owner() {
	a, err := mail.ParseAddress(string(c.world.Owner))
	switch {
	case c.world.Owner == "":
		c.wrong(`no Owner; write whose account it is: "Name <name@domain>"`)
	case err != nil || !plainAddress(a.Address):
		c.wrong(`the Owner %q is no address; write "Name <name@domain>"`, c.world.Owner)
	default:
		c.dir.owner = Party{Name: a.Name, Address: a.Address, Outside: c.dir.outside(a.Address)}
		c.know(c.dir.owner)
	}
}

func (c *checker) know(p Party) {
	c.dir.known[strings.ToLower(p.Address)] = p
	if p.Name != "" {
		c.dir.people = append(c.dir.people, p)
	}
}

func (c *checker) people() {
	for _, person := range c.world.People {
		a, err := mail.ParseAddress(string(person.Address))
		if err != nil || !plainAddress(a.Address) {
			c.wrong("the address %q of %s does not parse; write it as name@domain", person.Address, person.Name)
			continue
		}
		p := Party{Name: person.Name, Address: a.Address, Role: person.Role, Outside: person.Outside}
		outside := c.dir.outside(a.Address)
		other, twice := c.dir.known[strings.ToLower(p.Address)]
		switch {
		case person.Name == "":
			c.wrong("the person at %s has no Name; give it one", p.Address)
		case outside != p.Outside && p.Outside:
			c.wrong("%s is both outside, by Outside, and inside, by the address; take one back", p)
		case outside != p.Outside:
			c.wrong("%s is inside, but the address is of none of the Domains %s; set Outside, or add the domain", p, strings.Join(c.dir.domains, ", "))
		case twice && !c.dir.isOwner(other):
			c.wrong("%s and %s have one address; give each their own", other, p)
		case slices.ContainsFunc(c.dir.people, func(o Party) bool {
			return strings.EqualFold(o.Name, p.Name) && !strings.EqualFold(o.Address, p.Address)
		}):
			c.wrong("two people are named %s; a mail that names one could be to either: tell them apart", p.Name)
		default:
			if twice {
				c.dir.people = slices.DeleteFunc(c.dir.people, c.dir.isOwner)
			}
			c.know(p)
		}
	}
}

func (c *checker) mails() {
	now := c.world.now()
	for i := range c.world.Mails {
		m := &c.world.Mails[i]
		where := fmt.Sprintf("mail %q", m.key())
		c.key(m, where)
		c.parties(m, where)
		c.attachments(m, where)
		switch {
		case len(m.To)+len(m.Cc) == 0 && m.folder() != Drafts:
			c.wrong("%s is to nobody; give it To or Cc", where)
		case m.From == "":
			c.wrong("%s is from nobody; give it From", where)
		}
		switch {
		case m.Date.IsZero():
			c.wrong("%s has no Date", where)
		case m.Date.After(now):
			c.wrong("%s is dated %s, after Now (%s); date it earlier, or let it arrive: Arrivals", where, m.Date.Format(time.DateTime), now.Format(time.DateTime))
		}
		if !slices.Contains(folders, m.folder()) {
			c.wrong("%s is in the folder %q; there are %s", where, m.Folder, strings.Join(folders, ", "))
		}
	}
	for i := range c.world.Mails {
		if m := &c.world.Mails[i]; m.InReplyTo != "" && c.keys[m.InReplyTo] == "" {
			c.wrong("mail %q is in reply to %q, which is no mail's ID", m.key(), m.InReplyTo)
		}
	}
}

func (c *checker) key(m *Mail, where string) {
	switch key := m.key(); {
	case key == "":
		c.wrong("a mail from %q has neither ID nor Subject; give it an ID", m.From)
	case c.keys[key] != "" && m.ID == "":
		c.wrong("two mails have the subject %q and no ID; give each an ID", m.Subject)
	case c.keys[key] != "":
		c.wrong("two mails have the ID %q; each needs its own", m.ID)
	default:
		c.keys[key] = where
	}
}

// parties resolves whom a mail names, and takes new addresses for known.
func (c *checker) parties(m *Mail, where string) {
	check := func(field string, a Address) {
		if a == "" {
			return
		}
		p, err := c.dir.party(string(a))
		if err != nil {
			c.wrong("%s, %s: %w; write an address, or the name of one of People", where, field, err)
			return
		}
		if _, ok := c.dir.known[strings.ToLower(p.Address)]; !ok {
			c.know(p)
		}
		if (m.Folder == Outbox || m.Folder == Drafts) && field == "From" && !c.dir.isOwner(p) {
			c.wrong("%s lies in %s, but it is from %s, and not from the Owner; mend one of them", where, m.Folder, p)
		}
	}
	check("From", m.From)
	for _, a := range m.To {
		check("To", a)
	}
	for _, a := range m.Cc {
		check("Cc", a)
	}
}

func (c *checker) attachments(m *Mail, where string) {
	seen := map[string]bool{}
	for _, a := range m.Attachments {
		name := a.name()
		switch {
		case a.Path == "" && a.Body == nil:
			c.wrong("%s: the attachment %q has no file; give it a Path of the scenario's Files, or a Body", where, name)
		case a.Path != "" && a.Body != nil:
			c.wrong("%s: the attachment %q has a Path and a Body; give it one of them", where, name)
		case a.Path != "" && fileOf(c.props, a.Path) == nil:
			c.wrong("%s: the attachment %q is of %s, which none of the scenario's Files is; lay it there, or give a Body", where, name, a.Path)
		case a.Path != "" && fileOf(c.props, a.Path).Size > int64(len(fileOf(c.props, a.Path).Body)):
			c.wrong("%s: the attachment %q is of %s, which is larger than what it holds; no mail carries a hole, give a Body", where, name, a.Path)
		case name == "":
			c.wrong("%s: an attachment has no Name", where)
		case strings.ContainsAny(name, "/\\\n\r"):
			c.wrong("%s: the attachment's name %q holds a slash or a line end", where, name)
		case seen[name]:
			c.wrong("%s: two attachments are named %q", where, name)
		}
		seen[name] = true
	}
}

func (a Attachment) name() string {
	if a.Name == "" && a.Path != "" {
		return path.Base(a.Path)
	}
	return a.Name
}

// fileOf is the scenario's file at a path, or nil.
func fileOf(props *world.Props, place string) *sandbox.File {
	for i := range props.Files {
		f := &props.Files[i]
		if sandbox.Absolute(f.Path) == sandbox.Absolute(place) && f.Mode.IsRegular() {
			return f
		}
	}
	return nil
}

// now is the time in the account at the start.
func (w World) now() time.Time {
	if !w.Now.IsZero() {
		return w.Now
	}
	var latest time.Time
	for i := range w.Mails {
		if w.Mails[i].Date.After(latest) {
			latest = w.Mails[i].Date
		}
	}
	return latest.Add(11 * time.Minute)
}
