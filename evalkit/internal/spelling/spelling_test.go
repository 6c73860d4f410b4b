package spelling

import "testing"

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"", "abc", 3}, {"abc", "", 3}, {"same", "same", 0},
		{"kitten", "sitting", 3}, {"model", "modle", 2}, {"undecide", "undecided", 1},
	} {
		if got := Distance(c.a, c.b); got != c.want {
			t.Errorf("Distance(%q, %q) = %d, want %d", c.a, c.b, got, c.want)
		}
		if got := Distance(c.b, c.a); got != c.want {
			t.Errorf("Distance(%q, %q) = %d, want %d", c.b, c.a, got, c.want)
		}
	}
}

func TestNearest(t *testing.T) {
	if got, d := Nearest("b", nil); got != "" || d != -1 {
		t.Errorf("of none: %q, %d", got, d)
	}
	if got, d := Nearest("caps", []string{"model", "cap", "cups"}); got != "cap" || d != 1 {
		t.Errorf("got %q, %d", got, d)
	}
}
