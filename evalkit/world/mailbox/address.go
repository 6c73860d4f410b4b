package mailbox

import (
	"fmt"
	"net/mail"
	"slices"
	"strings"
)

// Address is a mail address, "mara@example.net" or "Mara Lind
// <mara@example.net>", or the name of one of World.People.
type Address string

// Person is somebody who has an address.
type Person struct {
	Name    string
	Address Address
	// Role is what the person does: for who judges, never shown.
	Role string
	// Outside says that the person is not of the organisation.
	Outside bool
}

// Party is a sender or recipient of a mail.
type Party struct {
	Name    string `json:"name,omitempty"`
	Address string `json:"address"`
	// Role is the person's, if it is one of World.People.
	Role string `json:"role,omitempty"`
	// Outside: not of the organisation.
	Outside bool `json:"outside,omitempty"`
	// Bounced: the mail did not reach it.
	Bounced bool `json:"bounced,omitempty"`
}

func (p Party) String() string {
	if p.Name == "" {
		return p.Address
	}
	return p.Name + " <" + p.Address + ">"
}

// directory knows the people of an account. It is not changed once made.
type directory struct {
	owner   Party
	domains []string
	people  []Party
	known   map[string]Party // by address in lower case, those of mails too
}

// outside says whether an address is of none of the organisation's domains.
// Subdomains are the organisation's.
func (d *directory) outside(address string) bool {
	at := strings.LastIndexByte(address, '@')
	host := strings.ToLower(address[at+1:])
	return !slices.ContainsFunc(d.domains, func(domain string) bool {
		return host == domain || strings.HasSuffix(host, "."+domain)
	})
}

// party finds who is meant: an address with or without a name, or somebody's
// name. The error is told as a mail program would.
func (d *directory) party(text string) (Party, error) {
	text = strings.TrimSpace(text)
	if a, err := mail.ParseAddress(text); err == nil && plainAddress(a.Address) {
		return d.addressed(a.Name, a.Address), nil
	}
	if strings.Contains(text, "@") {
		return Party{}, fmt.Errorf("%q is not a valid mail address", text)
	}
	var found []Party
	for _, p := range d.people {
		if strings.EqualFold(p.Name, text) {
			return p, nil
		}
		if names(p.Name, text) {
			found = append(found, p)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return Party{}, fmt.Errorf("no contact is named %q; use a full mail address", text)
	}
	listed := make([]string, len(found))
	for i, p := range found {
		listed[i] = p.String()
	}
	return Party{}, fmt.Errorf("%q is ambiguous: %s", text, strings.Join(listed, ", "))
}

// addressed is the party at an address; the name that it is known by goes
// before the one given.
func (d *directory) addressed(name, address string) Party {
	if p, ok := d.known[strings.ToLower(address)]; ok {
		if p.Name == "" {
			p.Name = name
		}
		return p
	}
	return Party{Name: name, Address: address, Outside: d.outside(address)}
}

// exists says whether mail to the party reaches anybody: outside everything
// does, inside who is known.
func (d *directory) exists(p Party) bool {
	_, ok := d.known[strings.ToLower(p.Address)]
	return ok || p.Outside
}

func (d *directory) isOwner(p Party) bool { return strings.EqualFold(p.Address, d.owner.Address) }

// names says whether a text is one of the words of a name.
func names(name, text string) bool {
	return text != "" && slices.ContainsFunc(strings.Fields(name), func(word string) bool { return strings.EqualFold(word, text) })
}

// plainAddress says whether an address is one that can go through any header
// and list: one @, no space or control, nothing that ends a header.
func plainAddress(address string) bool {
	local, host, ok := strings.Cut(address, "@")
	return ok && local != "" && host != "" && !strings.HasPrefix(host, ".") && !strings.HasSuffix(host, ".") &&
		!strings.ContainsFunc(address, func(r rune) bool { return r <= ' ' || r == 0x7f || strings.ContainsRune(`<>,;"\@`, r) && r != '@' }) &&
		!strings.Contains(host, "@")
}

// parties reads a list of recipients, separated by commas or semicolons.
func (d *directory) parties(list string) ([]Party, error) {
	var all []Party
	for _, part := range splitList(list) {
		p, err := d.party(part)
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(all, func(q Party) bool { return strings.EqualFold(p.Address, q.Address) }) {
			all = append(all, p)
		}
	}
	return all, nil
}

// splitList cuts a list at the commas, semicolons and line ends that are not
// within quotes or angle brackets.
func splitList(list string) []string {
	var parts []string
	from, quoted, angle := 0, false, false
	cut := func(end int) {
		if part := strings.TrimSpace(list[from:end]); part != "" {
			parts = append(parts, part)
		}
		from = end + 1
	}
	for i := 0; i < len(list); i++ {
		switch c := list[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '<':
			angle = true
		case c == '>':
			angle = false
		case angle && c != '\n':
		case c == ',' || c == ';' || c == '\n':
			cut(i)
			angle = false
		}
	}
	if from < len(list) {
		cut(len(list))
	}
	return parts
}

// listed writes parties as a header does.
func listed(parties []Party) string {
	texts := make([]string, len(parties))
	for i, p := range parties {
		texts[i] = p.String()
	}
	return strings.Join(texts, ", ")
}
