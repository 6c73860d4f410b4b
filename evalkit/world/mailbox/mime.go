package mailbox

import (
	"bytes"
	"errors"
	"fmt"
	"html"
	"io"
	"mime"
	netmail "net/mail"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/emersion/go-message"
	"github.com/emersion/go-message/mail"
)

// parsed is a mail as a program has sent it.
type parsed struct {
	from, subject, id string
	to, cc            []string // addresses
	references        []string // message ids, what is answered first
	body              string
	files             []file
}

// parseMail reads what a program has sent. It has no error: what cannot be read
// as MIME is the text of the mail, since nothing that was sent may get lost.
func parseMail(raw []byte) parsed {
	r, err := mail.CreateReader(bytes.NewReader(raw))
	if r == nil || err != nil && !message.IsUnknownCharset(err) {
		return parsed{body: plain(raw)}
	}
	p := parsed{}
	p.header(r.Header)
	for n := 1; ; n++ {
		part, err := r.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if part == nil || err != nil && !message.IsUnknownCharset(err) {
			p.rest(raw)
			break
		}
		if !p.part(n, part) {
			p.rest(raw)
			break
		}
	}
	return p
}

func (p *parsed) header(h mail.Header) {
	if p.subject, _ = h.Subject(); p.subject == "" {
		p.subject = h.Get("Subject")
	}
	p.subject = oneLine(plain([]byte(p.subject)))
	addresses := func(key string) []string {
		var all []string
		for _, part := range splitList(h.Get(key)) {
			if a, err := netmail.ParseAddress(part); err == nil {
				all = append(all, a.Address)
			} else {
				all = append(all, strings.Trim(part, "<> "))
			}
		}
		return all
	}
	p.to, p.cc = addresses("To"), addresses("Cc")
	p.from = decoded(h.Get("From"))
	if ids := messageIDs(h.Get("Message-Id")); len(ids) > 0 {
		p.id = ids[0]
	}
	p.references = messageIDs(h.Get("In-Reply-To") + " " + h.Get("References"))
}

// part takes one part in, and says false where it cannot be read to its end.
func (p *parsed) part(n int, part *mail.Part) bool {
	body, err := io.ReadAll(part.Body)
	switch h := part.Header.(type) {
	case *mail.InlineHeader:
		kind, params, _ := h.ContentType()
		name := params["name"]
		switch {
		case strings.HasPrefix(kind, "text/") && name == "" || kind == "":
			p.text(kind, body)
		default:
			p.files = append(p.files, file{name: attachmentName(name, n), body: body})
		}
	case *mail.AttachmentHeader:
		name, _ := h.Filename()
		p.files = append(p.files, file{name: attachmentName(name, n), body: body})
	}
	return err == nil
}

// text adds a text to the mail's body. The HTML of what is there as plain text
// is added too where it says something else.
func (p *parsed) text(kind string, body []byte) {
	text := plain(body)
	if kind == "text/html" {
		text = withoutTags(text)
		if words(p.body) == words(text) {
			return
		}
	}
	text = strings.ReplaceAll(text, "\r\n", "\n")
	if p.body != "" {
		p.body += "\n"
	}
	p.body += text
}

// rest keeps the whole of a mail that could not be read.
func (p *parsed) rest(raw []byte) {
	p.body = strings.TrimLeft(p.body+"\n"+plain(raw), "\n")
}

func attachmentName(name string, n int) string {
	name = strings.TrimSpace(oneLine(decoded(name)))
	if name = baseName(name); name == "" || name == "." || name == "/" {
		return fmt.Sprintf("attachment-%d", n)
	}
	return name
}

// decoded reads the encoded words of a header.
func decoded(value string) string {
	if text, err := new(mime.WordDecoder).DecodeHeader(value); err == nil {
		return plain([]byte(text))
	}
	return plain([]byte(value))
}

// plain is a text as UTF-8. What is none is read as Latin-1, as most of it is.
func plain(b []byte) string {
	if utf8.Valid(b) {
		return string(b)
	}
	runes := make([]rune, len(b))
	for i, c := range b {
		runes[i] = rune(c)
	}
	return string(runes)
}

var (
	tagEnd     = regexp.MustCompile(`(?i)<(br|/p|/div|/li|/tr|/h[1-6])[^>]*>`)
	tag        = regexp.MustCompile(`<[^>]*>`)
	messageRef = regexp.MustCompile(`<[^<>\s]+>`)
)

func withoutTags(text string) string {
	return strings.TrimSpace(html.UnescapeString(tag.ReplaceAllString(tagEnd.ReplaceAllString(text, "\n"), "")))
}

func words(text string) string { return strings.Join(strings.Fields(text), " ") }

func messageIDs(value string) []string { return messageRef.FindAllString(value, -1) }
