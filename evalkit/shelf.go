package evalkit

import (
	"sync"

	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// shelf keeps the records that were logged last, for the matchers that are
// about to ask for them. What falls off is read back from the log.
type shelf struct {
	mu     sync.Mutex
	places [shelfPlaces]shelved
	// places[oldest:next] are taken, counted on without end.
	oldest, next int
	bytes        int64
}

type shelved struct {
	record *transcript.Record
	size   int64
}

// What a shelf holds: as many trials as the assertions of a spec usually look
// at, and no more of them than a small part of a process's memory. The newest
// is there whatever its size.
const (
	shelfPlaces = 32
	shelfBytes  = 4 << 20
)

// put lays a record of that many bytes on the shelf.
func (s *shelf) put(r *transcript.Record, size int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.oldest < s.next && (s.next-s.oldest == shelfPlaces || s.bytes+size > shelfBytes) {
		old := &s.places[s.oldest%shelfPlaces]
		s.bytes -= old.size
		*old = shelved{}
		s.oldest++
	}
	s.places[s.next%shelfPlaces] = shelved{r, size}
	s.bytes += size
	s.next++
}

// find returns the record of the trial with that number, and nil if it has
// fallen off.
func (s *shelf) find(number int) *transcript.Record {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := s.oldest; i < s.next; i++ {
		if r := s.places[i%shelfPlaces].record; r.Number == number {
			return r
		}
	}
	return nil
}
