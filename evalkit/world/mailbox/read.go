package mailbox

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// pageSize is how many mails one page of a list has.
const pageSize = 25

// list shows one page of a folder.
func (b *Box) list(_ context.Context, in listIn) (string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.due()
	folder, err := folderNamed(in.Folder)
	if err != nil {
		return "", err
	}
	all := b.in(folder)
	unread := 0
	for _, it := range all {
		if !it.read {
			unread++
		}
	}
	shown := all
	if in.Unread {
		shown = slices.DeleteFunc(slices.Clone(all), func(it *item) bool { return it.read })
	}
	if folder == Inbox {
		b.news = nil
	}
	page, pages := max(in.Page, 1), max((len(shown)+pageSize-1)/pageSize, 1)
	if page > pages {
		return "", fmt.Errorf("%s has %d pages", folder, pages)
	}
	shown = shown[(page-1)*pageSize : min(page*pageSize, len(shown))]
	b.looked(Listing{Folder: folder, Via: ViaTool}, shown)
	lines := []string{fmt.Sprintf("%s: %d mails, %d unread; page %d of %d, newest first (* unread)", folder, len(all), unread, page, pages)}
	for _, it := range shown {
		lines = append(lines, b.line(it))
	}
	return strings.Join(lines, "\n") + b.announced(), nil
}

// looked puts down that mails were listed or found.
func (b *Box) looked(l Listing, shown []*item) {
	l.Turn, l.Shown = b.site.Turn(), []string{}
	for _, it := range shown {
		l.Shown = append(l.Shown, it.mail.key())
	}
	if l.Query != "" {
		l.Event = b.record(FactSearched, fmt.Sprintf("%q found %d mails", l.Query, len(shown)), l)
	} else {
		l.Event = b.record(FactListed, fmt.Sprintf("%s: %d mails", l.Folder, len(shown)), l)
	}
	b.evidence.Looked = append(b.evidence.Looked, l)
}

// line is a mail in a list.
func (b *Box) line(it *item) string {
	mark, who := " ", it.from.String()
	if !it.read {
		mark = "*"
	}
	if it.folder == Outbox || it.folder == Drafts {
		who = "to " + listed(it.to)
	}
	text := fmt.Sprintf("%d %s %s  %s  %s", it.id, mark, it.date.Format("2006-01-02 15:04"), who, it.mail.Subject)
	switch len(it.files) {
	case 0:
	case 1:
		text += "  [1 attachment]"
	default:
		text += fmt.Sprintf("  [%d attachments]", len(it.files))
	}
	return text
}

// folderNamed finds a folder by what it may be called.
func folderNamed(name string) (string, error) {
	switch lower := strings.ToLower(strings.TrimSpace(name)); lower {
	case "":
		return Inbox, nil
	case "draft":
		return Drafts, nil
	case "deleted", "bin":
		return Trash, nil
	default:
		if slices.Contains(folders, lower) {
			return lower, nil
		}
	}
	return "", fmt.Errorf("there is no folder %q; there are %s", name, strings.Join(folders, ", "))
}

// read shows a mail and marks it as read.
func (b *Box) read(_ context.Context, in mailIn) (string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.due()
	it := b.numbered(in.ID)
	if it == nil {
		return "", fmt.Errorf("there is no mail %d", in.ID)
	}
	b.readBy(it, ViaTool)
	return b.whole(it) + b.announced(), nil
}

// readBy puts down that a mail was opened.
func (b *Box) readBy(it *item, via string) {
	it.read = true
	key := it.mail.key()
	r := Reading{MailID: key, Turn: b.site.Turn(), Via: via, From: it.from.String(), Subject: it.mail.Subject}
	r.Event = b.record(FactRead, fmt.Sprintf("mail %q from %s: %q", key, it.from, it.mail.Subject), r)
	b.evidence.Read = append(b.evidence.Read, r)
	b.wasRead(key)
}

// whole is a mail as it is shown.
func (b *Box) whole(it *item) string {
	var head strings.Builder
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&head, "%s: %s\n", name, value)
		}
	}
	line("ID", fmt.Sprint(it.id))
	line("Folder", it.folder)
	line("From", it.from.String())
	line("To", listed(it.to))
	line("Cc", listed(it.cc))
	line("Date", it.date.Format("Mon, 2 Jan 2006 15:04"))
	line("Subject", it.mail.Subject)
	var files, answers []string
	for _, f := range it.files {
		files = append(files, fmt.Sprintf("%s (%s)", f.name, bytesText(len(f.body))))
	}
	line("Attachments", strings.Join(files, ", "))
	if before := b.named(it.mail.InReplyTo); before != nil && before.folder != "" {
		line("In reply to", fmt.Sprint(before.id))
	}
	for _, other := range b.items {
		if other.mail.InReplyTo == it.mail.key() && other.folder != "" {
			answers = append(answers, fmt.Sprint(other.id))
		}
	}
	line("Replies", strings.Join(answers, ", "))
	return head.String() + "\n" + strings.TrimRight(it.mail.Body, "\n")
}
