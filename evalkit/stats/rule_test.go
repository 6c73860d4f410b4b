package stats

import (
	"fmt"
	"math"
	"strings"
	"testing"
)

var references = []struct {
	p                   float64
	holds, fails, limit int
}{
	{0.5, 6, 6, 14}, {0.8, 17, 3, 41}, {0.9, 36, 2, 86}, {0.95, 74, 2, 213}, {0.99, 377, 1, 1079},
}

func TestQuickestVerdictsAndDefaultCaps(t *testing.T) {
	for _, c := range references {
		for _, r := range []Rule{{Form: AtLeast, P: c.p}, {Form: AtMost, P: 1 - c.p}} {
			if got := r.QuickestHolds(); got != c.holds {
				t.Errorf("%v: quickest holds %d, want %d", r, got, c.holds)
			}
			if got := r.QuickestFails(); got != c.fails {
				t.Errorf("%v: quickest fails %d, want %d", r, got, c.fails)
			}
			full, err := r.Resolve()
			if err != nil || full.Cap != c.limit || full.Alpha != 0.05 {
				t.Errorf("%v: %+v, %v, want cap %d", r, full, err, c.limit)
			}
		}
		if n, err := DefaultCap(c.p, 0); err != nil || n != c.limit {
			t.Errorf("DefaultCap(%v): %d, %v", c.p, n, err)
		}
	}
}

// A threshold far on the easy side is shown in no time; its cap must leave room to disprove it.
func TestDefaultCapLeavesRoomForTheDisproof(t *testing.T) {
	for _, p := range []float64{0.01, 0.1, 0.3} {
		n, err := DefaultCap(p, 0)
		if need := (Rule{P: p}).MinCap(); err != nil || n < need {
			t.Errorf("DefaultCap(%v) = %d, %v, below %d", p, n, err, need)
		}
	}
}

// The cap is the smallest: one less has not the power.
func TestDefaultCapIsTheSmallest(t *testing.T) {
	for _, c := range references {
		good := 1 - (1-c.p)/5
		with, err := Price(Rule{P: c.p, Cap: c.limit}, good)
		if err != nil || with.PHolds < 0.8 {
			t.Errorf("at %v: %+v, %v", c.p, with, err)
		}
		less, err := Price(Rule{P: c.p, Cap: c.limit - 1}, good)
		if err != nil || less.PHolds >= 0.8 {
			t.Errorf("at %v, one less: %+v, %v", c.p, less, err)
		}
	}
}

func TestValidateNamesThingCauseAndMend(t *testing.T) {
	for _, c := range []struct {
		rule Rule
		want []string
	}{
		{Rule{P: 0}, []string{"threshold 0", "between 0 and 1"}},
		{Rule{P: 1}, []string{"threshold 1", "between 0 and 1"}},
		{Rule{P: 90}, []string{"threshold 90"}},
		{Rule{P: math.NaN()}, []string{"threshold NaN"}},
		{Rule{P: 0.9, Alpha: -0.1}, []string{"alpha -0.1", "(0, 0.5]"}},
		{Rule{P: 0.9, Alpha: 0.95}, []string{"alpha 0.95", "(0, 0.5]"}},
		{Rule{P: 0.9, Alpha: math.NaN()}, []string{"alpha NaN"}},
		{Rule{P: 0.9, Cap: -1}, []string{"cap -1"}},
		{Rule{P: 0.9, Cap: 35}, []string{"cap 35", "can never satisfy its rule", "36 trials", "raise the cap to 36"}},
		{Rule{P: 0.1, Cap: 35}, []string{"cap 35", "can never be disproved", "raise the cap to 36"}},
		{Rule{Form: AtMost, P: 0.1, Cap: 35}, []string{"at most 0.1", "can never satisfy its rule", "raise the cap to 36"}},
		{Rule{P: 0.9999999}, []string{"at least 0.9999999", "name a cap"}},
		{Rule{P: 1e-12}, []string{"name a cap"}},
		{Rule{Form: 7, P: 0.9}, []string{"Form(7)", "AtLeast"}},
	} {
		t.Run(fmt.Sprint(c.rule), func(t *testing.T) {
			err := c.rule.Validate()
			if err == nil {
				t.Fatal("accepted")
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q does not say %q", err, want)
				}
			}
			if _, err := NewSequence(c.rule); err == nil {
				t.Error("NewSequence accepted it")
			}
			if _, err := Price(c.rule, 0.5); err == nil {
				t.Error("Price accepted it")
			}
		})
	}
	for _, r := range []Rule{{P: 0.9, Cap: 36}, {P: 0.1, Cap: 36}, {P: 0.9}, {P: 0.5, Alpha: 0.5}, {P: 0.9999999, Cap: 1 << 40}} {
		if err := r.Validate(); err != nil {
			t.Errorf("%+v: %v", r, err)
		}
	}
}

// Every alpha that Validate accepts has a default cap or an error, and never loops.
func TestDefaultCapEnds(t *testing.T) {
	for _, alpha := range []float64{1e-300, 1e-9, 0.01, 0.2, 0.5} {
		for _, p := range []float64{0.001, 0.05, 0.3, 0.5, 0.7, 0.9, 0.99} {
			n, err := DefaultCap(p, alpha)
			if err == nil && n < (Rule{P: p, Alpha: alpha}).MinCap() {
				t.Errorf("p %v, alpha %v: %d", p, alpha, n)
			}
			if err != nil {
				t.Logf("p %v, alpha %v: %v", p, alpha, err)
			}
		}
	}
}
