package provenance

import (
	"bytes"
	"encoding/hex"
	"html"
	"regexp"
	"slices"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// decoding is another spelling of a text. Decoders are lenient: what is not
// spelt so stays as it is.
type decoding struct {
	step   string
	may    func(text []byte) bool
	decode func(text []byte) []byte
	once   bool // not within itself
}

var decodings = []decoding{
	{"percent", has(percentEscape), func(t []byte) []byte {
		return percentEscape.ReplaceAllFunc(t, func(m []byte) []byte { return unhex(m[1:]) })
	}, false},
	{"quoted-printable", has(qpEscape), func(t []byte) []byte { return qpEscape.ReplaceAllFunc(t, unquotePrintable) }, true},
	{"escapes", has(backslash), func(t []byte) []byte { return backslash.ReplaceAllFunc(t, unescape) }, false},
	{"html", func(t []byte) bool { return bytes.ContainsAny(t, "&<") && markup.Match(t) }, func(t []byte) []byte {
		return []byte(html.UnescapeString(string(tag.ReplaceAll(t, []byte(" ")))))
	}, true},
	{"utf-16", wide, fromUTF16, true},
	{"hexdump", mayDump, fromDump, true},
	{"uuencode", func(t []byte) bool { return bytes.Contains(t, []byte("begin ")) && uuBegin.Match(t) }, fromUU, true},
}

var (
	percentEscape = regexp.MustCompile(`%[0-9A-Fa-f]{2}`)
	qpEscape      = regexp.MustCompile(`=(?:[0-9A-F]{2}|[ \t]*\r?\n)`)
	backslash     = regexp.MustCompile(`\\(?:u[0-9A-Fa-f]{4}(?:\\u[0-9A-Fa-f]{4})?|x[0-9A-Fa-f]{2}|[^ux])`)
	markup        = regexp.MustCompile(`&(?:[A-Za-z]{2,8}|#\d{1,7}|#[xX][0-9A-Fa-f]{1,6});|</?[A-Za-z]`)
	tag           = regexp.MustCompile(`(?s)<!--.*?-->|</?[A-Za-z][^<>]*>`)
	uuBegin       = regexp.MustCompile(`(?m)^begin [0-7]{3,4} \S`)
)

func has(r *regexp.Regexp) func([]byte) bool { return r.Match }

func unhex(digits []byte) []byte {
	out := make([]byte, len(digits)/2)
	if _, err := hex.Decode(out, digits); err != nil {
		return nil
	}
	return out
}

func unquotePrintable(m []byte) []byte {
	if len(m) == 3 && m[2] != '\n' {
		return unhex(m[1:])
	}
	return nil
}

// unescape reads an escape of JSON, C, Python, or a shell's $'…'.
func unescape(m []byte) []byte {
	switch m[1] {
	case 'n':
		return []byte("\n")
	case 't':
		return []byte("\t")
	case 'r':
		return []byte("\r")
	case 'x':
		return unhex(m[2:])
	case 'u':
		var units []uint16
		for _, d := range bytes.Split(m, []byte(`\u`))[1:] {
			u, _ := strconv.ParseUint(string(d), 16, 16) // four hexadecimal digits
			units = append(units, uint16(u))
		}
		return []byte(string(utf16.Decode(units)))
	}
	return m[1:]
}

func fromUTF16(t []byte) []byte {
	odd := 0 // where the low bytes stand
	if utf16Zeros(t, 0) > utf16Zeros(t, 1) {
		odd = 1
	}
	units := make([]uint16, 0, len(t)/2)
	for i := 0; i+1 < len(t); i += 2 {
		units = append(units, uint16(t[i+odd])|uint16(t[i+1-odd])<<8)
	}
	return []byte(string(utf16.Decode(units)))
}

func fromUU(t []byte) []byte {
	var out []byte
	for _, at := range uuBegin.FindAllIndex(t, -1) {
		lines := bytes.Split(t[at[0]:], []byte("\n"))
		for _, line := range lines[1:] {
			line = bytes.TrimRight(line, "\r")
			if len(line) == 0 || line[0] < ' ' || line[0] > '`' {
				break
			}
			want := int(line[0]-' ') & 63
			if want == 0 {
				break
			}
			out = append(out, uuLine(line[1:], want)...)
		}
	}
	return out
}

func uuLine(line []byte, want int) []byte {
	var out []byte
	for i := 0; i < len(line); i += 4 {
		var acc uint32
		for k := range 4 {
			acc <<= 6
			if i+k < len(line) {
				acc |= uint32(line[i+k]-' ') & 63
			}
		}
		out = append(out, byte(acc>>16), byte(acc>>8), byte(acc))
	}
	return out[:min(want, len(out))]
}

// maxMirror is the size up to which a text in which nothing was found is looked
// at in ROT13 and backwards, and bytes as raw deflate.
const maxMirror = 256 << 10

// mirror looks at the words of a text in ROT13 and backwards.
func (n *node) mirror(text []byte) {
	look := func(step string, other []byte) {
		hits, full := n.stream.ix.passages(other)
		for _, h := range hits {
			h.via = append(slices.Clip(n.via), step)
			n.stream.hits = append(n.stream.hits, h)
		}
		n.stream.left = n.stream.left || full
	}
	rot := bytes.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return 'a' + (r-'a'+13)%26
		case r >= 'A' && r <= 'Z':
			return 'A' + (r-'A'+13)%26
		}
		return r
	}, text)
	look("rot13", rot)
	back := make([]byte, 0, len(text))
	for rest := text; len(rest) > 0; {
		_, size := utf8.DecodeLastRune(rest)
		back = append(back, rest[len(rest)-size:]...)
		rest = rest[:len(rest)-size]
	}
	look("reversed", back)
}
