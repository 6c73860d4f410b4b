package evalkit_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/evalkit-go/evalkit/evalkit"
	"github.com/evalkit-go/evalkit/evalkit/sandbox"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
	"github.com/evalkit-go/evalkit/evalkit/world"
)

// accounts is a state in a Go map, outside of any sandbox.
type accounts struct {
	mu     sync.Mutex
	values map[string]string
	closed atomic.Int64
}

func (a *accounts) set(name, value string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if value == "" {
		delete(a.values, name)
		return
	}
	a.values[name] = value
}

type booking struct {
	Name  string `json:"name"`
	Value string `json:"value,omitempty"`
}

// bank counts what is set up and closed.
type bank struct {
	mu   sync.Mutex
	open []*accounts
	// drifts: each reading shows another value.
	drifts bool
	reads  atomic.Int64
}

func (b *bank) state() world.State[*accounts] {
	return world.State[*accounts]{
		Called: "bank",
		SetUp: func(_ context.Context, _ *world.Site, props *world.Props) (*accounts, error) {
			a := &accounts{values: map[string]string{"rent": "100", "wage": "7"}}
			props.Tools = append(props.Tools, evalkit.Func("book", "Book.", func(ctx context.Context, in booking) (string, error) {
				of, ok := world.StateFrom[*accounts](ctx, "bank")
				if _, wrong := world.StateFrom[int](ctx, "bank"); !ok || wrong {
					return "", errors.New("the handle of the state is not to be had")
				}
				if _, none := world.StateFrom[*accounts](ctx, "nobody's"); none {
					return "", errors.New("there is a state of nobody's")
				}
				of.set(in.Name, in.Value)
				return "booked", nil
			}))
			b.mu.Lock()
			defer b.mu.Unlock()
			b.open = append(b.open, a)
			return a, nil
		},
		Read: func(_ context.Context, a *accounts) (map[string]string, error) {
			if b.drifts {
				a.set("clock", fmt.Sprint(b.reads.Add(1)))
			}
			return a.values, nil
		},
		Change: func(_ context.Context, a *accounts) error { a.set("rent", "1"); return nil },
		Close:  func(_ context.Context, a *accounts) error { a.closed.Add(1); return nil },
	}
}

// clerk calls one tool, with other arguments in each turn.
type clerk struct {
	tool      string
	arguments []any
	// breaks: the trial breaks off when all are called.
	breaks error
}

func (clerk) Info() evalkit.SubjectInfo { return evalkit.SubjectInfo{Name: "clerk"} }

func (c clerk) Act(ctx context.Context, stage *evalkit.Stage) (transcript.End, error) {
	stage.Record(transcript.Message{Role: "user", Content: stage.Prompt})
	for i, a := range c.arguments {
		stage.NextTurn()
		arguments, err := json.Marshal(a)
		if err != nil {
			return transcript.End{}, err
		}
		stage.Record(transcript.ModelCall{Finish: "tool_calls", ID: fmt.Sprintf("%x-%d", stage.Seed, i)})
		if _, _, err := stage.CallTool(ctx, transcript.Call{Name: c.tool, Arguments: string(arguments)}); err != nil {
			return transcript.End{}, err
		}
	}
	return transcript.End{Reason: transcript.EndSubmitted, Answer: "done"}, c.breaks
}

// noMachine is a sandbox that must not be opened.
type noMachine struct{ opened atomic.Int64 }

func (*noMachine) Name() string                { return "none" }
func (*noMachine) Promises() []sandbox.Promise { return sandbox.AllPromises() }
func (m *noMachine) Open(context.Context, sandbox.Config) (sandbox.Sandbox, error) {
	m.opened.Add(1)
	return nil, errors.New("a machine was opened")
}

// booked plays trials and returns their records.
func booked(t *testing.T, s evalkit.Subject, sc evalkit.Scenario, n int) ([]*transcript.Record, error) {
	t.Helper()
	machine := &noMachine{}
	ft := &fakeT{name: t.Name()}
	defer ft.end()
	trials := evalkit.Run(t.Context(), ft, s, sc, evalkit.LogDir(t.TempDir()), evalkit.Samples(n), evalkit.Sandbox(machine))
	judged, err := trials.Judge(evalkit.Question{Text: "anything", Judge: func(evalkit.Trial) (bool, error) { return true, nil }})
	if machine.opened.Load() != 0 {
		t.Error("a machine was opened for a state that needs none")
	}
	var records []*transcript.Record
	for _, j := range judged {
		r, readErr := j.Trial().Transcript()
		if readErr != nil {
			t.Fatal(readErr)
		}
		records = append(records, r)
	}
	return records, err
}

// stateFacts lists what a state has recorded, with the turns.
func stateFacts(r *transcript.Record, of string) []string {
	var texts []string
	for _, e := range r.Events {
		if f, ok := e.Body.(transcript.Fact); ok && f.World == of {
			texts = append(texts, fmt.Sprintf("%d %s: %s", e.Turn, f.Name, f.Text))
		}
	}
	return texts
}

func TestStateOfAMap(t *testing.T) {
	b := &bank{}
	sc := evalkit.Scenario{Name: "bank", Prompt: "Book.", World: []evalkit.World{b.state()}}
	records, err := booked(t, clerk{tool: "book", arguments: []any{
		booking{"wage", "7"}, booking{"wage", "8"}, booking{"wage", "7"}, booking{"gift", "1"}, booking{"rent", ""},
	}}, sc, 3)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"0 at start: 2 values", "2 changed: wage was changed from 7 to 8", "3 changed: wage was changed from 8 to 7",
		"4 changed: gift came to be: 1", "5 changed: rent was removed: it was 100", "5 evidence: 2 values at the end",
	}
	for _, r := range records {
		if got := stateFacts(r, "bank"); !slices.Equal(got, want) {
			t.Errorf("trial %d: got %q", r.Number, got)
		}
	}
	checkClosed(t, b, 3+2) // the look at the scenario, and the rehearsal
}

func checkClosed(t *testing.T, b *bank, atLeast int) {
	t.Helper()
	if len(b.open) < atLeast {
		t.Errorf("%d states were set up, want at least %d", len(b.open), atLeast)
	}
	for i, a := range b.open {
		if n := a.closed.Load(); n != 1 {
			t.Errorf("state %d was closed %d times", i, n)
		}
	}
}

func TestStateIsClosedWhenTheTrialBreaksOff(t *testing.T) {
	b := &bank{}
	sc := evalkit.Scenario{Name: "bank", Prompt: "Book.", World: []evalkit.World{b.state()}}
	records, err := booked(t, clerk{tool: "book", arguments: []any{booking{"wage", "8"}}, breaks: errors.New("the line is dead")}, sc, 1)
	if err == nil && (len(records) != 1 || records[0].End.Reason != transcript.EndError) {
		t.Errorf("it did not break off: %v", records)
	}
	checkClosed(t, b, 1+2)
	sc.World = append(sc.World, b.state())
	if _, err = booked(t, clerk{tool: "book"}, sc, 1); err == nil || !strings.Contains(err.Error(), `two states of that name`) {
		t.Errorf("two of one name: %v", err)
	}
	checkClosed(t, b, 1+3)
}

func TestStateRefusals(t *testing.T) {
	good := func() world.State[*accounts] { return (&bank{}).state() }
	drifting := (&bank{drifts: true}).state()
	idle := good()
	idle.Change = func(context.Context, *accounts) error { return nil }
	failing := good()
	failing.Change = func(context.Context, *accounts) error { return errors.New("the bank is shut") }
	empty := good()
	empty.Read = func(context.Context, *accounts) (map[string]string, error) { return nil, nil }
	unread := good()
	unread.Read = func(context.Context, *accounts) (map[string]string, error) { return nil, errors.New("no such table") }
	for name, c := range map[string]struct {
		state world.State[*accounts]
		want  []string
	}{
		"changes by itself":    {drifting, []string{"nobody having touched it", "clock was changed", "leave such values"}},
		"change does not show": {idle, []string{"does not show in what Read gives"}},
		"change fails":         {failing, []string{"Change: the bank is shut"}},
		"nothing to change":    {empty, []string{"no value at the start"}},
		"cannot be read":       {unread, []string{"Read: no such table"}},
		"nothing given":        {world.State[*accounts]{}, []string{"Called is missing", "SetUp is missing", "Read is missing", "Change is missing"}},
	} {
		t.Run(name, func(t *testing.T) {
			sc := evalkit.Scenario{Name: "bank", Prompt: "Book.", World: []evalkit.World{c.state}}
			records, err := booked(t, clerk{tool: "book"}, sc, 1)
			if err == nil || len(records) > 0 {
				t.Fatalf("trials were drawn: %v, %d", err, len(records))
			}
			for _, want := range append(c.want, "SPEC") {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q is not in: %v", want, err)
				}
			}
		})
	}
}

// A state that is a real database outside of the sandbox: the rows that a query
// gives before and after.
func TestStateOfADatabase(t *testing.T) {
	program, err := exec.LookPath("sqlite3")
	if err != nil {
		t.Skip("the program sqlite3 is not there")
	}
	type database struct{ path string }
	query := func(ctx context.Context, db *database, sql string) (string, error) {
		out, err := exec.CommandContext(ctx, program, "-batch", "-separator", "\t", db.path, sql).CombinedOutput()
		if err != nil {
			return "", fmt.Errorf("%w: %s", err, out)
		}
		return string(out), nil
	}
	type question struct {
		SQL string `json:"sql"`
	}
	folder := t.TempDir()
	shop := world.State[*database]{
		Called: "orders",
		SetUp: func(ctx context.Context, _ *world.Site, props *world.Props) (*database, error) {
			f, err := os.CreateTemp(folder, "shop-*.sqlite")
			if err != nil {
				return nil, err
			}
			db := &database{f.Name()}
			props.Tools = append(props.Tools, evalkit.Func("sql", "Run SQL.", func(ctx context.Context, in question) (string, error) {
				return query(ctx, db, in.SQL)
			}))
			_, err = query(ctx, db, "CREATE TABLE orders(id INTEGER PRIMARY KEY, what, state); INSERT INTO orders VALUES(1,'bread','paid'),(2,'salt','open');")
			return db, errors.Join(err, f.Close())
		},
		Read: func(ctx context.Context, db *database) (map[string]string, error) {
			out, err := query(ctx, db, "SELECT id, what || ' ' || state FROM orders")
			values := map[string]string{}
			for line := range strings.Lines(out) {
				id, row, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
				values[id] = row
			}
			return values, err
		},
		Change: func(ctx context.Context, db *database) error {
			_, err := query(ctx, db, "DELETE FROM orders WHERE id=1")
			return err
		},
		Close: func(_ context.Context, db *database) error { return os.Remove(db.path) },
	}
	records, err := booked(t, clerk{tool: "sql", arguments: []any{
		question{"SELECT * FROM orders"}, question{"UPDATE orders SET state='open' WHERE id=1"}, question{"INSERT INTO orders VALUES(3,'oil','open')"},
	}}, evalkit.Scenario{Name: "shop", Prompt: "Look after the orders.", World: []evalkit.World{shop}}, 2)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"0 at start: 2 values", "2 changed: 1 was changed from bread paid to bread open", "3 changed: 3 came to be: oil open", "3 evidence: 3 values at the end"}
	for _, r := range records {
		if got := stateFacts(r, "orders"); !slices.Equal(got, want) {
			t.Errorf("trial %d: got %q", r.Number, got)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(folder, "shop-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}
