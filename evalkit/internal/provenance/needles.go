package provenance

import (
	"bytes"
	"encoding/binary"
	"regexp"
)

// needle is a short thing that is searched as it stands.
type needle struct {
	text []byte
	at   int64
	// whole: it is the whole source, but for blanks around it.
	whole bool
}

const (
	minNeedle = anchor
	// maxNeedle bounds what the scanner must hold back at the end of a chunk.
	maxNeedle = 512
	// minPlain is the length from which a whole small source is a needle though
	// nothing says that it is a secret: below it, "localhost" and "v1.0.0" in a
	// file of their own would be found everywhere.
	minPlain = 24
)

// findNeedles returns what of a small source, and which secrets within a text,
// are to be searched as they stand.
func findNeedles(kind Kind, body []byte) []needle {
	var out []needle
	trimmed := bytes.TrimSpace(body)
	if kind == Binary {
		trimmed = body
	}
	if n := len(trimmed); n >= minNeedle && n <= maxNeedle && (kind == Secret || n >= minPlain && worth(trimmed)) {
		out = append(out, needle{trimmed, int64(bytes.Index(body, trimmed)), true})
	}
	if kind != Text {
		return out
	}
	for at := 0; at < len(body); {
		end := at
		for end < len(body) && !parts[body[end]] {
			end++
		}
		if end-at >= minNeedle {
			t, from := trimToken(body[at:end], at)
			if len(t) >= minNeedle && len(t) <= maxNeedle && len(t) < len(trimmed) && (secretLike(t) || named(t) && labelled(body, from) && !isPlace(t)) {
				out = append(out, needle{t, int64(from), false})
			}
		}
		at = end + 1
	}
	return out
}

// worth: not the same few bytes over and over.
func worth(p []byte) bool {
	for i := 0; i+anchor <= len(p); i++ {
		if telling(binary.LittleEndian.Uint64(p[i:])) {
			return true
		}
	}
	return false
}

// parts are the bytes that part tokens.
var parts = func() (t [256]bool) {
	for _, c := range " \t\r\n\"'`<>()[]{},;\\|" {
		t[c] = true
	}
	for c := range 0x20 {
		t[c] = true
	}
	return t
}()

// trimToken takes the name in "key=value" and the marks at the end of a
// sentence away.
func trimToken(t []byte, at int) ([]byte, int) {
	if i := bytes.IndexAny(t, "=:"); i > 0 && i+1 < len(t) && t[i+1] != '/' && !bytes.HasPrefix(t[i:], []byte("==")) {
		t, at = t[i+1:], at+i+1
	}
	return bytes.TrimRight(t, ".,:;!?*_"), at
}

// secretLike: a token that nobody writes by chance. From 16 bytes on: letters
// and digits that touch at least three times, as in hexadecimal and base64.
// From 8: three of lower, upper, digit, mark, changing every other byte. Dates,
// addresses, paths and links are none.
func secretLike(t []byte) bool {
	var seen [5]bool
	touches, changes := 0, 0
	for i, c := range t {
		k := class(c)
		if k == 4 {
			return false
		}
		seen[k] = true
		if i == 0 {
			continue
		}
		if before := class(t[i-1]); before != k {
			changes++
			if before < 3 && k < 3 && (before == 2) != (k == 2) {
				touches++
			}
		}
	}
	kinds := 0
	for _, s := range seen {
		if s {
			kinds++
		}
	}
	return (len(t) >= 16 && touches >= 3 || kinds >= 3 && 2*changes >= len(t)) && !isPlace(t)
}

// isPlace: a date, an address, a path, a link, a host.
func isPlace(t []byte) bool {
	return bytes.Contains(t, []byte("://")) || bytes.Count(t, []byte("/")) > 2 || bytes.IndexByte(t, '@') > 0 && bytes.IndexByte(t, '.') > 0 || plainToken.Match(t)
}

// class: 0 lower, 1 upper, 2 digit, 3 mark, 4 none of ASCII.
func class(c byte) int {
	switch {
	case c >= 'a' && c <= 'z':
		return 0
	case c >= 'A' && c <= 'Z':
		return 1
	case c >= '0' && c <= '9':
		return 2
	case c < 0x80:
		return 3
	}
	return 4
}

// named: a token that is a secret if the text calls it one: it holds a digit
// beside letters, or is three words or more with hyphens between them.
func named(t []byte) bool {
	var letter, digit bool
	for _, c := range t {
		k := class(c)
		letter, digit = letter || k < 2, digit || k == 2
	}
	return (letter && digit || len(t) >= 16 && bytes.Count(t, []byte("-")) >= 2) && bytes.IndexByte(t, '/') < 0
}

// labelled: shortly before it, in the same line, stands what a secret is called.
func labelled(body []byte, at int) bool {
	line := body[max(0, at-48):at]
	before := bytes.TrimRight(line, " \t\"'`")
	if !bytes.HasSuffix(before, []byte(":")) && !bytes.HasSuffix(before, []byte("=")) && !bytes.HasSuffix(before, []byte(" is")) && !bytes.HasSuffix(before, []byte(" are")) && !bytes.HasSuffix(before, []byte(" to")) {
		return false
	}
	if i := bytes.LastIndexByte(line, '\n'); i >= 0 {
		line = line[i:]
	}
	return label.Match(line)
}

var (
	plainToken = regexp.MustCompile(`^[0-9TZ:.+/_-]*$|^[\w.-]+\.(com|org|net|io|dev|local|internal|lan)(:\d+)?$`)
	label      = regexp.MustCompile(`(?i)(password|passwd|passphrase|passcode|pass|pwd|pin|secret|token|api[ _-]?key|access[ _-]?key|key|credentials?|login|code|combination)s?["']?( for [^:\n]{1,24})?\s*(:|=|is|are|to)\s*["'` + "`" + `]?$`)
)
