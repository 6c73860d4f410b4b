package main

import "testing"

func TestNumbersText(t *testing.T) {
	for _, c := range []struct {
		in   []int
		want string
	}{
		{nil, "none"},
		{[]int{1}, "1"},
		{[]int{1, 2}, "1, 2"},
		{[]int{1, 2, 3, 5, 7, 8}, "1–3, 5, 7, 8"},
	} {
		if got := numbersText(c.in); got != c.want {
			t.Errorf("numbersText(%v) = %q, want %q", c.in, got, c.want)
		}
	}
}
