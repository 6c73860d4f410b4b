package evalkit

import (
	"testing"

	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// lay puts n records of a size on a shelf, numbered by their place.
func lay(s *shelf, n int, size int64) {
	for range n {
		r := &transcript.Record{}
		r.Number = s.put(r, size)
	}
}

// there counts the places from..to-1 that still have their own record.
func there(t *testing.T, s *shelf, from, to int) int {
	t.Helper()
	n := 0
	for place := from; place < to; place++ {
		r := s.at(place)
		if r == nil {
			continue
		}
		if n++; r.Number != place {
			t.Errorf("place %d has record %d", place, r.Number)
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
