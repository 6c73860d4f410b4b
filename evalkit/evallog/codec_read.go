package evallog

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"reflect"
)

// read reads into v, which is settable. Attachments are looked up in d, unless d is nil.
func (c *codec) read(s *scanner, v reflect.Value, d *sampleDecoder) {
	switch c.kind {
	case kindString:
		v.SetString(readExact(s, d))
	case kindInt:
		v.SetInt(s.int())
	case kindUint:
		v.SetUint(s.uint())
	case kindFloat:
		v.SetFloat(s.float())
	case kindBool:
		v.SetBool(s.bool())
	case kindRaw:
		if raw := readRaw(s, d); raw != nil {
			v.SetBytes(raw)
		}
	case kindSlice:
		c.readSlice(s, v, d)
	case kindPointer:
		if !s.null() {
			v.Set(reflect.New(c.elem.typ))
			c.elem.read(s, v.Elem(), d)
		}
	case kindStruct:
		s.object(func(key []byte) {
			for i := range c.fields {
				if c.fields[i].name == string(key) {
					c.fields[i].codec.read(s, v.FieldByIndex(c.fields[i].index), d)
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

func (c *codec) readSlice(s *scanner, v reflect.Value, d *sampleDecoder) {
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
		c.elem.read(s, v.Index(n), d)
	})
}

// readExact reads what appendExact wrote.
func readExact(s *scanner, d *sampleDecoder) (text string) {
	if s.peek() != '{' {
		text = s.str()
		if d != nil {
			text = d.attached(text)
		}
		return text
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

func readRaw(s *scanner, d *sampleDecoder) []byte {
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
			raw = append(raw, readExact(s, d)...)
		} else {
			s.skip()
		}
	})
	return raw
}
