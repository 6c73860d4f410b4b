package evallog

import (
	"bytes"
	"fmt"
	"unicode/utf16"
	"unicode/utf8"
)

// scanner reads JSON in place, forwards, once. It knows what Inspect writes beyond JSON (NaN, Infinity), and does not
// build anything it is not asked for. The first error sticks; after it every method returns zero values.
type scanner struct {
	data []byte
	pos  int
	err  error
}

func (s *scanner) fail(what string) {
	if s.err == nil {
		s.err = fmt.Errorf("json at byte %d: %s", s.pos, what)
	}
}

// peek is the next byte that is not white space, or 0 at the end and after an error.
func (s *scanner) peek() byte {
	if s.err != nil {
		return 0
	}
	for s.pos < len(s.data) {
		if c := s.data[s.pos]; !isSpace(c) {
			return c
		}
		s.pos++
	}
	return 0
}

// take consumes c, if it is next.
func (s *scanner) take(c byte) bool {
	if s.peek() == c {
		s.pos++
		return true
	}
	return false
}

// object calls f with every key; f consumes the value. null is an object without keys.
func (s *scanner) object(f func(key []byte)) {
	if s.null() {
		return
	}
	if !s.take('{') {
		s.fail("an object was expected")
		return
	}
	if s.take('}') {
		return
	}
	for s.err == nil {
		key := s.stringBytes()
		if !s.take(':') {
			s.fail("a colon was expected")
			return
		}
		before := s.pos
		f(key)
		if s.err == nil && s.pos == before {
			s.skip()
		}
		if s.take('}') {
			return
		}
		if !s.take(',') {
			s.fail("a comma or the object's end was expected")
		}
	}
}

// array calls f for every element; f consumes it. null is an array without elements.
func (s *scanner) array(f func()) {
	if s.null() {
		return
	}
	if !s.take('[') {
		s.fail("an array was expected")
		return
	}
	if s.take(']') {
		return
	}
	for s.err == nil {
		before := s.pos
		f()
		if s.err == nil && s.pos == before {
			s.skip()
		}
		if s.take(']') {
			return
		}
		if !s.take(',') {
			s.fail("a comma or the array's end was expected")
		}
	}
}

// null consumes null, if it is next.
func (s *scanner) null() bool {
	if s.peek() == 'n' && bytes.HasPrefix(s.data[s.pos:], []byte("null")) {
		s.pos += 4
		return true
	}
	return false
}

// quoted consumes a string and returns what is between the quotes, as it stands.
func (s *scanner) quoted() (raw []byte, escaped bool) {
	if !s.take('"') {
		s.fail("a string was expected")
		return nil, false
	}
	start := s.pos
	for i := start; i < len(s.data); i++ {
		switch s.data[i] {
		case '"':
			s.pos = i + 1
			return s.data[start:i], escaped
		case '\\':
			escaped = true
			i++
		}
	}
	s.fail("a string has no end")
	return nil, false
}

// stringBytes is str without a copy where there is nothing to unescape.
func (s *scanner) stringBytes() []byte {
	raw, escaped := s.quoted()
	if !escaped {
		return raw
	}
	return unescape(make([]byte, 0, len(raw)), raw)
}

// str reads a string; null is the empty one.
func (s *scanner) str() string {
	if s.null() {
		return ""
	}
	return string(s.stringBytes())
}

func unescape(dst, raw []byte) []byte {
	for i := 0; i < len(raw); i++ {
		next := bytes.IndexByte(raw[i:], '\\')
		if next < 0 {
			return append(dst, raw[i:]...)
		}
		dst = append(dst, raw[i:i+next]...)
		if i += next + 1; i == len(raw) {
			return dst
		}
		switch c := raw[i]; c {
		case 'n':
			dst = append(dst, '\n')
		case 't':
			dst = append(dst, '\t')
		case 'r':
			dst = append(dst, '\r')
		case 'b':
			dst = append(dst, '\b')
		case 'f':
			dst = append(dst, '\f')
		case 'u':
			r := unhex4(raw[i+1:])
			if r < 0 {
				dst = utf8.AppendRune(dst, utf8.RuneError)
				continue
			}
			i += 4
			if utf16.IsSurrogate(r) {
				low := rune(-1)
				if i+6 < len(raw) && raw[i+1] == '\\' && raw[i+2] == 'u' {
					low = unhex4(raw[i+3:])
				}
				if r = utf16.DecodeRune(r, low); r != utf8.RuneError {
					i += 6
				}
			}
			dst = utf8.AppendRune(dst, r)
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

// skip consumes one value and returns it as it stands. It does not recurse, whatever the nesting.
func (s *scanner) skip() []byte {
	s.peek()
	start, depth := s.pos, 0
	for s.err == nil {
		switch s.peek() {
		case '"':
			s.quoted()
		case '{', '[':
			s.pos++
			depth++
			continue
		case '}', ']':
			s.pos++
			if depth--; depth < 0 {
				s.fail("a value was expected")
			}
		case ',', ':':
			if depth == 0 {
				s.fail("a value was expected")
			}
			s.pos++
			continue
		default:
			s.word()
		}
		if depth <= 0 {
			break
		}
	}
	if s.err != nil {
		return nil
	}
	return s.data[start:s.pos]
}
