package evalkit_test

import (
	"encoding/json"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/evalkit-go/evalkit/evalkit"
	"github.com/evalkit-go/evalkit/evalkit/scripted"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// serverWith starts a server of its own for the outside agent's policies.
func serverWith(t *testing.T, cfg scripted.Config) string {
	t.Helper()
	cfg.Policies = outsidePolicies
	server, err := scripted.Start(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	return server.URL()
}

// ofAgent tells the agent's requests from those by which a server is checked.
func ofAgent(r scripted.Request) bool { return r.Conversation.System() == "You are an outside agent." }

func actBehind(t *testing.T, p evalkit.OutsideProgram, model string, s evalkit.Scenario) *transcript.Record {
	t.Helper()
	fake := &fakeT{name: t.Name()}
	defer fake.end()
	trials := evalkit.Run(t.Context(), fake, p.With(evalkit.MustModel(model)), s, evalkit.LogDir(t.TempDir()), evalkit.Samples(1))
	judged, err := trials.Judge(evalkit.Question{Text: "anything", Judge: func(evalkit.Trial) (bool, error) { return true, nil }})
	if err != nil {
		t.Fatal(err)
	}
	r, err := judged[0].Trial().Transcript()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// A server that fails now and then is retried behind the program's back; the key
// goes to it and to nobody else, and the endpoint's parameters go before the
// program's.
func TestProgramBehindAFlakyServer(t *testing.T) {
	const key = "sk-real-0123456789abcdefghijklmnopqrstuv"
	t.Setenv("OUTSIDE_KEY", key)
	var mu sync.Mutex
	var keys []string
	url := serverWith(t, scripted.Config{Key: key, Faults: func(r scripted.Request, _ int64) scripted.Fault {
		mu.Lock()
		defer mu.Unlock()
		if !ofAgent(r) {
			return scripted.Fault{}
		}
		keys = append(keys, r.Header.Get("Authorization"))
		switch len(keys) {
		case 1, 3:
			return scripted.Status(500, "")
		case 4:
			return scripted.CutBody(40)
		case 6:
			return scripted.NoChoices()
		}
		return scripted.Fault{}
	}})
	t.Setenv("OPENAI_API_KEY", key)
	t.Setenv("OPENAI_BASE_URL", url)
	t.Setenv("EVALKIT_LIVE", "1")
	r := actBehind(t, outsideProgram(t, "loop"), "openai/out-works", workshop())
	if r.End.Reason != transcript.EndStopped || r.Turns() != 3 || r.End.Answer != "It is done." {
		t.Errorf("end %+v after %d turns\n%v", r.End, r.Turns(), story(r))
	}
	mu.Lock()
	defer mu.Unlock()
	if len(keys) != 7 {
		t.Errorf("%d requests, want 7", len(keys))
	}
	if b, err := json.Marshal(r.Events); err != nil || strings.Contains(string(b), key[8:20]) || !strings.Contains(string(b), "outside agent") {
		t.Errorf("the key is on record, or nothing is (%v)", err)
	}
	for _, k := range keys {
		if k != "Bearer "+key {
			t.Errorf("a request bore %q", k)
		}
	}
}

// A server that fails to the end is nobody's behaviour, though the program
// itself takes the error for an end and ends with 0.
func TestProgramBehindADeadServer(t *testing.T) {
	t.Parallel()
	url := serverWith(t, scripted.Config{Faults: func(r scripted.Request, _ int64) scripted.Fault {
		if ofAgent(r) && r.Conversation.Turn() > 0 {
			return scripted.Status(503, "")
		}
		return scripted.Fault{}
	}})
	s := workshop()
	s.Limits.Time = 4 * time.Second
	r := actBehind(t, outsideProgram(t, "loop"), url+"#out-for-ever", s)
	if r.End.Reason != transcript.EndError || r.End.Whose != transcript.BlameProvider || r.Turns() != 1 {
		t.Errorf("end %+v after %d turns\n%v", r.End, r.Turns(), story(r))
	}
}
