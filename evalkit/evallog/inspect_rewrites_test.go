package evallog

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// rewritable is a record with every place in which Inspect keeps a long text apart, and with texts of the agent's own
// that have the form of a reference to one, some of them to one that is there.
func rewritable(t *testing.T) *transcript.Record {
	t.Helper()
	r := typicalRecord(1)
	add := func(b transcript.Body) {
		r.Events = append(r.Events, transcript.Event{At: r.Ended.Sub(r.Started), Turn: 6, Body: b})
	}
	long := strings.Repeat("as long a text as Inspect keeps apart. ", 4)
	huge := strings.Repeat("as long a text as evalkit keeps apart. ", 100)
	made, _, _ := strings.Cut(string(encoded(t, &transcript.Record{Number: 1, Events: []transcript.Event{{Body: transcript.ModelCall{Content: huge}}}})), `":"as long`)
	there := "attachment://" + made[strings.LastIndexByte(made, '"')+1:]
	for i, text := range []string{long, huge, there, "attachment://x", "tc://0", "see " + there, "attachment://0123456789abcdef0123456789abcdef"} {
		id := "id" + string(rune('0'+i))
		nested := `{"a":[{"b":` + string(appendText(nil, text)) + `,"c":[[` + string(appendText(nil, text)) + `]]}],` + string(appendText(nil, text)) + `:1}`
		call := transcript.Call{ID: id, Name: "note", Arguments: nested}
		raw := `{"id":"` + id + `","choices":[{"message":{"content":` + string(appendText(nil, text)) + `,"arguments":` + string(appendText(nil, nested)) + `}}]}`
		add(transcript.Message{Role: "user", Content: text})
		add(transcript.ModelCall{Model: "m", Content: text, Reasoning: text, Calls: []transcript.Call{call}, ID: id, Raw: []byte(raw), Took: time.Millisecond})
		add(transcript.ToolCall{Call: call, Result: text})
		add(transcript.Fact{World: "w", Name: "n", Text: text, Data: []byte(nested)})
	}
	return r
}

// However Inspect writes a log of ours anew, it is the same log.
func TestInspectRewritesOurLogAndItStaysTheSame(t *testing.T) {
	python := inspectPython(t)
	w := create(t)
	if _, err := w.Append(rewritable(t)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(Final{}); err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	cmd := exec.CommandContext(t.Context(), python, "testdata/rewrite_log.py", w.Path(), t.TempDir())
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr.String())
	}
	made := strings.Fields(string(out))
	if len(made) != 12 {
		t.Fatalf("Inspect wrote %q", made)
	}
	for _, path := range made {
		sameTrials(t, w.Path(), path)
	}
	// In parts, without the part that holds the texts: an error, no silence.
	path := repacked(t, made[len(made)-1], func(name string) bool { return !strings.Contains(name, "/attachments/") })
	if r, err := open(t, path).Sample(1); err == nil || !strings.Contains(err.Error(), "does not hold") {
		t.Errorf("%v: %s", err, describe(r))
	}
}
