package stats

import (
	"container/heap"
	"math/rand/v2"
	"testing"
)

// A seeded simulation of trials that run many at a time and take time that depends on their outcome. Good behaviour
// takes a time drawn from the exponential law with mean 1, bad behaviour the same times slower.

type running struct {
	index int
	ends  float64
	mark  Mark
}

type clock []running

func (c clock) Len() int           { return len(c) }
func (c clock) Less(i, j int) bool { return c[i].ends < c[j].ends }
func (c clock) Swap(i, j int)      { c[i], c[j] = c[j], c[i] }
func (c *clock) Push(x any)        { *c = append(*c, x.(running)) }
func (c *clock) Pop() any {
	last := (*c)[len(*c)-1]
	*c = (*c)[:len(*c)-1]
	return last
}

type setting struct {
	rate       float64
	slower     float64
	atOnce     int
	lostIfBad  bool
	asFinished bool // the mistake: evidence in the order of finishing
}

// simulate runs one series to its verdict.
func simulate(t *testing.T, random *rand.Rand, r Rule, with setting) Verdict {
	t.Helper()
	s := sequence(t, r)
	var now float64
	var c clock
	started, ended := 0, 0
	start := func() {
		next := running{index: started, mark: draw(random, with.rate)}
		took := random.ExpFloat64()
		if next.mark == Bad {
			took *= with.slower
			if with.lostIfBad {
				next.mark = Lost
			}
		}
		next.ends = now + took
		heap.Push(&c, next)
		started++
	}
	for {
		for len(c) < with.atOnce && started < s.Rule().Cap {
			start()
		}
		done := heap.Pop(&c).(running)
		now = done.ends
		if with.asFinished {
			set(t, s, ended, done.mark)
		} else {
			s.Grow(started)
			set(t, s, done.index, done.mark)
		}
		ended++
		if d := s.Decision(); d.Verdict != Open {
			return d.Verdict
		}
	}
}

// shares of 500 series that hold and that fail.
func shares(t *testing.T, r Rule, with setting) (holds, fails float64) {
	t.Helper()
	const runs = 500
	random := rand.New(rand.NewPCG(11, 12))
	for range runs {
		switch simulate(t, random, r, with) {
		case Holds:
			holds += 1.0 / runs
		case Fails:
			fails += 1.0 / runs
		}
	}
	return holds, fails
}

// The chance of a wrong verdict at the threshold itself stays under alpha by number, 100 at a time, however slow the
// violators; judged as they finish it does not, which shows that the simulation would notice.
func TestEvidenceByNumberKeepsAlphaWhereOrderOfFinishingDoesNot(t *testing.T) {
	r := Rule{P: 0.9, Cap: 200}
	const limit = 0.05 + 2*0.0097 // two standard errors of 500 runs
	for _, slower := range []float64{1, 5, 20} {
		holds, fails := shares(t, r, setting{rate: 0.9, slower: slower, atOnce: 100})
		t.Logf("violators %v times slower, by number: holds %.3f, fails %.3f", slower, holds, fails)
		if holds > limit || fails > limit {
			t.Errorf("violators %v times slower: holds %.3f, fails %.3f", slower, holds, fails)
		}
		mirrored, _ := shares(t, Rule{Form: AtMost, P: 0.1, Cap: 200}, setting{rate: 0.1, slower: 1 / slower, atOnce: 100})
		if mirrored > limit {
			t.Errorf("mirrored, violators %v times slower: holds %.3f", slower, mirrored)
		}
		if slower == 1 {
			continue
		}
		holds, _ = shares(t, r, setting{rate: 0.9, slower: slower, atOnce: 100, asFinished: true})
		t.Logf("violators %v times slower, as they finish: holds %.3f", slower, holds)
		if holds < 0.4 {
			t.Errorf("as they finish, violators %v times slower: holds %.3f: the simulation shows nothing", slower, holds)
		}
	}
}

// Violators that always break off: 80 % good overall must not pass for 90 %.
func TestLostViolatorsDoNotPass(t *testing.T) {
	for _, atOnce := range []int{1, 100} {
		holds, fails := shares(t, Rule{P: 0.9}, setting{rate: 0.8, slower: 5, atOnce: atOnce, lostIfBad: true})
		if holds > 0.05 || fails > 0 {
			t.Errorf("%d at once: holds %.3f, fails %.3f", atOnce, holds, fails)
		}
	}
}

// A rate that drifts but never rises above the threshold is covered too: E is an e-process for each path of rates.
func TestDriftingRatesKeepAlpha(t *testing.T) {
	const runs, n = 1000, 300
	random := rand.New(rand.NewPCG(13, 14))
	held := 0
	for range runs {
		s := sequence(t, Rule{P: 0.9, Cap: n})
		for i := 0; s.Decision().Verdict == Open; i++ {
			set(t, s, i, draw(random, 0.9-0.1*float64(i%50)/50))
		}
		if s.Decision().Verdict == Holds {
			held++
		}
	}
	if held > runs/20 {
		t.Errorf("%d of %d hold", held, runs)
	}
}
