package evallog

import (
	"math"
	"strconv"
)

// word consumes a number or a name such as true and NaN.
func (s *scanner) word() []byte {
	s.peek()
	start := s.pos
	for s.pos < len(s.data) {
		switch c := s.data[s.pos]; c {
		case ',', '}', ']', ':', '{', '[', '"', ' ', '\n', '\t', '\r':
			if s.pos == start {
				s.fail("a value was expected")
			}
			return s.data[start:s.pos]
		}
		s.pos++
	}
	if s.pos == start {
		s.fail("a value was expected")
	}
	return s.data[start:s.pos]
}

func (s *scanner) bool() bool {
	if s.err != nil || s.null() {
		return false
	}
	switch w := s.word(); string(w) {
	case "true":
		return true
	case "false":
	default:
		s.fail("true or false was expected")
	}
	return false
}

// int reads a whole number; one written as a float is cut. A string that holds a number is read as it.
func (s *scanner) int() int64 {
	w := s.number()
	if len(w) == 0 {
		return 0
	}
	if n, err := strconv.ParseInt(string(w), 10, 64); err == nil {
		return n
	}
	f, err := strconv.ParseFloat(string(w), 64)
	if err != nil || math.IsNaN(f) || math.Abs(f) > 1<<62 {
		s.fail("a whole number was expected")
		return 0
	}
	return int64(f)
}

func (s *scanner) uint() uint64 {
	w := s.number()
	if len(w) == 0 {
		return 0
	}
	n, err := strconv.ParseUint(string(w), 10, 64)
	if err != nil {
		s.fail("a whole number from 0 was expected")
	}
	return n
}

// float reads a number, NaN and the infinities among them, bare or as a string.
func (s *scanner) float() float64 {
	w := s.number()
	if len(w) == 0 {
		return 0
	}
	f, err := strconv.ParseFloat(string(w), 64)
	if err != nil && !math.IsInf(f, 0) {
		s.fail("a number was expected")
	}
	return f
}

func (s *scanner) number() []byte {
	if s.err != nil || s.null() {
		return nil
	}
	if s.peek() == '"' {
		return s.stringBytes()
	}
	return s.word()
}
