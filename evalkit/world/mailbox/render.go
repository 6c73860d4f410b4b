package mailbox

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"hash/fnv"
	"mime"
	"mime/quotedprintable"
	"net/mail"
	"path"
	"strings"
	"time"
	"unicode/utf8"
)

// render is a mail as it goes over the wire: the same in every trial of a seed.
func (b *Box) render(it *item) []byte {
	if it.raw != nil {
		return it.raw
	}
	var out bytes.Buffer
	header := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&out, "%s: %s\r\n", name, value)
		}
	}
	header("Return-Path", "<"+it.from.Address+">")
	header("Message-ID", it.messageID)
	header("Date", it.date.Format(time.RFC1123Z))
	header("From", wireList([]Party{it.from}))
	header("To", wireList(it.to))
	header("Cc", wireList(it.cc))
	header("Subject", mime.QEncoding.Encode("utf-8", oneLine(it.mail.Subject)))
	if before := b.named(it.mail.InReplyTo); before != nil {
		header("In-Reply-To", before.messageID)
	}
	header("References", strings.ReplaceAll(it.references, " ", "\r\n "))
	header("MIME-Version", "1.0")
	if len(it.files) == 0 {
		writeText(&out, it.mail.Body)
		it.raw = out.Bytes()
		return it.raw
	}
	sum := fnv.New64a()
	sum.Write([]byte(it.messageID))
	boundary := fmt.Sprintf("=_%016x", sum.Sum64())
	header("Content-Type", fmt.Sprintf("multipart/mixed; boundary=%q", boundary))
	fmt.Fprintf(&out, "\r\n--%s\r\n", boundary)
	writeText(&out, it.mail.Body)
	for _, f := range it.files {
		fmt.Fprintf(&out, "\r\n--%s\r\n", boundary)
		writeFile(&out, f)
	}
	fmt.Fprintf(&out, "\r\n--%s--\r\n", boundary)
	it.raw = out.Bytes()
	return it.raw
}

func wireList(parties []Party) string {
	texts := make([]string, len(parties))
	for i, p := range parties {
		texts[i] = (&mail.Address{Name: p.Name, Address: p.Address}).String()
	}
	return strings.Join(texts, ",\r\n ")
}

func writeText(out *bytes.Buffer, text string) {
	out.WriteString("Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n")
	w := quotedprintable.NewWriter(out)
	_, _ = w.Write([]byte(strings.TrimRight(text, "\n") + "\n")) // a buffer takes all
	_ = w.Close()
}

func writeFile(out *bytes.Buffer, f file) {
	kind := mime.TypeByExtension(path.Ext(f.name))
	if kind == "" && utf8.Valid(f.body) {
		kind = "text/plain; charset=utf-8"
	} else if kind == "" {
		kind = "application/octet-stream"
	}
	disposition := mime.FormatMediaType("attachment", map[string]string{"filename": f.name})
	fmt.Fprintf(out, "Content-Type: %s\r\nContent-Disposition: %s\r\nContent-Transfer-Encoding: base64\r\n\r\n", kind, disposition)
	text := base64.StdEncoding.EncodeToString(f.body)
	for len(text) > 76 {
		out.WriteString(text[:76] + "\r\n")
		text = text[76:]
	}
	out.WriteString(text)
}
