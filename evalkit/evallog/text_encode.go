package evallog

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"unicode/utf8"
)

// text appends a text that is read back from where it stands, in a place where Inspect resolves attachments.
func (e *sampleEncoder) text(b []byte, field, s string) []byte {
	if !e.detach(s) {
		return e.plain(b, field, s)
	}
	if mentions(s) {
		e.keep(field, s) // when Inspect rewrites the log, it stands where it stood, and looks like a reference
	}
	return e.appendAttached(b, s)
}

// plain appends a text that is read back from where it stands.
func (e *sampleEncoder) plain(b []byte, field, s string) []byte {
	b, whole := appendString(b, s)
	if !whole || mentions(s) {
		e.keep(field, s)
	}
	return b
}

// keep puts the field as it is into the event's metadata.
func (e *sampleEncoder) keep(field, s string) {
	if len(e.exact) > 0 {
		e.exact = append(e.exact, ',')
	}
	e.exact = appendText(e.exact, field)
	e.exact = append(e.exact, `:"`...)
	e.exact = base64.StdEncoding.AppendEncode(e.exact, []byte(s))
	e.exact = append(e.exact, '"')
}

// shown appends a text that is not read back, in a place where Inspect resolves attachments.
func (e *sampleEncoder) shown(b []byte, s string) []byte {
	if e.detach(s) {
		return e.appendAttached(b, s)
	}
	return appendText(b, s)
}

// detach says whether s is kept as an attachment: because it is long, or because it looks like a reference to one.
func (e *sampleEncoder) detach(s string) bool {
	_, looks := attachmentKey(s)
	return (looks || len(s) >= attachmentMin) && utf8.ValidString(s)
}

func (e *sampleEncoder) appendAttached(b []byte, s string) []byte {
	if e.attached == nil {
		e.attached = map[string]int{}
	}
	i, ok := e.attached[s]
	if !ok {
		i = len(e.attachments)
		sum := sha256.Sum256([]byte(s))
		e.attachments = append(e.attachments, attachment{text: s, key: [16]byte(sum[:])})
		e.attached[s] = i
	}
	b = append(b, '"')
	b = append(b, attachmentScheme...)
	return append(hex.AppendEncode(b, e.attachments[i].key[:]), '"')
}

// attachment is a text that a sample keeps apart. Its key has the length of Inspect's own, the only one that all of
// Inspect's commands know.
type attachment struct {
	text string
	key  [16]byte
}
