package report

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// bound is an end of an interval: three decimals or, where it has more, all of them, since rounding it would move it.
func bound(x float64) string {
	if x == 0 || x == 1 {
		return strconv.Itoa(int(x))
	}
	s := strconv.FormatFloat(x, 'f', -1, 64)
	if _, decimals, _ := strings.Cut(s, "."); len(decimals) < 3 {
		s = strconv.FormatFloat(x, 'f', 3, 64)
	}
	return s
}

// Interval is an interval of a rate: "[0.900, 1]", or "–" where nothing is known.
func Interval(low, high float64) string {
	if low == 0 && high == 1 {
		return "–"
	}
	return "[" + bound(low) + ", " + bound(high) + "]"
}

// Count is a large number in few characters.
func Count(n int) string {
	switch {
	case n < 10_000:
		return strconv.Itoa(n)
	case n < 1_000_000:
		return fmt.Sprintf("%.1fk", float64(n)/1e3)
	}
	return fmt.Sprintf("%.1fM", float64(n)/1e6)
}

// Dollars is a cost, "–" where no endpoint told one.
func Dollars(x float64) string {
	switch {
	case !(x > 0):
		return "–"
	case x < 0.01:
		return "<$0.01"
	}
	return fmt.Sprintf("$%.2f", x)
}

// Elapsed is a time for a reader: 1.2s, 2m03s.
func Elapsed(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return d.Round(time.Microsecond).String()
	case d < time.Second:
		return d.Round(time.Millisecond).String()
	case d < time.Minute:
		return fmt.Sprintf("%.1fs", d.Seconds())
	}
	return d.Round(time.Second).String()
}

// clock is a time since the trial's start, in a column.
func clock(d time.Duration) string {
	return fmt.Sprintf("%02d:%05.2f", int(d/time.Minute), (d % time.Minute).Seconds())
}

// plural is "1 trial", "2 trials".
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
