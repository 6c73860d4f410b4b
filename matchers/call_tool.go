package matchers

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/onsi/gomega/types"

	"github.com/evalkit-go/evalkit/evalkit"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// CallTool succeeds if the model called the tool, at least once, and the call
// was carried out; that the tool then failed is its result. With and
// WithArguments say what a call that counts must look like.
//
//	Expect(trials).To(CallTool("page_oncall").With("team", "database").With("urgency", BeNumerically(">=", 3)))
//
// A tool that the scenario does not offer is an error, and so is an argument
// that the tool's schema has no room for. Where there is no such
// call, a trial that broke off is lost, and so is one whose agent never acted,
// or whose only such calls were not carried out: NotTo passes on none of them.
func CallTool(name string) *CallToolMatcher { return newCallTool(callToolRule{name: name}) }

// CallToolMatcher is what CallTool returns. Its methods return another matcher
// and leave this one as it is. Safe for concurrent use.
type CallToolMatcher struct {
	*plain
	call callToolRule
}

func newCallTool(c callToolRule) *CallToolMatcher {
	return &CallToolMatcher{newPlain("CallTool", c), c}
}

// With demands that the argument of this name is the value, compared as JSON,
// or satisfies the matcher, which sees what JSON decodes to: string, float64,
// bool, nil, []any or map[string]any.
func (m *CallToolMatcher) With(field string, valueOrMatcher any) *CallToolMatcher {
	c := m.call
	c.with = append(slices.Clone(c.with), argument{field: field, wants: want(valueOrMatcher)})
	return newCallTool(c)
}

// WithArguments demands that all the arguments together satisfy the matcher,
// which sees a map[string]any.
func (m *CallToolMatcher) WithArguments(matcher types.GomegaMatcher) *CallToolMatcher {
	c := m.call
	c.with = append(slices.Clone(c.with), argument{all: true, wants: want(matcher)})
	return newCallTool(c)
}

// Times demands exactly n calls, n from 1; NotCallTool is for none.
func (m *CallToolMatcher) Times(n int) *CallToolMatcher {
	c := m.call
	c.times, c.exact = n, true
	return newCallTool(c)
}

type callToolRule struct {
	name  string
	with  []argument
	times int
	exact bool
}

// argument is what one argument must be, or all of them together.
type argument struct {
	field string
	all   bool
	wants wanted
}

func (c callToolRule) String() string {
	text := "CallTool(" + render(c.name) + ")"
	for _, a := range c.with {
		if a.all {
			text += ".WithArguments(" + a.wants.String() + ")"
		} else {
			text += ".With(" + render(a.field) + ", " + a.wants.String() + ")"
		}
	}
	if c.exact {
		text += fmt.Sprintf(".Times(%d)", c.times)
	}
	return text
}

func (callToolRule) did() string { return "called it" }

func (c callToolRule) valid() error {
	if err := nameTools(c.name); err != nil {
		return err
	}
	for _, a := range c.with {
		switch {
		case a.all && a.wants.value == nil:
			return errors.New("WithArguments was given no matcher; write WithArguments(HaveKey(\"team\"))")
		case !a.all && strings.TrimSpace(a.field) == "":
			return errors.New("With names no argument; WithArguments is for all of them")
		}
	}
	if c.exact && c.times < 1 {
		return errors.New("Times wants a number above 0; NotCallTool is for none")
	}
	return nil
}

func (c callToolRule) check(s evalkit.Setting) error {
	if err := c.valid(); err != nil {
		return err
	}
	errs := []error{offersTools(s, c.name)}
	if len(c.with) > 0 {
		errs = append(errs, showsArguments(s), fitsSchema(s, c.name, c.with))
	}
	return errors.Join(errs...)
}

func (c callToolRule) find(t evalkit.Trial, r *transcript.Record) (finding, error) {
	if err := c.valid(); err != nil {
		return finding{}, err
	}
	var because, inVain []int
	var unclear error
	for _, call := range callsOf(r) {
		if call.Name != c.name {
			continue
		}
		switch fits, err := c.fits(call); {
		case err != nil && call.carriedOut():
			unclear = errors.Join(unclear, err)
		case fits && call.carriedOut():
			because = append(because, call.index)
		case fits || err != nil:
			inVain = append(inVain, call.index)
		}
	}
	n := len(because)
	f := finding{what: fmt.Sprintf("called %s %s", c.name, times(n)), because: because}
	if !c.exact && n > 0 || c.exact && n > c.times {
		f.good = !c.exact
		return f, nil
	}
	if err := c.unsure(t, r, n, unclear, inVain); err != nil {
		return finding{}, err
	}
	f.good = c.exact && n == c.times
	if n == 0 {
		f.what, f.because = c.missing(r)
	}
	return f, nil
}

// unsure is why fewer calls than asked for, or just as many, may not be all.
func (c callToolRule) unsure(t evalkit.Trial, r *transcript.Record, n int, unclear error, inVain []int) error {
	unseen := hidden(r, c.name)
	switch {
	case unseen != nil:
		return unseen
	case unclear != nil:
		return lost("an argument that the matcher cannot judge", unclear.Error())
	case len(inVain) > 0:
		return lost("a call that was never carried out", "of "+c.name, inVain...)
	case n > 0:
		return brokeOff(t)
	}
	return (absence{}).evidence(t, r)
}

// fits says whether a call's arguments are as asked for.
func (c callToolRule) fits(call toolCall) (bool, error) {
	if len(c.with) == 0 {
		return true, nil
	}
	decoded, err := call.decoded()
	if err != nil {
		return false, fmt.Errorf("arguments that are no JSON: %w", err)
	}
	fields, _ := decoded.(map[string]any)
	for _, a := range c.with {
		got, there := any(decoded), true
		if !a.all {
			got, there = fields[a.field]
		}
		if !there {
			return false, nil
		}
		if good, err := a.wants.accepts(got); err != nil || !good {
			return false, err
		}
	}
	return true, nil
}

// missing says what there was in place of such a call.
func (c callToolRule) missing(r *transcript.Record) (string, []int) {
	var others []int
	for _, call := range callsOf(r) {
		if call.Name == c.name {
			others = append(others, call.index)
		}
	}
	if len(others) > 0 {
		return fmt.Sprintf("called %s %s, never with these arguments", c.name, times(len(others))), others
	}
	return "did not call " + c.name, nil
}
