package evallog

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
)

// codec writes and reads the JSON of one of transcript's types by its tags, so that a field added there is kept here.
// It differs from encoding/json in that nothing is lost: a nil slice and an empty one stay two things, text that is not
// UTF-8, or speaks of attachments, becomes {"$base64": …}, and a RawMessage that cannot stand as JSON becomes {"$raw": …}.
type codec struct {
	kind   codecKind
	typ    reflect.Type
	elem   *codec
	fields []codecField
}

type codecKind int

const (
	kindString codecKind = iota
	kindInt
	kindUint
	kindFloat
	kindBool
	kindRaw
	kindSlice
	kindPointer
	kindStruct
	kindOther // left to encoding/json
)

type codecField struct {
	name  string
	key   string // with quotes and colon
	index []int
	omit  bool
	codec *codec
}

var rawMessage = reflect.TypeFor[json.RawMessage]()

// newCodec plans the codec of t, once, at start-up.
func newCodec(t reflect.Type) *codec {
	c := &codec{typ: t}
	switch {
	case t == rawMessage:
		c.kind = kindRaw
	case t.Kind() == reflect.String:
		c.kind = kindString
	case t.Kind() == reflect.Bool:
		c.kind = kindBool
	case t.Kind() == reflect.Int || t.Kind() == reflect.Int64 || t.Kind() == reflect.Int32:
		c.kind = kindInt
	case t.Kind() == reflect.Uint64:
		c.kind = kindUint
	case t.Kind() == reflect.Float64:
		c.kind = kindFloat
	case t.Kind() == reflect.Slice && t.Elem().Kind() != reflect.Uint8:
		c.kind, c.elem = kindSlice, newCodec(t.Elem())
	case t.Kind() == reflect.Pointer:
		c.kind, c.elem = kindPointer, newCodec(t.Elem())
	case t.Kind() == reflect.Struct:
		c.kind = kindStruct
		for _, f := range reflect.VisibleFields(t) {
			if f.Anonymous || !f.IsExported() {
				continue
			}
			name, rest, _ := strings.Cut(f.Tag.Get("json"), ",")
			if name == "" {
				name = f.Name
			}
			c.fields = append(c.fields, codecField{
				name: name, key: strconv.Quote(name) + ":", index: f.Index,
				omit: strings.Contains(rest, "omitempty"), codec: newCodec(f.Type),
			})
		}
	default:
		c.kind = kindOther
	}
	return c
}

// append appends the JSON of v.
func (c *codec) append(dst []byte, v reflect.Value) []byte {
	switch c.kind {
	case kindString:
		return appendExact(dst, v.String())
	case kindInt:
		return strconv.AppendInt(dst, v.Int(), 10)
	case kindUint:
		return strconv.AppendUint(dst, v.Uint(), 10)
	case kindFloat:
		return appendFloat(dst, v.Float())
	case kindBool:
		return strconv.AppendBool(dst, v.Bool())
	case kindRaw:
		return appendRaw(dst, v.Bytes(), v.IsNil())
	case kindSlice:
		if v.IsNil() {
			return append(dst, "null"...)
		}
		dst = append(dst, '[')
		for i := range v.Len() {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = c.elem.append(dst, v.Index(i))
		}
		return append(dst, ']')
	case kindPointer:
		if v.IsNil() {
			return append(dst, "null"...)
		}
		return c.elem.append(dst, v.Elem())
	case kindStruct:
		return c.appendStruct(dst, v)
	}
	b, err := json.Marshal(v.Interface())
	if err != nil {
		return append(dst, "null"...)
	}
	return append(dst, b...)
}

func (c *codec) appendStruct(dst []byte, v reflect.Value) []byte {
	dst = append(dst, '{')
	first := true
	for i := range c.fields {
		f := &c.fields[i]
		fv := v.FieldByIndex(f.index)
		if f.omit && fv.IsZero() {
			continue
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = append(dst, f.key...)
		dst = f.codec.append(dst, fv)
	}
	return append(dst, '}')
}

// appendExact appends s as a string, or as base64 where it would not stay what it is.
func appendExact(dst []byte, s string) []byte {
	start := len(dst)
	if !mentions(s) {
		var whole bool
		if dst, whole = appendString(dst, s); whole {
			return dst
		}
	}
	dst = append(dst[:start], `{"$base64":"`...)
	dst = base64.StdEncoding.AppendEncode(dst, []byte(s))
	return append(dst, `"}`...)
}

func appendRaw(dst, raw []byte, isNil bool) []byte {
	if isNil {
		return append(dst, "null"...)
	}
	if embeddable(raw) && !refers(raw) && string(raw) != "null" && !bytes.HasPrefix(raw, []byte(`{"$raw"`)) {
		return append(dst, raw...)
	}
	dst = append(dst, `{"$raw":`...)
	dst = appendExact(dst, string(raw))
	return append(dst, '}')
}
