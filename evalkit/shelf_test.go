package evalkit

import (
	"testing"

	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// lay puts n records of a size on a shelf, numbered on.
func lay(s *shelf, n int, size int64) {
	for range n {
		s.put(&transcript.Record{Number: s.next}, size)
	}
}

// there counts the numbers from..to-1 whose records are on the shelf.
func there(t *testing.T, s *shelf, from, to int) int {
	t.Helper()
	n := 0
	for number := from; number < to; number++ {
		r := s.find(number)
		if r == nil {
			continue
		}
		if n++; r.Number != number {
			t.Errorf("asked for %d, got %d", number, r.Number)
		}
	}
	return n
}

func TestShelfKeepsTheLatest(t *testing.T) {
	const small, large = 100, shelfBytes / 4
	cases := []struct {
		name string
		lay  func(*shelf)
		laid int
		want int // of the last ones
	}{
		{"fewer than places", func(s *shelf) { lay(s, 5, small) }, 5, 5},
		{"as many as places", func(s *shelf) { lay(s, shelfPlaces, small) }, shelfPlaces, shelfPlaces},
		{"more than places", func(s *shelf) { lay(s, 3*shelfPlaces+7, small) }, 3*shelfPlaces + 7, shelfPlaces},
		{"more bytes than it holds", func(s *shelf) { lay(s, 10, large) }, 10, 4},
		{"one that is too large alone", func(s *shelf) { lay(s, 10, small); lay(s, 1, 2*shelfBytes) }, 11, 1},
		{"small ones after it", func(s *shelf) { lay(s, 1, 2*shelfBytes); lay(s, 3, small) }, 4, 3},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := &shelf{}
			c.lay(s)
			if got := there(t, s, 0, c.laid-c.want); got != 0 {
				t.Errorf("%d of the older ones are still there", got)
			}
			if got := there(t, s, c.laid-c.want, c.laid); got != c.want {
				t.Errorf("%d of the last %d are there", got, c.want)
			}
		})
	}
}
