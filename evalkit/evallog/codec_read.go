package evallog

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"reflect"
)

// read reads into v, which is settable.
func (c *codec) read(s *scanner, v reflect.Value) {
	switch c.kind {
	case kindString:
		v.SetString(readExact(s))
	case kindInt:
		v.SetInt(s.int())
	case kindUint:
		v.SetUint(s.uint())
	case kindFloat:
		v.SetFloat(s.float())
	case kindBool:
		v.SetBool(s.bool())
	case kindRaw:
		if raw := readRaw(s); raw != nil {
			v.SetBytes(raw)
		}
	case kindSlice:
		c.readSlice(s, v)
	case kindPointer:
		if !s.null() {
			v.Set(reflect.New(c.elem.typ))
			c.elem.read(s, v.Elem())
		}
	case kindStruct:
		s.object(func(key []byte) {
			for i := range c.fields {
				if c.fields[i].name == string(key) {
					c.fields[i].codec.read(s, v.FieldByIndex(c.fields[i].index))
					return
				}
			}
			s.skip()
		})
	case kindOther:
		if raw := s.skip(); s.err == nil {
			if err := json.Unmarshal(raw, v.Addr().Interface()); err != nil {
				s.fail(err.Error())
			}
		}
	}
}

func (c *codec) readSlice(s *scanner, v reflect.Value) {
	if s.null() {
		return
	}
	v.Set(reflect.MakeSlice(c.typ, 0, 0))
	s.array(func() {
		n := v.Len()
		if n == v.Cap() {
			v.Grow(max(4, n))
		}
		v.SetLen(n + 1)
		v.Index(n).SetZero()
		c.elem.read(s, v.Index(n))
	})
}

// readExact reads what appendExact wrote.
func readExact(s *scanner) (text string) {
	if s.peek() != '{' {
		return s.str()
	}
	s.object(func(key []byte) {
		if string(key) != "$base64" {
			s.skip()
			return
		}
		b, err := base64.StdEncoding.DecodeString(s.str())
		if err != nil {
			s.fail(fmt.Sprintf("base64: %v", err))
		}
		text = string(b)
	})
	return text
}

func readRaw(s *scanner) []byte {
	s.peek()
	if !bytes.HasPrefix(s.data[min(s.pos, len(s.data)):], []byte(`{"$raw"`)) {
		if raw := s.skip(); string(raw) != "null" {
			return append([]byte{}, raw...)
		}
		return nil
	}
	raw := []byte{}
	s.object(func(key []byte) {
		if string(key) == "$raw" {
			raw = append(raw, readExact(s)...)
		} else {
			s.skip()
		}
	})
	return raw
}
