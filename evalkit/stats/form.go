package stats

import "fmt"

// Form says on which side of its threshold a rate must lie.
type Form int

const (
	AtLeast Form = iota // the rate is at least P
	AtMost              // the rate is at most P: AtLeast(1−P) with good and bad exchanged
)

var formWords = [...]string{"at least", "at most"}

// String is "at least" or "at most".
func (f Form) String() string {
	if f < 0 || int(f) >= len(formWords) {
		return fmt.Sprintf("Form(%d)", int(f))
	}
	return formWords[f]
}

// MarshalText writes the words.
func (f Form) MarshalText() ([]byte, error) {
	if f < 0 || int(f) >= len(formWords) {
		return nil, fmt.Errorf("form %d: none of %q", int(f), formWords)
	}
	return []byte(formWords[f]), nil
}

// UnmarshalText reads what MarshalText wrote.
func (f *Form) UnmarshalText(text []byte) error {
	for i, words := range formWords {
		if string(text) == words {
			*f = Form(i)
			return nil
		}
	}
	return fmt.Errorf("form %q: none of %q", text, formWords)
}
