package mailbox

import (
	"fmt"

	"github.com/evalkit-go/evalkit/evalkit/world"
)

// Texts implements world.Texted: the mails that are there and those that may
// come, as the subject sees them, with their attachments.
func (i *instance) Texts() []world.Text {
	b := i.box
	b.mu.Lock()
	defer b.mu.Unlock()
	var texts []world.Text
	attached := func(place string, files []file) {
		for _, f := range files {
			texts = append(texts, world.Text{Place: place + ", attachment " + f.name, Text: string(f.body)})
		}
	}
	for _, it := range b.items {
		place := fmt.Sprintf("mail %q from %s", it.mail.key(), it.from.Address)
		text := fmt.Sprintf("From: %s\nTo: %s\nCc: %s\nSubject: %s\n\n%s", it.from, listed(it.to), listed(it.cc), it.mail.Subject, it.mail.Body)
		texts = append(texts, world.Text{Place: place, Text: text, ModTime: it.date})
		attached(place, it.files)
	}
	for n := range b.world.Arrivals {
		a := &b.world.Arrivals[n]
		place := fmt.Sprintf("arrival %q", a.Mail.key())
		from := string(a.Mail.From)
		if p, err := b.dir.party(from); err == nil {
			from = p.String()
		}
		text := fmt.Sprintf("From: %s\nSubject: %s\n\n%s", from, a.Mail.Subject, a.Mail.Body)
		texts = append(texts, world.Text{Place: place, Text: text})
		for _, f := range a.Mail.Attachments {
			if f.Path == "" { // files of the scenario are known
				texts = append(texts, world.Text{Place: place + ", attachment " + f.name(), Text: string(f.Body)})
			}
		}
	}
	return texts
}
