package evallog

import (
	"encoding/base64"
	"strconv"
	"strings"
	"unicode/utf8"
)

// text appends a text that is read back from where it stands, in a place where Inspect resolves attachments.
func (e *sampleEncoder) text(b []byte, field, s string) []byte {
	if e.detach(s) {
		return e.appendAttached(b, s)
	}
	return e.plain(b, field, s)
}

// plain appends a text that is read back from where it stands.
func (e *sampleEncoder) plain(b []byte, field, s string) []byte {
	b, whole := appendString(b, s)
	if !whole {
		if len(e.exact) > 0 {
			e.exact = append(e.exact, ',')
		}
		e.exact = appendText(e.exact, field)
		e.exact = append(e.exact, `:"`...)
		e.exact = base64.StdEncoding.AppendEncode(e.exact, []byte(s))
		e.exact = append(e.exact, '"')
	}
	return b
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
	return (len(s) >= attachmentMin || strings.HasPrefix(s, attachmentScheme) || strings.HasPrefix(s, oldScheme)) &&
		utf8.ValidString(s)
}

func (e *sampleEncoder) appendAttached(b []byte, s string) []byte {
	if e.attached == nil {
		e.attached = map[string]int{}
	}
	i, ok := e.attached[s]
	if !ok {
		i = len(e.attachments)
		e.attachments = append(e.attachments, s)
		e.attached[s] = i
	}
	b = append(b, '"')
	b = append(b, attachmentScheme...)
	b = append(b, e.prefix...)
	b = strconv.AppendInt(b, int64(i), 10)
	return append(b, '"')
}
