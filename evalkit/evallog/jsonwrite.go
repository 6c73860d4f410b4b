package evallog

import (
	"encoding/json"
	"math"
	"strconv"
	"time"
	"unicode/utf8"
)

const hexDigits = "0123456789abcdef"

// appendString appends s as a JSON string. What is not UTF-8 becomes U+FFFD; whole says that there was no such byte.
func appendString(dst []byte, s string) (_ []byte, whole bool) {
	whole = true
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && n == 1 {
				dst = append(dst, s[start:i]...)
				dst = append(dst, "\ufffd"...)
				whole = false
				start = i + 1
			}
			i += n
			continue
		}
		if c >= ' ' && c != '"' && c != '\\' {
			i++
			continue
		}
		dst = append(dst, s[start:i]...)
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\t':
			dst = append(dst, '\\', 't')
		case '\r':
			dst = append(dst, '\\', 'r')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
		i++
		start = i
	}
	dst = append(dst, s[start:]...)
	return append(dst, '"'), whole
}

// appendText is appendString for what is only shown, never read back.
func appendText(dst []byte, s string) []byte {
	dst, _ = appendString(dst, s)
	return dst
}

// appendFloat appends a number, or a string such as "NaN" for what JSON has no number for.
func appendFloat(dst []byte, f float64) []byte {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		dst = append(dst, '"')
		dst = strconv.AppendFloat(dst, f, 'g', -1, 64)
		return append(dst, '"')
	}
	return strconv.AppendFloat(dst, f, 'g', -1, 64)
}

func appendSeconds(dst []byte, d time.Duration) []byte {
	return strconv.AppendFloat(dst, d.Seconds(), 'f', -1, 64)
}

// appendTime appends a time for Inspect. Python's calendar and its conversions end near the years 1 and 9999, so that a
// time that cannot be meant is shown as the epoch; the exact one is in the metadata.
func appendTime(dst []byte, t time.Time) []byte {
	t = t.UTC()
	if y := t.Year(); y < 1970 || y > 2500 {
		t = time.Unix(0, 0).UTC()
	}
	dst = append(dst, '"')
	dst = t.AppendFormat(dst, "2006-01-02T15:04:05.000000")
	return append(dst, `+00:00"`...)
}

// appendExactTime appends a time to the nanosecond, whatever its year.
func appendExactTime(dst []byte, t time.Time) []byte {
	dst = append(dst, '"')
	if y := t.UTC().Year(); y >= 0 && y <= 9999 {
		dst = t.UTC().AppendFormat(dst, time.RFC3339Nano)
	} else {
		dst = append(dst, "unix:"...)
		dst = strconv.AppendInt(dst, t.Unix(), 10)
		dst = append(dst, '.')
		dst = strconv.AppendInt(dst, int64(t.Nanosecond()), 10)
	}
	return append(dst, '"')
}

// maxEmbedDepth is how deep embedded JSON may nest; Inspect's parser gives up at about 200.
const maxEmbedDepth = 64

// embeddable says whether raw can stand in the log as JSON and be read by everybody: valid, UTF-8, not too deep, without
// an unpaired surrogate (Inspect's parser refuses the whole sample for one), and without white space around it, which
// would not come back.
func embeddable(raw []byte) bool {
	if len(raw) == 0 || isSpace(raw[0]) || isSpace(raw[len(raw)-1]) || !utf8.Valid(raw) || !json.Valid(raw) {
		return false
	}
	depth, inString := 0, false
	for i := 0; i < len(raw); i++ {
		c := raw[i]
		switch {
		case inString && c == '\\':
			if raw[i+1] != 'u' {
				i++
				continue
			}
			switch u := unhex4(raw[i+2 : i+6]); {
			case u >= 0xDC00 && u < 0xE000:
				return false
			case u >= 0xD800 && u < 0xDC00:
				if i+12 > len(raw) || raw[i+6] != '\\' || raw[i+7] != 'u' {
					return false
				}
				if low := unhex4(raw[i+8 : i+12]); low < 0xDC00 || low >= 0xE000 {
					return false
				}
				i += 11
			default:
				i += 5
			}
		case c == '"':
			inString = !inString
		case inString:
		case c == '{' || c == '[':
			if depth++; depth > maxEmbedDepth {
				return false
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return true
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }

// unhex4 is the value of four hexadecimal digits, or -1.
func unhex4(b []byte) rune {
	if len(b) < 4 {
		return -1
	}
	var r rune
	for _, c := range b[:4] {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case c >= 'A' && c <= 'F':
			c -= 'A' - 10
		default:
			return -1
		}
		r = r<<4 | rune(c)
	}
	return r
}
