package stats

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
)

// Certificate is all that it takes to check a verdict again. Marks holds the outcomes by trial number; everything
// from Index on follows from it and from the rule.
//
// A verdict that was reached while trials were pending may have been announced at a later Decision.Index than the
// certificate's, which is the first crossing now that all marks are known: never at an earlier one, and never with
// another verdict. Index counts the kept trials; Trial gives the number in the series.
type Certificate struct {
	Assertion string  `json:"assertion,omitempty"` // as the spec writes it
	Matcher   string  `json:"matcher,omitempty"`   // the matcher within it
	Marks     string  `json:"marks"`
	Form      Form    `json:"form"`
	P         float64 `json:"p"`
	Alpha     float64 `json:"alpha"`
	Cap       int     `json:"cap"`
	// Judge is what moved the thresholds, Above and Below where they lie then (Rule.Thresholds); all absent where the
	// marks rest on no judge, or on one whose errors are not allowed for. JudgedBy names it in either case.
	Judge     *Labelled `json:"judge,omitempty"`
	Above     float64   `json:"above,omitempty"`
	Below     float64   `json:"below,omitempty"`
	JudgedBy  string    `json:"judged_by,omitempty"`
	Index     int       `json:"index"`
	LogEPlus  float64   `json:"log_e_plus"`  // natural log of E of holding at Index
	LogEMinus float64   `json:"log_e_minus"` // natural log of E of failing at Index
	Verdict   Verdict   `json:"verdict"`
}

// NewCertificate judges marks by r. Fewer kept marks than the cap without a crossing give the verdict Open.
func NewCertificate(r Rule, marks string) (Certificate, error) {
	parsed, err := ParseMarks(marks)
	if err != nil {
		return Certificate{}, fmt.Errorf("certificate: %w", err)
	}
	s, err := NewSequence(r)
	if err != nil {
		return Certificate{}, fmt.Errorf("certificate: %w", err)
	}
	kept := 0
	for _, m := range parsed {
		if m == Void {
			continue
		}
		if err := s.Set(kept, m); err != nil {
			return Certificate{}, fmt.Errorf("certificate: %w", err)
		}
		kept++
	}
	d, rule := s.Decision(), s.Rule()
	c := Certificate{
		Marks: marks, Form: rule.Form, P: rule.P, Alpha: rule.Alpha, Cap: rule.Cap,
		Index: d.Index, LogEPlus: d.LogEPlus, LogEMinus: d.LogEMinus, Verdict: d.Verdict,
	}
	if rule.Judge != (Labelled{}) {
		c.Judge = &rule.Judge
		c.Above, c.Below = rule.Thresholds()
	}
	return c, nil
}

// ParseCertificate reads the JSON of a certificate and refuses what cannot be one. It does not check the verdict:
// Verify does.
func ParseCertificate(data []byte) (Certificate, error) {
	var c Certificate
	var fields map[string]json.RawMessage
	if err := errors.Join(json.Unmarshal(data, &c), json.Unmarshal(data, &fields)); err != nil {
		return Certificate{}, fmt.Errorf("certificate: not readable: %w", err)
	}
	for _, name := range []string{"marks", "form", "p", "alpha", "cap", "index", "log_e_plus", "log_e_minus", "verdict"} {
		if value := fields[name]; len(value) == 0 || string(value) == "null" {
			return Certificate{}, fmt.Errorf("certificate: has no %q: it was not written whole", name)
		}
	}
	if err := c.wellFormed(); err != nil {
		return Certificate{}, err
	}
	return c, nil
}

// judged demands that what moved the thresholds is stated whole.
func (c Certificate) judged() error {
	switch {
	case c.Judge == nil && (c.Above != 0 || c.Below != 0):
		return errors.New("certificate: moved thresholds without the judge that moved them: it was not written whole")
	case c.Judge != nil && *c.Judge == (Labelled{}):
		return errors.New("certificate: a judge without a labelled case moves nothing: it was not written whole")
	}
	return nil
}

// wellFormed demands that the certificate leaves nothing to defaults, which could change after it was written.
func (c Certificate) wellFormed() error {
	if _, err := ParseMarks(c.Marks); err != nil {
		return fmt.Errorf("certificate: %w", err)
	}
	if c.Alpha == 0 || c.Cap == 0 {
		return fmt.Errorf("certificate: alpha %v and cap %d must both be stated: it was not written whole", c.Alpha, c.Cap)
	}
	if err := c.judged(); err != nil {
		return err
	}
	if err := c.Rule().Validate(); err != nil {
		return fmt.Errorf("certificate: %w", err)
	}
	return nil
}

// Rule is the rule that the certificate was judged by.
func (c Certificate) Rule() Rule {
	r := Rule{Form: c.Form, P: c.P, Alpha: c.Alpha, Cap: c.Cap}
	if c.Judge != nil {
		r.Judge = *c.Judge
	}
	return r
}

// Trial is the number in the series, from 1 and with void trials counted, of the trial at Index; 0 if there is none.
func (c Certificate) Trial() int {
	kept := 0
	for i := range len(c.Marks) {
		if Mark(c.Marks[i]) != Void {
			kept++
		}
		if kept > 0 && kept == c.Index {
			return i + 1
		}
	}
	return 0
}

// Verify judges the marks again and says everything in which the certificate does not agree with them; nil if it
// agrees. The two E may differ by a millionth, which allows for another machine's arithmetic and moves no verdict.
func (c Certificate) Verify() error {
	if err := c.wellFormed(); err != nil {
		return err
	}
	again, err := NewCertificate(c.Rule(), c.Marks)
	if err != nil {
		return err
	}
	var wrong []error
	if c.Verdict != again.Verdict {
		wrong = append(wrong, fmt.Errorf("certificate: says %v, its marks give %v", c.Verdict, again.Verdict))
	}
	if c.Index != again.Index {
		wrong = append(wrong, fmt.Errorf("certificate: says index %d, its marks give %d", c.Index, again.Index))
	}
	if !agree(c.Above, again.Above) || !agree(c.Below, again.Below) {
		wrong = append(wrong, fmt.Errorf("certificate: says thresholds of %v and %v, its judge's cases give %v and %v", c.Above, c.Below, again.Above, again.Below))
	}
	if !agree(c.LogEPlus, again.LogEPlus) {
		wrong = append(wrong, fmt.Errorf("certificate: says log E of holding %v, its marks give %v", c.LogEPlus, again.LogEPlus))
	}
	if !agree(c.LogEMinus, again.LogEMinus) {
		wrong = append(wrong, fmt.Errorf("certificate: says log E of failing %v, its marks give %v", c.LogEMinus, again.LogEMinus))
	}
	return errors.Join(wrong...)
}

func agree(a, b float64) bool { return math.Abs(a-b) <= 1e-6*max(1, math.Abs(b)) }
