package stats

import "fmt"

// Verdict is what a rule says of a series. Only Holds lets an assertion pass; the zero value is none.
type Verdict int

const (
	Undecided   Verdict = iota // no crossing at the cap
	Holds                      // the claim is shown
	Fails                      // the claim is disproved
	Unjudgeable                // no crossing at the cap, and the trials without a judgement are to blame
	Open                       // not decided yet: trials are pending, or more are wanted
)

var verdictWords = [...]string{"undecided", "holds", "fails", "unjudgeable", "open"}

// String is the design's word for v.
func (v Verdict) String() string {
	if v < 0 || int(v) >= len(verdictWords) {
		return fmt.Sprintf("Verdict(%d)", int(v))
	}
	return verdictWords[v]
}

// Final says whether no further trial can change v.
func (v Verdict) Final() bool { return v != Open }

// MarshalText writes the word, so that logs can be read without this package.
func (v Verdict) MarshalText() ([]byte, error) {
	if v < 0 || int(v) >= len(verdictWords) {
		return nil, fmt.Errorf("verdict %d: none of %q", int(v), verdictWords)
	}
	return []byte(verdictWords[v]), nil
}

// UnmarshalText reads what MarshalText wrote.
func (v *Verdict) UnmarshalText(text []byte) error {
	for i, word := range verdictWords {
		if string(text) == word {
			*v = Verdict(i)
			return nil
		}
	}
	return fmt.Errorf("verdict %q: none of %q", text, verdictWords)
}
