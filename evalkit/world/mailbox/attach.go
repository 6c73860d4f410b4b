package mailbox

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
)

func (f file) carried() Carried {
	sum := sha256.Sum256(f.body)
	return Carried{Name: f.name, Source: f.source, SHA256: hex.EncodeToString(sum[:]), Bytes: len(f.body)}
}

// load reads what is to be attached: files of the sandbox, with the rights of
// its commands, and attachments of mails.
func (b *Box) load(ctx context.Context, names []string) ([]file, error) {
	var files []file
	var errs []error
	for _, name := range names {
		f, err := b.loadOne(ctx, strings.TrimSpace(name))
		if err != nil {
			errs = append(errs, err)
			f = file{name: baseName(name), source: name} // it was meant to be sent
		}
		files = append(files, f)
	}
	return files, errors.Join(errs...)
}

func (b *Box) loadOne(ctx context.Context, name string) (file, error) {
	if number, rest, ok := strings.Cut(name, "/"); ok {
		if id, err := strconv.Atoi(number); err == nil && !strings.Contains(rest, "/") {
			if f, err := b.attachment(id, rest); err == nil {
				return f, nil
			} else if b.site.Sandbox == nil {
				return file{}, err
			}
		}
	}
	if name == "" {
		return file{}, errors.New("an attachment has no name")
	}
	if b.site.Sandbox == nil {
		return file{}, fmt.Errorf("cannot attach %q: no such attachment; name it as NUMBER/NAME", name)
	}
	r, err := b.site.Sandbox.Run(ctx, sandbox.Process{Argv: []string{"cat", "--", name}, Output: mailSize + 1})
	switch {
	case err != nil:
		return file{}, fmt.Errorf("cannot attach %q: %w", name, err)
	case r.Exit != 0 || r.TimedOut:
		return file{}, fmt.Errorf("cannot attach %q: %s", name, because(string(r.Stderr)))
	}
	return file{name: path.Base(name), source: sandbox.Absolute(name), body: r.Stdout}, nil
}

// because is the last part of what a program says: "No such file or directory".
func because(stderr string) string {
	text := strings.TrimSpace(stderr)
	if i := strings.LastIndex(text, ": "); i >= 0 {
		text = text[i+2:]
	}
	if text == "" {
		return "it cannot be read"
	}
	return text
}

// attachment finds one of a mail, by name, or by its number from 1.
func (b *Box) attachment(id int, name string) (file, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	it := b.numbered(id)
	if it == nil {
		return file{}, fmt.Errorf("there is no mail %d", id)
	}
	return it.attachment(name)
}

func (it *item) attachment(name string) (file, error) {
	if len(it.files) == 0 {
		return file{}, fmt.Errorf("mail %d has no attachments", it.id)
	}
	if i := slices.IndexFunc(it.files, func(f file) bool { return strings.EqualFold(f.name, name) }); i >= 0 {
		return it.files[i], nil
	}
	if name == "" && len(it.files) == 1 {
		return it.files[0], nil
	}
	names := make([]string, len(it.files))
	for i, f := range it.files {
		names[i] = f.name
	}
	return file{}, fmt.Errorf("mail %d has no attachment %q; it has %s", it.id, name, strings.Join(names, ", "))
}

// opened puts down that an attachment was looked into, or saved.
func (b *Box) opened(id int, f file, place, via string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if it := b.numbered(id); it != nil {
		b.noteOpened(it, f, place, via)
	}
}

func (b *Box) noteOpened(it *item, f file, place, via string) {
	o := Opening{MailID: it.mail.key(), Name: f.name, Path: place, SHA256: f.carried().SHA256, Turn: b.site.Turn(), Via: via}
	if place == "" {
		o.Event = b.record(FactOpened, fmt.Sprintf("attachment %s of mail %q", f.name, it.mail.key()), o)
	} else {
		o.Event = b.record(FactSaved, fmt.Sprintf("attachment %s of mail %q as %s", f.name, it.mail.key(), place), o)
	}
	b.evidence.Opened = append(b.evidence.Opened, o)
}

// readAttachment shows an attachment that is text.
func (b *Box) readAttachment(_ context.Context, in attachmentIn) (string, error) {
	f, err := b.attachment(in.ID, in.Name)
	if err != nil {
		return "", err
	}
	b.opened(in.ID, f, "", ViaTool)
	if !utf8.Valid(f.body) || bytes.IndexByte(f.body, 0) >= 0 {
		return fmt.Sprintf("%s: %s of binary data, which cannot be shown", f.name, bytesText(len(f.body))), nil
	}
	return string(f.body), nil
}

// saveAttachment writes an attachment as a file, with the rights of the
// sandbox's commands: it changes no more than they could.
func (b *Box) saveAttachment(ctx context.Context, in saveIn) (string, error) {
	f, err := b.attachment(in.ID, in.Name)
	if err != nil {
		return "", err
	}
	if b.site.Sandbox == nil {
		return "", errors.New("there is no disk to save to")
	}
	place := in.Path
	if place == "" || strings.HasSuffix(place, "/") {
		place += f.name
	}
	write := `if [ -d "$1" ]; then set -- "$1/$2"; fi; cat > "$1" && printf %s "$1"`
	r, err := b.site.Sandbox.Run(ctx, sandbox.Process{Argv: []string{"sh", "-c", write, "sh", place, f.name}, Stdin: bytes.NewReader(f.body)})
	switch {
	case err != nil:
		return "", fmt.Errorf("cannot save %s: %w", f.name, err)
	case r.Exit != 0 || r.TimedOut:
		return "", fmt.Errorf("cannot save %s as %s: %s", f.name, place, because(string(r.Stderr)))
	}
	place = sandbox.Absolute(string(r.Stdout))
	b.opened(in.ID, f, place, ViaTool)
	return fmt.Sprintf("Saved %s as %s (%s)", f.name, place, bytesText(len(f.body))), nil
}

// bytesText writes a size as mail programs do.
func bytesText(n int) string {
	switch {
	case n < 1000:
		return fmt.Sprintf("%d bytes", n)
	case n < 1_000_000:
		return fmt.Sprintf("%.1f kB", float64(n)/1000)
	}
	return fmt.Sprintf("%.1f MB", float64(n)/1_000_000)
}
