package stats

import (
	"fmt"
	"math"
	"testing"
)

// BenchmarkDecision is a series of 10,000 trials that end one by one with 100 always pending, asked after each.
// Nothing crosses: one trial in ten is bad against a threshold of 0.9.
func BenchmarkDecision(b *testing.B) {
	const trials, pending = 10_000, 100
	for b.Loop() {
		s := sequence(b, Rule{P: 0.9, Cap: trials})
		for i := range trials {
			s.Grow(i + pending)
			m := Good
			if i%10 == 9 {
				m = Bad
			}
			set(b, s, i, m)
			if d := s.Decision(); d.Verdict != Open && i < trials-1 {
				b.Fatalf("%+v", d)
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/trials, "ns/trial")
}

// BenchmarkDecisionBehindASlowTrial is the worst case: the first trial ends last, so that all are pending's window.
func BenchmarkDecisionBehindASlowTrial(b *testing.B) {
	const trials = 10_000
	for b.Loop() {
		s := sequence(b, Rule{P: 0.9, Cap: trials})
		s.Grow(trials)
		for i := 1; i < trials; i++ {
			m := Good
			if i%10 == 9 {
				m = Bad
			}
			set(b, s, i, m)
			s.Decision()
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/trials, "ns/trial")
}

func BenchmarkDefaultCap(b *testing.B) {
	for name, p := range map[string]float64{"0.9": 0.9, "0.99": 0.99} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := DefaultCap(p, 0); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkPriceTable(b *testing.B) {
	for b.Loop() {
		if _, err := PriceTable(Rule{P: 0.9}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkInterval(b *testing.B) {
	for b.Loop() {
		Interval(79, 21, 3, 0.05)
	}
}

// BenchmarkAgainstWald reports the exact expected number of trials to a verdict over Wald's lower bound for any
// sequential test at these error bounds, log(1/α)/KL(truth, p), where that bound is 5 to 100: the worst over the true
// rates, for each threshold.
func BenchmarkAgainstWald(b *testing.B) {
	for _, p := range []float64{0.5, 0.7, 0.8, 0.9, 0.95} {
		b.Run(fmt.Sprint(p), func(b *testing.B) {
			var holds, fails float64
			for b.Loop() {
				holds, fails = worstAgainstWald(p)
			}
			b.ReportMetric(holds, "holds/wald")
			b.ReportMetric(fails, "fails/wald")
		})
	}
}

func worstAgainstWald(p float64) (holds, fails float64) {
	for truth := 0.005; truth < 0.9999; truth += 0.005 {
		kl := truth*math.Log(truth/p) + (1-truth)*math.Log((1-truth)/(1-p))
		bound := math.Log(20) / kl
		if !(bound >= 5 && bound <= 100) {
			continue
		}
		row := price(Rule{P: p, Alpha: 0.05, Cap: 3000}, truth, 1)
		if truth > p {
			holds = max(holds, row.Trials/bound)
		} else {
			fails = max(fails, row.Trials/bound)
		}
	}
	return holds, fails
}
