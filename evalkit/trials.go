package evalkit

import (
	"fmt"
	"iter"
	"sync"

	"github.com/evalkit-go/evalkit/evalkit/evallog"
	"github.com/evalkit-go/evalkit/evalkit/stats"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// Trials is a series: the lazy, numbered trials of one Run. It draws only as
// many as its assertions need. Safe for concurrent use; assertions are answered
// one at a time.
type Trials struct {
	s *series

	asking sync.Mutex // held while one assertion is answered

	mu          sync.Mutex
	broken      error  // wrong from the start
	fatal       error  // ended the series
	source      source // set by prepare
	setting     Setting
	kept        []*slot                     // trials that are not void, by number
	void        []int                       // numbers of the others
	last        int                         // number of the trial that was begun last
	counted     int                         // kept[:counted] were counted by some assertion
	running     map[*slot]func(cause error) // ends a trial that is under way
	ended       []*slot                     // ended since the assertion under way last looked
	changed     chan struct{}
	asked       bool
	interrupted bool // its context ended while an assertion was waiting
	closed      bool
	rulings     []*ruling
	ends        map[transcript.End]*transcript.End // that trials share
	detach      func()
	wg          sync.WaitGroup
	log         *evallog.Writer
}

// slot is a place in the series.
type slot struct {
	of     *Trials
	number int32
	index  int32 // in kept

	facts
}

// ruling is one assertion on the series, kept for its certificate.
type ruling struct {
	question Question
	marks    []stats.Mark // by number less one; zero where it is not known
	decision stats.Decision
	verdict  string
	judge    *JudgeUse
}

// mark enters the mark of a trial.
func (r *ruling) mark(number int, m stats.Mark) {
	for len(r.marks) < number {
		r.marks = append(r.marks, 0)
	}
	r.marks[number-1] = m
}

// All yields the series' trials by number, drawing Samples of them if there are
// fewer. It counts as asking. It panics where an assertion would be in error,
// since a loop over no trial at all would look like a pass.
func (ts *Trials) All() iter.Seq[Trial] {
	return func(yield func(Trial) bool) {
		trials, err := ts.Sample()
		if err != nil {
			panic(err)
		}
		for _, t := range trials {
			if !yield(t) {
				return
			}
		}
	}
}

// Sample returns the first Samples trials of the series, in order, drawing what
// is missing; more if an earlier assertion drew more. It counts as asking.
func (ts *Trials) Sample() ([]Trial, error) {
	ts.asking.Lock()
	defer ts.asking.Unlock()
	if err := ts.begin(Question{}); err != nil {
		return nil, err
	}
	slots, err := ts.first(max(ts.s.set.samples, ts.countedSoFar()))
	if err != nil {
		return nil, err
	}
	trials := make([]Trial, len(slots))
	for i, s := range slots {
		if s.cut {
			return nil, ts.seriesError(fmt.Errorf("trial %d was cut off, or is not in the log: there is nothing to look at", s.number))
		}
		trials[i] = s.trial()
	}
	return trials, nil
}

func (ts *Trials) countedSoFar() int {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	return ts.counted
}

// first draws until the first n kept trials have ended, and returns their
// slots.
func (ts *Trials) first(n int) ([]*slot, error) {
	if ts.s.set.trial > 0 {
		n = 1
	}
	over := 0 // kept[:over] have ended
	for {
		ts.mu.Lock()
		ts.ended = nil
		for over < min(n, len(ts.kept)) && ts.kept[over].done {
			over++
		}
		waiting := over < min(n, len(ts.kept))
		missing := n - len(ts.kept)
		ts.mu.Unlock()
		if err := ts.failure(); err != nil {
			return nil, err
		}
		if !waiting && missing <= 0 {
			return ts.take(n), nil
		}
		if ts.start(n, ts.s.set.concurrency) == 0 && !waiting && ts.idle() {
			return nil, ts.exhausted(n)
		}
		if err := ts.wait(); err != nil {
			return nil, err
		}
	}
}

func (ts *Trials) take(n int) []*slot {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	ts.counted = max(ts.counted, n)
	return ts.kept[:n:n]
}

// exhausted is the error where a log that is judged again ends too early.
func (ts *Trials) exhausted(n int) error {
	if r := ts.s.reads; r != nil {
		return ts.seriesError(fmt.Errorf("the log holds %d trials, not %d; evalkit.Samples(%d) looks at all of them", r.count(), n, r.count()))
	}
	return ts.seriesError(fmt.Errorf("the log holds fewer than %d trials of this series; draw more by running without EVALKIT_REJUDGE", n))
}

// String names the series; Gomega prints it in place of a dump.
func (ts *Trials) String() string { return "trials of " + ts.s.title() }

// GomegaString keeps Gomega from dumping the struct.
func (ts *Trials) GomegaString() string { return ts.String() }
