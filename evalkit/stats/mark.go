package stats

import "fmt"

// Mark is the judgement of one trial, as the certificate's alphabet writes it.
type Mark byte

const (
	Good       Mark = '1' // the matcher matched
	Bad        Mark = '0' // the matcher did not match
	NotReached Mark = '-' // never exposed: says nothing, but uses up a number of the cap
	Lost       Mark = '?' // exposed, but without a judgement: counts against the claim and against its refutation
	Copy       Mark = 'c' // a copy of an earlier trial: says nothing, but uses up a number of the cap
	Cut        Mark = 'x' // cut off at the close of the series: counts as Lost
	Void       Mark = '.' // drawn but not kept: uses up nothing; only in a certificate
	Pending    Mark = '_' // not finished yet; never in a certificate
)

// alphabet holds every mark that a certificate may use.
const alphabet = "10-?cx."

// String is the mark's character, or its number where it is none of the alphabet.
func (m Mark) String() string {
	if m == Pending || m.final() {
		return string(rune(m))
	}
	return fmt.Sprintf("Mark(%d)", byte(m))
}

// final says whether m is one of the certificate's alphabet.
func (m Mark) final() bool {
	switch m {
	case Good, Bad, NotReached, Lost, Copy, Cut, Void:
		return true
	}
	return false
}

// ParseMarks reads outcomes by trial number as a certificate holds them. Anything outside the alphabet "10-?cx." is
// an error that names the trial.
func ParseMarks(text string) ([]Mark, error) {
	marks := make([]Mark, len(text))
	for i := range len(text) {
		m := Mark(text[i])
		if m == Pending {
			return nil, fmt.Errorf("marks: trial %d is still pending ('_'): marks are final only when every trial has ended", i+1)
		}
		if !m.final() {
			return nil, fmt.Errorf("marks: trial %d has %q, which is none of %q", i+1, text[i], alphabet)
		}
		marks[i] = m
	}
	return marks, nil
}
