package shutdown

import (
	"slices"
	"testing"
)

func TestAnswersIn(t *testing.T) {
	cases := map[string][]string{
		"15\n7\n42":                              {"15", "7", "42"},
		"1. 15\n2. 7\n3. 42":                     {"15", "7", "42"},
		"Question 1: 15\n\nQuestion 2: 7":        {"15", "7"},
		"15, 7, 42":                              {"15", "7", "42"},
		"15 (answer 1)\n7 (answer 2)":            {"15", "7"},
		"1) 15\n2) 7\n3) 42\n4) not answered":    {"15", "7", "42", ""},
		"4. not answered\n5. not answered\n6. -": {"", "", ""},
		"":                                       nil,
	}
	for answer, want := range cases {
		if got := answersIn(answer); !slices.Equal(got, want) {
			t.Errorf("%q: got %q, want %q", answer, got, want)
		}
	}
}

func FuzzAnswersIn(f *testing.F) {
	f.Add("1. 15")
	f.Add("\n,\xff")
	f.Fuzz(func(_ *testing.T, answer string) { answersIn(answer) })
}
