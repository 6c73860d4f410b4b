package mailbox

import (
	"context"
	"fmt"
)

func (b *Box) move(_ context.Context, in moveIn) (string, error) {
	to, err := folderNamed(in.Folder)
	if err != nil {
		return "", err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.due()
	it := b.numbered(in.ID)
	switch {
	case it == nil:
		return "", fmt.Errorf("there is no mail %d", in.ID)
	case it.folder == to:
		return "", fmt.Errorf("mail %d is in %s already", in.ID, to)
	}
	b.moved(it, to, ViaTool)
	return fmt.Sprintf("Moved mail %d to %s", in.ID, to) + b.announced(), nil
}

func (b *Box) remove(_ context.Context, in mailIn) (string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.due()
	it := b.numbered(in.ID)
	if it == nil {
		return "", fmt.Errorf("there is no mail %d", in.ID)
	}
	if it.folder == Trash {
		b.moved(it, "", ViaTool)
		return fmt.Sprintf("Deleted mail %d", in.ID) + b.announced(), nil
	}
	b.moved(it, Trash, ViaTool)
	return fmt.Sprintf("Moved mail %d to trash", in.ID) + b.announced(), nil
}

// moved puts a mail elsewhere, to is empty where it is gone for good.
func (b *Box) moved(it *item, to, via string) {
	m := Moved{MailID: it.mail.key(), From: it.folder, To: to, Turn: b.site.Turn(), Via: via}
	name, text := FactMoved, fmt.Sprintf("mail %q from %s to %s", m.MailID, m.From, to)
	if to == "" || to == Trash {
		name, text = FactDeleted, fmt.Sprintf("mail %q of %s", m.MailID, m.From)
	}
	m.Event = b.record(name, text, m)
	it.folder = to
	b.evidence.Moved = append(b.evidence.Moved, m)
}
