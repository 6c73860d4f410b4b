package evallog

import (
	"crypto/md5"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// condense does to a sample of ours what Inspect does when it writes one anew: it keeps apart every string of more than
// 100 characters in arguments, answers and messages, takes short ones back, and leaves the metadata alone.
func condense(t *testing.T, data []byte) []byte {
	t.Helper()
	var sample struct {
		Attachments map[string]string
		Events      []map[string]any
	}
	var all map[string]any
	if err := json.Unmarshal(data, &sample); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &all); err != nil {
		t.Fatal(err)
	}
	made := map[string]string{}
	var walk func(v any) any
	walk = func(v any) any {
		switch v := v.(type) {
		case string:
			if key, ok := attachmentKey(v); ok && sample.Attachments[key] != "" {
				return walk(sample.Attachments[key])
			}
			if len(v) > 100 {
				key := fmt.Sprintf("%x", md5.Sum([]byte(v)))
				made[key] = v
				return attachmentScheme + key
			}
		case []any:
			for i := range v {
				v[i] = walk(v[i])
			}
		case map[string]any:
			for k := range v {
				v[k] = walk(v[k])
			}
		}
		return v
	}
	for _, e := range sample.Events {
		for _, field := range []string{"arguments", "output", "call"} {
			if v, ok := e[field]; ok {
				e[field] = walk(v)
			}
		}
	}
	all["events"], all["attachments"] = sample.Events, made
	out, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// renumber does to a sample what Inspect does when it puts one in parts: whatever in its text, metadata too, names an
// attachment that is there, comes to name its place.
func renumber(t *testing.T, data []byte) []byte {
	t.Helper()
	var all map[string]json.RawMessage
	var attachments map[string]string
	if err := json.Unmarshal(data, &all); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(all["attachments"], &attachments); err != nil {
		t.Fatal(err)
	}
	places := map[string]string{}
	var texts []byte
	for i, key := range slices.Sorted(maps.Keys(attachments)) {
		places[key] = strconv.Itoa(i)
		texts = fmt.Appendf(texts, `,"%d":%s`, i, appendText(nil, attachments[key]))
	}
	delete(all, "attachments")
	rest, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	rest = regexp.MustCompile(`attachment://[0-9a-f]{32}`).ReplaceAllFunc(rest, func(ref []byte) []byte {
		if place, ok := places[strings.TrimPrefix(string(ref), attachmentScheme)]; ok {
			return []byte(attachmentScheme + place)
		}
		return ref
	})
	return fmt.Appendf(nil, `%s,"attachments":{%s},"%s":true}`, rest[:len(rest)-1], texts[1:], partsMark)
}

func TestASampleThatInspectWroteAnewIsTheSame(t *testing.T) {
	want := rewritable(t)
	asItIs := encoded(t, want)
	sameRaw := cmp.Comparer(func(a, b transcript.ModelCall) bool {
		same := equalJSON(a.Raw, b.Raw)
		a.Raw, b.Raw = nil, nil
		return same && cmp.Equal(a, b, sameArguments)
	})
	for name, data := range map[string][]byte{"condensed": condense(t, asItIs), "in parts": renumber(t, asItIs), "both": renumber(t, condense(t, asItIs))} {
		got, err := decodeSample(data)
		if err != nil {
			t.Error(name, err)
		}
		if diff := cmp.Diff(want, got, sameJSON, sameArguments, sameRaw); diff != "" {
			t.Error(name, diff)
		}
	}
}
