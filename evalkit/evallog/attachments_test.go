package evallog

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

func TestAttachmentsAreResolvedWhereverTheyStand(t *testing.T) {
	d := &sampleDecoder{rawAttachments: []byte(`{"1":"rm \"-rf\" /","k":"v","a":"attachment://b","b":"attachment://a"}`)}
	for raw, want := range map[string]string{
		`{"cmd":"attachment://1"}`:                             `{"cmd":"rm \"-rf\" /"}`,
		`{"a":[{"tc://k":"tc://k"}],"b":"x attachment://1"}`:   `{"a":[{"tc://k":"v"}],"b":"x attachment://1"}`,
		`{"a":"attachment://none","n":NaN}`:                    `{"a":"attachment://none","n":null}`,
		`{"a":"\u0061ttachment://1", "b" : "attachment://k"}`:  `{"a":"rm \"-rf\" /","b":"v"}`,
		`{"a":"attachment:\/\/1"}`:                             `{"a":"rm \"-rf\" /"}`,
		`{"attachment://1":1,"attachment://k" : "k"}`:          `{"attachment://1":1,"attachment://k":"k"}`,
		`{"a":"attachment://1`:                                 `{"a":"attachment://1`,
		`[1,true,"attachment://k",{"x":-Infinity,"y":"-Inf"}]`: `[1,true,"v",{"x":null,"y":"-Inf"}]`,
		`["attachment://a"]`:                                   `["attachment://b"]`, // once only
		`"tc://k"`:                                             `"v"`,
	} {
		if got := string(d.whole([]byte(raw))); got != want {
			t.Errorf("%s became %s, want %s", raw, got, want)
		}
	}
	if d.missing != "" || d.err != nil {
		t.Error(d.missing, d.err)
	}
}

// A text of the agent's own with the form of a reference stays what it is; a reference of a tool's making without its
// attachment stays visible, and the trial is an error: what was done in it is not known.
func TestAMissingAttachment(t *testing.T) {
	const made = "0123456789abcdef0123456789abcdef"
	sample := func(key, mark string) []byte {
		return fmt.Appendf(nil, `{"id":"x","epoch":1,"attachments":{"0":"there"},%s"events":[{"event":"tool","id":"c","function":"bash","arguments":{"cmd":"attachment://%s"},"result":"ok"}]}`,
			mark, key)
	}
	for _, c := range []struct {
		key, mark string
		missing   bool
	}{
		{"x", "", false}, {"7", "", false}, {made[1:], "", false}, {strings.ToUpper(made), "", false}, {made, "", true},
		{"7", `"` + partsMark + `":true,`, true}, {"07", `"` + partsMark + `":true,`, false},
	} {
		r, err := decodeSample(sample(c.key, c.mark))
		if err != nil {
			t.Fatal(err)
		}
		call := r.Events[0].Body.(transcript.ToolCall)
		if want := `{"cmd":"attachment://` + c.key + `"}`; call.Arguments != want {
			t.Errorf("%+v: %s", c, call.Arguments)
		}
		if missing := r.End.Reason == transcript.EndError && strings.Contains(r.End.Error, c.key); missing != c.missing {
			t.Errorf("%+v: it ended in %+v", c, r.End)
		}
	}
	// A sample of ours is not read without what it refers to.
	long := strings.Repeat("long ", 600)
	data := encoded(t, &transcript.Record{Number: 1, Events: []transcript.Event{{Body: transcript.ModelCall{Content: long, ID: "x"}}}})
	cutOff := bytes.Replace(data, []byte(`"attachments":{"`), []byte(`"attachments":{"x`), 1)
	if _, err := decodeSample(cutOff); err == nil || !strings.Contains(err.Error(), "does not hold") {
		t.Error(err)
	}
}

// A chunk of attachments that is not there takes the trial with it.
func TestASampleOfWhichAttachmentsAreMissing(t *testing.T) {
	path := repacked(t, filepath.Join(inspectLogs, "long.eval"), func(name string) bool { return !strings.Contains(name, "/attachments/") })
	r, err := open(t, path).Sample(2)
	if err != nil {
		t.Fatal(err)
	}
	if r.End.Reason != transcript.EndError || !strings.Contains(r.End.Error, "attachment") {
		t.Errorf("%+v", r.End)
	}
}

// A small sample must not grow without bound by references to one large attachment.
func TestAttachmentsDoNotGrowWithoutBound(t *testing.T) {
	large := strings.Repeat("x", 1<<20)
	for _, place := range []string{
		`"events":[{"event":"info","data":[%s]}]`,
		`"events":[{"event":"tool","id":"c","function":"f","arguments":{"a":[%s]},"result":""}]`,
		`"events":[{"event":"tool","id":"c","function":"f","arguments":{},"result":[%s]}]`,
		`"input":[{"role":"user","content":[%s]}]`,
	} {
		references := strings.Repeat(`,"attachment://k"`, maxGrown>>20+1)[1:]
		data := []byte(`{"id":1,"epoch":1,"attachments":{"k":"` + large + `"},` + fmt.Sprintf(place, references) + `}`)
		if _, err := decodeSample(data); err == nil || !strings.Contains(err.Error(), "more than") {
			t.Errorf("%.60s: %v", place, err)
		}
	}
}

func encoded(t testing.TB, r *transcript.Record) []byte {
	t.Helper()
	h := testHeader()
	frame := newFrame(&h)
	data, err := (&sampleEncoder{frame: &frame}).encode(r)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Clone(data)
}

// FuzzAttachments: what is resolved in JSON as it stands is what is resolved in its values, and a text that our encoder
// says is no reference stays as it is.
func FuzzAttachments(f *testing.F) {
	for _, s := range []string{`{"a":"attachment://k","attachment://k":["tc://k","attachment://none"]}`, `"attachment://k"`, `{"a":"\u0061ttachment:\/\/k"}`,
		`{"a" : "attachment://e" }`, `["attachment://`, `{"\"attachment://k":"\\"}`, `[1,"tc:","attachment:","\u0000"]`} {
		f.Add([]byte(s))
	}
	texts := map[string]string{"k": "v \"x\"\n", "e": "", "none2": "attachment://k", "": "no key"}
	held, err := json.Marshal(texts)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		d := &sampleDecoder{rawAttachments: held}
		got := d.resolved(raw)
		var before, after any
		if json.Unmarshal(raw, &before) != nil {
			return
		}
		if err := json.Unmarshal(got, &after); err != nil {
			t.Fatalf("%q became %q: %v", raw, got, err)
		}
		if diff := cmp.Diff(replaced(before, texts), after); diff != "" {
			t.Fatalf("%q became %q: %s", raw, got, diff)
		}
		if !refers(raw) && !bytes.Equal(got, raw) {
			t.Fatalf("%q refers to nothing and became %q", raw, got)
		}
	})
}

// replaced is what Inspect does with the values of JSON.
func replaced(v any, texts map[string]string) any {
	switch v := v.(type) {
	case string:
		key, ok := attachmentKey(v)
		if text, there := texts[key]; ok && there {
			return text
		}
	case []any:
		for i := range v {
			v[i] = replaced(v[i], texts)
		}
	case map[string]any:
		for k := range v {
			v[k] = replaced(v[k], texts)
		}
	}
	return v
}
