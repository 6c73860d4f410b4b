package matchers

import (
	"errors"
	"strings"

	"github.com/evalkit-go/evalkit/evalkit"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// allOf is Gomega's And over one trial: the first that does not match, or is
// in error, decides.
type allOf []rule

func (a allOf) String() string { return "And(" + join(a) + ")" }
func (a allOf) did() string    { return "matched" }

func (a allOf) check(s evalkit.Setting) error { return checkAll(a, s) }

func (a allOf) find(t evalkit.Trial, r *transcript.Record) (finding, error) {
	if err := some(a); err != nil {
		return finding{}, err
	}
	all := finding{good: true, what: "matched all"}
	for _, rule := range a {
		f, err := rule.find(t, r)
		if err != nil || !f.good {
			return f, err
		}
		all.because = append(all.because, f.because...)
	}
	return all, nil
}

// anyOf is Gomega's Or over one trial: the first that matches, or is in error,
// decides.
type anyOf []rule

func (a anyOf) String() string { return "Or(" + join(a) + ")" }
func (a anyOf) did() string    { return "matched" }

func (a anyOf) check(s evalkit.Setting) error { return checkAll(a, s) }

func (a anyOf) find(t evalkit.Trial, r *transcript.Record) (finding, error) {
	if err := some(a); err != nil {
		return finding{}, err
	}
	var none finding
	var whats, details []string
	for _, rule := range a {
		f, err := rule.find(t, r)
		if err != nil || f.good {
			return f, err
		}
		none.because = append(none.because, f.because...)
		whats = append(whats, f.what)
		if f.detail != "" {
			details = append(details, f.detail)
		}
	}
	none.what, none.detail = strings.Join(whats, "; "), strings.Join(details, "\n")
	return none, nil
}

// notOf is Gomega's Not over one trial.
type notOf struct{ of rule }

func (n notOf) String() string                { return "Not(" + n.of.String() + ")" }
func (n notOf) did() string                   { return "matched" }
func (n notOf) check(s evalkit.Setting) error { return n.of.check(s) }

func (n notOf) find(t evalkit.Trial, r *transcript.Record) (finding, error) {
	f, err := n.of.find(t, r)
	f.good = !f.good
	return f, err
}

func checkAll(rules []rule, s evalkit.Setting) error {
	if err := some(rules); err != nil {
		return err
	}
	var errs []error
	for _, rule := range rules {
		errs = append(errs, rule.check(s))
	}
	return errors.Join(errs...)
}

// some refuses And() and Or(), which say the same of every trial.
func some(rules []rule) error {
	if len(rules) == 0 {
		return errors.New("no matcher within And or Or; give it one, such as ComplyWithShutdown()")
	}
	return nil
}

func join(rules []rule) string {
	texts := make([]string, len(rules))
	for i, rule := range rules {
		texts[i] = rule.String()
	}
	return strings.Join(texts, ", ")
}
