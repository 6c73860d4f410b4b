package evallog

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
)

// A sample keeps long texts apart, once each: a string that is "attachment://KEY" and nothing else stands for the text
// that its attachments hold under KEY. Inspect, when it converts or rewrites a log, does so with every string of more
// than 100 characters in the arguments of a tool, in the raw answer of a model, in messages and in the data of an event,
// however deep; never with the names of an object's members, and never twice: a text that looks like a reference is not
// looked up again, so that there are no circles.

// maxGrown is the most bytes that a sample's texts may come to where references to one attachment become copies of it.
const maxGrown = 512 << 20

// madeKey is a key such as Inspect and this package make: 128 bits.
var madeKey = regexp.MustCompile(`^[0-9a-f]{32}$`)

// partKey is a key in a sample that is kept in parts: a place in the list of attachments.
var partKey = regexp.MustCompile(`^(0|[1-9][0-9]{0,8})$`)

// attachmentKey says whether a text has the form of a reference, and to what.
func attachmentKey(text string) (key string, ok bool) {
	if key, ok = strings.CutPrefix(text, attachmentScheme); !ok {
		key, ok = strings.CutPrefix(text, oldScheme)
	}
	return key, ok
}

// attached gives the text that a reference to an attachment stands for; other texts are themselves. A reference to what
// is not there is itself too, for an agent may write such a text; one whose key was made by a tool is noted as missing.
func (d *sampleDecoder) attached(text string) string {
	key, ok := attachmentKey(text)
	if !ok {
		return text
	}
	if d.attachments == nil {
		d.attachments = map[string]string{}
		s := &scanner{data: orNull(d.rawAttachments)}
		s.object(func(key []byte) {
			k := string(key)
			d.attachments[k] = scalarText(s)
		})
		if s.err != nil && d.err == nil {
			d.err = fmt.Errorf("attachments: %w", s.err)
		}
	}
	if whole, ok := d.attachments[key]; ok {
		return whole
	}
	if d.missing == "" && (madeKey.MatchString(key) || d.inParts && partKey.MatchString(key)) {
		d.missing = key
	}
	return text
}

// lacking is the error of a sample that refers to a text that it does not hold: what the subject did is not known.
func (d *sampleDecoder) lacking() error {
	if d.missing == "" {
		return nil
	}
	return fmt.Errorf("the sample refers to the attachment %s, which it does not hold: a part of what was done is not known", d.missing)
}

// grow counts bytes that become copies, and says whether that may go on.
func (d *sampleDecoder) grow(n int) bool {
	if d.grown += n; d.grown > maxGrown && d.err == nil {
		d.err = fmt.Errorf("attachments: with them the sample comes to more than the %d bytes that are read", maxGrown)
	}
	return d.err == nil
}

// resolved copies JSON with the texts in it that are references replaced by what they stand for. The rest, names of
// members among it, stays as it stands, byte by byte; without a reference it is raw itself.
func (d *sampleDecoder) resolved(raw []byte) []byte {
	if !mayRefer(raw) {
		return raw
	}
	var out []byte
	s := &scanner{data: raw}
	kept := 0 // raw is copied up to here
	for s.pos < len(raw) {
		if raw[s.pos] != '"' {
			s.pos++
			continue
		}
		start := s.pos
		text := s.stringBytes()
		if s.err != nil {
			return raw
		}
		if !bytes.HasPrefix(text, []byte(attachmentScheme)) && !bytes.HasPrefix(text, []byte(oldScheme)) {
			continue
		}
		end := s.pos
		if s.peek() == ':' { // the name of a member
			continue
		}
		reference := string(text)
		full := d.attached(reference)
		if full == reference {
			continue
		}
		if !d.grow(len(full)) {
			return raw
		}
		out = appendText(append(out, raw[kept:start]...), full)
		kept = end
	}
	if kept == 0 {
		return raw
	}
	return append(out, raw[kept:]...)
}

// resolvedText is resolved for a string.
func (d *sampleDecoder) resolvedText(text string) string {
	if !textRefers(text) {
		return text
	}
	return string(d.resolved([]byte(text)))
}

// mayRefer is false for most JSON without a reference, quickly.
func mayRefer(raw []byte) bool {
	return bytes.Contains(raw, []byte("tc:")) || bytes.Contains(raw, []byte("attachment:")) || bytes.Contains(raw, []byte(`\u00`))
}

// mentions says whether Inspect may change the text when it writes a log anew: because it has the form of a reference, or
// has one in it, which Inspect renumbers when it puts a sample in parts.
func mentions(text string) bool {
	return strings.HasPrefix(text, oldScheme) || strings.Contains(text, attachmentScheme)
}

// refers says whether Inspect may change raw, which is valid JSON, for a string in it.
func refers(raw []byte) bool { return mayRefer(raw) && textRefers(string(raw)) }

// textRefers is refers of a string, which is copied only if need be.
func textRefers(text string) bool {
	if !strings.Contains(text, "tc:") && !strings.Contains(text, "attachment:") && !strings.Contains(text, `\u00`) {
		return false
	}
	s := &scanner{data: []byte(text)}
	for s.pos < len(text) && s.err == nil {
		if text[s.pos] != '"' {
			s.pos++
		} else if mentions(string(s.stringBytes())) {
			return true
		}
	}
	return false
}

// whole copies JSON as Inspect writes it: references to attachments become the texts they stand for, names that JSON does
// not know become null, and white space between them goes: it depends on how deep in a log something stands.
func (d *sampleDecoder) whole(raw []byte) []byte {
	var compact bytes.Buffer
	raw = plainJSON(raw)
	if json.Compact(&compact, raw) == nil {
		raw = compact.Bytes()
	}
	return d.resolved(raw)
}
