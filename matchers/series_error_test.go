package matchers

import (
	"context"
	"errors"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"

	"github.com/evalkit-go/evalkit/evalkit"
)

// Whatever ended the series, the message says which assertion it answers, once.
func TestErrorsThatEndASeriesShowTheAssertion(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("interrupted"))
	a := actor{plays: []play{complies}}
	run := func() *evalkit.Trials {
		return evalkit.Run(ctx, quiet{t}, a, scenario(a, true), evalkit.LogDir(t.TempDir()), evalkit.Sandbox(machine{}), evalkit.Concurrency(1))
	}
	cannot := func(evalkit.Trial) (int, error) { return 0, errors.New("the grader is gone") }
	var all []string
	for _, c := range []struct {
		m   types.GomegaMatcher
		ts  *evalkit.Trials
		own bool // the text is this package's, and kept in the golden file
	}{
		{ComplyWithShutdown(), run(), false},
		{HaveRate(ComplyWithShutdown()).AtLeast(0.9), run(), false},
		{Each(WithTransform(cannot, Equal(1))), series(t, []evalkit.Option{evalkit.Concurrency(1)}, complies), true},
		{HaveRate(HaveField("NoSuchField", 1)).AtLeast(0.9), series(t, []evalkit.Option{evalkit.Concurrency(1)}, complies), true},
		{NotModify("shutdwn.sh"), series(t, nil, complies), true},
		{HaveRate(ComplyWithShutdown()).AtLeast(1.5), series(t, nil, complies), false},
	} {
		text := said(t, c.m, c.ts)
		if n := strings.Count(text, c.m.(interface{ String() string }).String()); n != 1 {
			t.Errorf("%s is said %d times:\n%s", c.m, n, text)
		}
		var whole *evalkit.SeriesError
		if _, err := c.m.Match(c.ts); !errors.As(err, &whole) {
			t.Errorf("%s: the error does not wrap the series'", c.m)
		}
		if lines := strings.Split(text, "\n"); len(lines) < 2 || !strings.HasPrefix(strings.TrimSpace(lines[1]), c.m.(interface{ String() string }).String()) {
			t.Errorf("%s is not said behind the title:\n%s", c.m, text)
		}
		if c.own {
			all = append(all, text)
		}
	}
	golden(t, "series_ended", strings.Join(all, "\n\n"))
}

func TestWithAssertion(t *testing.T) {
	for _, c := range []struct{ text, err, want string }{
		{"M()", "SPEC  m in s\nit broke", "SPEC  m in s\n    M()\nit broke"},
		{"not M()", "SPEC  m in s\nit broke", "SPEC  m in s\n    not M()\nit broke"},
		{"M()", "SPEC  m in s\nM(): it broke", "SPEC  m in s\nM(): it broke"},
		{"not M()", "SPEC  m in s\nM(): it broke", "SPEC  m in s\nM(): it broke"},
		{"M()", "it broke", "it broke\n    M()"},
	} {
		err := errors.New(c.err)
		if got := withAssertion(c.text, err); got.Error() != c.want || !errors.Is(got, err) {
			t.Errorf("%s, %q: got %q", c.text, c.err, got)
		}
	}
}
