package evallog

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// sameJSON compares JSON by what it means: who writes it anew writes it in his own way.
var sameJSON = cmp.Comparer(equalJSON)

func equalJSON(a, b json.RawMessage) bool {
	if bytes.Equal(a, b) {
		return true
	}
	var x, y any
	return json.Unmarshal(a, &x) == nil && json.Unmarshal(b, &y) == nil && cmp.Equal(x, y)
}

var sameArguments = cmp.Comparer(func(a, b transcript.Call) bool {
	return a.ID == b.ID && a.Name == b.Name && equalJSON(json.RawMessage(a.Arguments), json.RawMessage(b.Arguments))
})

// sameTrials fails unless two logs hold the same records.
func sameTrials(t *testing.T, a, b string) {
	t.Helper()
	one, other := open(t, a), open(t, b)
	if diff := cmp.Diff(one.Numbers(), other.Numbers()); diff != "" {
		t.Fatal(a, b, diff)
	}
	for _, n := range one.Numbers() {
		x, err := one.Sample(n)
		y, err2 := other.Sample(n)
		if err := firstError(err, err2); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(x, y, sameJSON, sameArguments, cmpopts.EquateNaNs()); diff != "" {
			t.Errorf("trial %d of %s and %s: %s", n, a, b, diff)
		}
	}
}

func TestIndentedArgumentsAreOne(t *testing.T) {
	whole, err := os.ReadFile(filepath.Join(inspectLogs, "2026-01-02T03-04-05_json.json"))
	if err != nil {
		t.Fatal(err)
	}
	var indented bytes.Buffer
	if err := json.Indent(&indented, plainJSON(whole), "", "  "); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "x.json")
	if err := os.WriteFile(path, indented.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	r, err := open(t, path).Sample(1)
	if err != nil {
		t.Fatal(err)
	}
	var made, carried []string
	for _, e := range r.Events {
		switch b := e.Body.(type) {
		case transcript.ModelCall:
			for _, c := range b.Calls {
				made = append(made, c.Arguments)
			}
		case transcript.ToolCall:
			carried = append(carried, b.Arguments)
		}
	}
	if len(made) != 1 || !slices.Equal(made, carried) {
		t.Errorf("%q and %q", made, carried)
	}
}
