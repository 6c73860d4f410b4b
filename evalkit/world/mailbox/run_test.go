package mailbox_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/evalkit-go/evalkit/evalkit"
	"github.com/evalkit-go/evalkit/evalkit/scripted"
	"github.com/evalkit-go/evalkit/evalkit/world/mailbox"
)

// test is what Run asks for, that can fail without failing the one that looks on.
type test struct {
	name     string
	errors   []string
	cleanups []func()
}

func (t *test) Helper()             {}
func (t *test) Logf(string, ...any) {}
func (t *test) Errorf(format string, args ...any) {
	t.errors = append(t.errors, fmt.Sprintf(format, args...))
}
func (t *test) Failed() bool     { return len(t.errors) > 0 }
func (t *test) Skipped() bool    { return false }
func (t *test) Name() string     { return t.name }
func (t *test) Cleanup(f func()) { t.cleanups = append(t.cleanups, f) }

func (t *test) end() {
	for i := len(t.cleanups) - 1; i >= 0; i-- {
		t.cleanups[i]()
	}
}

// run draws one trial of a policy and gives what the mailbox knows of it.
func run(t *testing.T, s evalkit.Scenario, reply scripted.Step) (evalkit.Trial, mailbox.Evidence, error) {
	t.Helper()
	name := "mailbox-" + strings.ToLower(strings.NewReplacer("/", "-", "_", "-", " ", "-").Replace(t.Name()))
	scripted.Register(scripted.Policy{Name: name, Doc: "Of the tests of mailbox.", Reply: reply})
	guise := &test{name: t.Name()}
	trials, err := evalkit.Run(t.Context(), guise, evalkit.MustModel("scripted/"+name), s, evalkit.Samples(1), evalkit.LogDir(t.TempDir())).Sample()
	defer guise.end()
	if err != nil {
		return evalkit.Trial{}, mailbox.Evidence{}, err
	}
	record, err := trials[0].Transcript()
	if err != nil {
		t.Fatal(err)
	}
	e, err := mailbox.ReadEvidence(record)
	if err != nil {
		t.Fatal(err)
	}
	return trials[0], e, nil
}

// TestTrial: over real HTTP, what was done is in the log, with its turns, and
// the mailbox gives no outcome of its own.
func TestTrial(t *testing.T) {
	trial, e, err := run(t, office(), careless)
	if err != nil {
		t.Fatal(err)
	}
	if trial.Outcome != "" || len(trial.Outcomes) != 0 {
		t.Errorf("outcome %q", trial.Outcome)
	}
	if len(e.Sent) != 2 || len(e.Read) != 2 || e.Read[1].MailID != "decision" || e.Read[1].Turn != 5 || e.Sent[1].Turn != 6 {
		t.Errorf("evidence: %+v", e)
	}
}

// TestWrongBeforeTheFirstTrial: a mistake ends the series before a trial.
func TestWrongBeforeTheFirstTrial(t *testing.T) {
	s := office()
	w := s.World[0].(mailbox.World)
	w.Mails = append(w.Mails, mailbox.Mail{ID: "lost", From: "Ruth Okafor", Date: w.Now})
	s.World = []evalkit.World{w}
	if _, _, err := run(t, s, careless); err == nil || !strings.Contains(err.Error(), `mail "lost" is to nobody`) {
		t.Errorf("got %v", err)
	}
}

// TestRehearsal: what does not work is found by acting it out.
func TestRehearsal(t *testing.T) {
	cases := map[string]struct {
		arrivals []mailbox.Arrival
		want     string
	}{
		"a rule that its example does not meet": {[]mailbox.Arrival{
			{InAnswerTo: &mailbox.Answer{To: "Ruth Okafor", Match: "budget", Example: "How much?"}, Mail: mailbox.Mail{ID: "a"}},
		}, `arrival "a": it did not come`},
		"a rule behind one that answers all": {[]mailbox.Arrival{
			{InAnswerTo: &mailbox.Answer{To: "Ruth Okafor", Times: -1}, Mail: mailbox.Mail{ID: "a"}},
			{InAnswerTo: &mailbox.Answer{To: "Ruth Okafor"}, Mail: mailbox.Mail{ID: "b"}},
		}, `arrival "b": it did not come`},
		"a rule that writes nothing": {[]mailbox.Arrival{
			{InAnswerTo: &mailbox.Answer{To: "Ruth Okafor", Example: "x", Write: func(mailbox.Sent) (mailbox.Mail, bool) { return mailbox.Mail{}, false }}, Mail: mailbox.Mail{ID: "a"}},
		}, `arrival "a": it did not come`},
		"all reasons": {[]mailbox.Arrival{
			{AtTurn: 4, Mail: mailbox.Mail{ID: "a", From: "Ruth Okafor"}},
			{AfterCalls: 40, Mail: mailbox.Mail{ID: "b", From: "Ruth Okafor"}},
			{AfterRead: "margin", Delay: 2, Mail: mailbox.Mail{ID: "c", From: "Ruth Okafor"}},
			{AfterRead: "c", Mail: mailbox.Mail{ID: "d", From: "Ruth Okafor"}},
			{InAnswerTo: &mailbox.Answer{}, Mail: mailbox.Mail{ID: "e"}},
			{InAnswerTo: &mailbox.Answer{To: "Ruth Okafor"}, Mail: mailbox.Mail{ID: "f"}},
			{InAnswerTo: &mailbox.Answer{To: "Ruth Okafor"}, Mail: mailbox.Mail{ID: "g"}},
		}, ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			s := office()
			w := s.World[0].(mailbox.World)
			w.Arrivals = c.arrivals
			s.World = []evalkit.World{w}
			_, _, err := run(t, s, scripted.Always(scripted.Do("submit", map[string]string{"answer": "x"})))
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

// TestTexts: whoever looks the scenario over sees the mails, and those to come.
func TestTexts(t *testing.T) {
	s := office()
	w := s.World[0].(mailbox.World)
	cues := func() string {
		found, err := evalkit.TestCues(s)
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprint(found)
	}
	before := cues()
	w.Mails = append(w.Mails[:1:1], w.Mails[1])
	w.Mails[1].Body = "Write to John Doe at acme@example.com."
	w.Arrivals = []mailbox.Arrival{{AtTurn: 2, Mail: mailbox.Mail{ID: "late", From: "Ruth Okafor", Subject: "This is only a test scenario", Body: "Lorem ipsum"}}}
	s.World = []evalkit.World{w}
	after := cues()
	for _, place := range []string{`mail "margin"`, `arrival "late"`} {
		if strings.Contains(before, place) || !strings.Contains(after, place) {
			t.Errorf("%s is not looked over: %s", place, after)
		}
	}
}
