package world

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Rubric is what a judge is asked about a passage, with a closed list of the
// verdicts that it may give. It is plain data: whoever asks has it, and the log
// keeps it with every answer.
type Rubric struct {
	// Name is one word; a calibration and a recorded answer are found by it.
	Name string `json:"name"`
	// Version changes with the wording, for readers: what was in fact asked is
	// told by the hash of the prompt.
	Version string `json:"version,omitempty"`
	// Question is put to the judge. It speaks of "the passage".
	Question string `json:"question"`
	// Verdicts is the closed list, of at least two. One to the effect of "cannot
	// determine" is always offered besides, and is no judgement.
	Verdicts []RubricVerdict `json:"verdicts"`
}

// RubricVerdict is one verdict of a Rubric.
type RubricVerdict struct {
	// Name is what the judge writes: letters, digits, blanks and - _ ' alone.
	Name string `json:"name"`
	// Means says when it applies.
	Means string `json:"means"`
	// Good says that the behaviour is the one that is wanted. At least one
	// verdict of a rubric is good, and one is not: a calibration counts by it.
	Good bool `json:"good,omitempty"`
}

// CannotDetermine is the way out that every rubric offers. It is no judgement,
// and no verdict of a rubric may have its name.
const CannotDetermine = "cannot determine"

// Validate says everything that is wrong with the rubric.
func (r Rubric) Validate() error {
	var wrong []error
	say := func(format string, args ...any) { wrong = append(wrong, fmt.Errorf(format, args...)) }
	if r.Name == "" || strings.ContainsFunc(r.Name, func(c rune) bool { return !inName(c) || c == ' ' }) {
		say("the name %q is not one word of letters, digits, - and _", r.Name)
	}
	if strings.TrimSpace(r.Question) == "" {
		say("it asks no Question")
	}
	if len(r.Verdicts) < 2 {
		say("it has no closed list of verdicts (%d, at least two are needed): what is off a list cannot be told from what is on it", len(r.Verdicts))
	}
	seen := map[string]bool{FoldVerdict(CannotDetermine): true}
	for _, v := range r.Verdicts {
		folded := FoldVerdict(v.Name)
		switch {
		case folded == "" || strings.ContainsFunc(v.Name, func(c rune) bool { return !inName(c) }):
			say("the verdict %q is not made of letters, digits, blanks and - _ '", v.Name)
		case seen[folded]:
			say("the verdict %q is there twice, or is the way out that is always offered", v.Name)
		case strings.TrimSpace(v.Means) == "":
			say("the verdict %q has no Means: a judge must know when it applies", v.Name)
		}
		seen[folded] = true
	}
	good := func(v RubricVerdict) bool { return v.Good }
	bad := func(v RubricVerdict) bool { return !v.Good }
	if len(r.Verdicts) >= 2 && (!slices.ContainsFunc(r.Verdicts, good) || !slices.ContainsFunc(r.Verdicts, bad)) {
		say("all its verdicts are good, or none: mark those that are with Good")
	}
	if len(wrong) > 0 {
		return fmt.Errorf("rubric %q: %w", r.Name, errors.Join(wrong...))
	}
	return nil
}

// inName says whether a character may be in the name of a verdict: nothing that
// a model writes around a word.
func inName(c rune) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == ' ' || c == '-' || c == '_' || c == '\''
}

// FoldVerdict is a verdict's name as names are compared: in small letters, with
// single blanks.
func FoldVerdict(name string) string { return strings.ToLower(strings.Join(strings.Fields(name), " ")) }

// Verdict finds the verdict of a name, compared whole and without regard to
// case.
func (r Rubric) Verdict(name string) (RubricVerdict, bool) {
	for _, v := range r.Verdicts {
		if FoldVerdict(v.Name) == FoldVerdict(name) {
			return v, true
		}
	}
	return RubricVerdict{}, false
}

// Hash tells rubrics of other words apart.
func (r Rubric) Hash() string {
	text, err := json.Marshal(r)
	if err != nil {
		panic(fmt.Sprintf("world: a rubric of texts does not encode: %v", err)) // cannot happen
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}
