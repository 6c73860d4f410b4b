package evallog

import (
	"crypto/md5"
	"encoding/json"
	"fmt"
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

func TestASampleThatInspectWroteAnewIsTheSame(t *testing.T) {
	want := rewritable(t)
	written := condense(t, encoded(t, want))
	got, err := decodeSample(written)
	if err != nil {
		t.Fatal(err)
	}
	sameRaw := cmp.Comparer(func(a, b transcript.ModelCall) bool {
		same := equalJSON(a.Raw, b.Raw)
		a.Raw, b.Raw = nil, nil
		return same && cmp.Equal(a, b, sameArguments)
	})
	if diff := cmp.Diff(want, got, sameJSON, sameArguments, sameRaw); diff != "" {
		t.Error(diff)
	}
}
