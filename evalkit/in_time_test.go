package evalkit_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/evalkit-go/evalkit/evalkit"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
	"github.com/evalkit-go/evalkit/evalkit/world"
)

// ender is a world that ends the context of Run while the series is prepared.
type ender struct{ end func() }

func (ender) Name() string { return "ender" }
func (e ender) Enter(context.Context, *world.Site, *world.Props) (world.Instance, error) {
	e.end()
	return e, nil
}
func (ender) Observe(context.Context, []transcript.Event) error { return nil }
func (ender) Finish(context.Context, transcript.End) (transcript.Outcome, error) {
	return transcript.Outcome{}, nil
}

// A context that ends while the series is prepared is not the sandbox's fault,
// whatever was under way just then.
func TestTheContextEndsInThePreparation(t *testing.T) {
	hurry := errors.New("the spec's time is over")
	for name, ask := range map[string]func(context.Context, evalkit.Scenario) error{
		"a series": func(ctx context.Context, s evalkit.Scenario) error {
			fake := &fakeT{name: t.Name()}
			defer fake.end()
			trials := evalkit.Run(ctx, fake, evalkit.MustModel("scripted/silent"), s, evalkit.LogDir(t.TempDir()))
			_, err := trials.Judge(evalkit.Question{Text: "anything"})
			_, again := trials.Judge(evalkit.Question{Text: "something else"})
			if again == nil {
				t.Error("it can be asked again")
			}
			return err
		},
		"a replay": func(ctx context.Context, s evalkit.Scenario) error {
			for _, err := range evalkit.ReplayFiles(ctx, s, []string{"testdata/none.txt"}, evalkit.LogDir(t.TempDir())) {
				return err
			}
			return nil
		},
	} {
		ctx, cancel := context.WithCancelCause(t.Context())
		s := workshop()
		s.Needs, s.World = []string{"bash"}, []evalkit.World{ender{func() { cancel(hurry) }}}
		err := ask(ctx, s)
		if err == nil || !strings.HasPrefix(err.Error(), "SPEC") || !errors.Is(err, hurry) || !strings.Contains(err.Error(), "the context ended before the first trial") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
