package stats

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// perfect30 is a judge that was right in 30 good cases and 30 bad ones.
var perfect30 = Labelled{GoodRight: 30, BadRight: 30}

func TestPerfectJudgeMovesTheThresholds(t *testing.T) {
	for _, c := range []struct {
		form         Form
		p            float64
		judge        Labelled
		above, below float64
	}{
		{AtLeast, 0.9, Labelled{}, 0.9, 0.9},
		{AtLeast, 0.9, perfect30, 0.914, 0.778},
		{AtMost, 0.1, perfect30, 0.222, 0.086}, // the mirror image
		{AtMost, 0.9, perfect30, 0.914, 0.778}, // the same rates, whatever is claimed of them
	} {
		above, below := Rule{Form: c.form, P: c.p, Judge: c.judge}.Thresholds()
		if math.Abs(above-c.above) > 0.0005 || math.Abs(below-c.below) > 0.0005 {
			t.Errorf("%v %v: thresholds %.4f and %.4f, want %v and %v", c.form, c.p, above, below, c.above, c.below)
		}
	}
	if b := perfect30.Bounds(0.05); math.Abs(b.SeLow-math.Pow(0.0125, 1.0/30)) > 1e-9 || b.SeHigh != 1 || b.SpLow != b.SeLow || b.SpHigh != 1 {
		t.Errorf("bounds %+v", b)
	}
	if r := (Rule{P: 0.9, Judge: perfect30}); math.Abs(r.Needed()-math.Log(40)) > 1e-12 {
		t.Errorf("evidence needed is %v, want log 2/α", r.Needed())
	}
}

func TestCasesWithoutAJudgementAreNeverRight(t *testing.T) {
	all, lost := Labelled{GoodRight: 30, BadRight: 30}, Labelled{GoodRight: 27, GoodLost: 3, BadRight: 30}
	a, b := all.Bounds(0.05), lost.Bounds(0.05)
	if b.SeLow >= a.SeLow || b.SeLow != ClopperPearsonLower(27, 30, 1-0.0125) {
		t.Errorf("3 of 30 without a judgement: sensitivity from %v, want that of 27 of 30", b.SeLow)
	}
	if b.SeHigh != 1 || b.SpLow != a.SpLow {
		t.Errorf("got %+v", b)
	}
}

func TestSurePartsLeaveTheUpperBoundsOpen(t *testing.T) {
	l := Labelled{GoodRight: 80, GoodWrong: 20, BadRight: 70, BadWrong: 30}
	plain := l.Bounds(0.05)
	l.GoodSure = true
	if b := l.Bounds(0.05); b.SeHigh != 1 || b.SpHigh != plain.SpHigh || b.SeLow != plain.SeLow {
		t.Errorf("good ones are partly sure: %+v, without %+v", b, plain)
	}
	r := l.Reversed()
	if !r.BadSure || r.GoodSure || r.GoodRight != 70 || r.BadWrong != 20 || r.Reversed() != l {
		t.Errorf("reversed: %+v", r)
	}
}

func TestJudgesThatProveNothing(t *testing.T) {
	for name, c := range map[string]struct {
		judge Labelled
		says  string
	}{
		"a coin":        {Labelled{GoodRight: 50, GoodWrong: 50, BadRight: 50, BadWrong: 50}, "coin"},
		"too few cases": {Labelled{GoodRight: 3, BadRight: 3}, "coin"},
		"no good case":  {Labelled{BadRight: 30}, "no good case"},
		"none judged":   {Labelled{GoodRight: 30, BadLost: 30}, "or no bad one"},
		"below 0":       {Labelled{GoodRight: 30, BadRight: 30, BadWrong: -1}, "below 0"},
		"sure of what":  {Labelled{GoodSure: true}, "no good case"},
	} {
		r := Rule{Form: AtLeast, P: 0.9, Judge: c.judge}
		if err := r.Validate(); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %q", name, err, c.says)
		}
		if r.QuickestHolds() != 0 || r.QuickestFails() != 0 {
			t.Errorf("%s: a rule that is refused names numbers of trials", name)
		}
	}
}

func TestCapsAndPricesUnderAJudge(t *testing.T) {
	plain, judged := Rule{Form: AtLeast, P: 0.9, Cap: 400}, Rule{Form: AtLeast, P: 0.9, Cap: 400, Judge: perfect30}
	if p, j := plain.QuickestHolds(), judged.QuickestHolds(); j <= p {
		t.Errorf("quickest holds %d, without a judge %d", j, p)
	}
	if p, j := plain.QuickestFails(), judged.QuickestFails(); j < p {
		t.Errorf("quickest fails %d, without a judge %d", j, p)
	}
	a, _ := Price(plain, 0.98)
	b, err := Price(judged, 0.98)
	if err != nil || b.PHolds >= a.PHolds || b.Trials <= a.Trials {
		t.Errorf("price %+v, without a judge %+v, %v", b, a, err)
	}
	judged.Cap = 0
	resolved, err := judged.Resolve()
	if err != nil {
		t.Fatal(err)
	}
	if row, _ := Price(resolved, 0.98); row.PHolds < 0.8 {
		t.Errorf("at the default cap of %d a good model holds in %.2f", resolved.Cap, row.PHolds)
	}
	resolved.Cap--
	if row, _ := Price(resolved, 0.98); row.PHolds >= 0.8 {
		t.Errorf("a cap of %d would have been enough: %.2f", resolved.Cap, row.PHolds)
	}
	poor := Rule{Form: AtLeast, P: 0.9, Judge: Labelled{GoodRight: 27, GoodWrong: 3, BadRight: 27, BadWrong: 3}}
	if _, err := poor.Resolve(); err == nil || !strings.Contains(err.Error(), "label more cases") {
		t.Errorf("a judge by which no good model can be told: %v", err)
	}
}

func TestMirrorImageUnderAJudge(t *testing.T) {
	random := rand.New(rand.NewPCG(51, 52))
	judge := Labelled{GoodRight: 57, GoodWrong: 3, GoodLost: 1, BadRight: 45, BadWrong: 5, BadSure: true}
	least := sequence(t, Rule{Form: AtLeast, P: 0.8, Cap: 300, Judge: judge})
	most := sequence(t, Rule{Form: AtMost, P: 0.2, Cap: 300, Judge: judge.Reversed()})
	for i := range 300 {
		m := randomMark(random, 0.85)
		other := m
		switch m {
		case Good:
			other = Bad
		case Bad:
			other = Good
		}
		if err := least.Set(i, m); err != nil {
			t.Fatal(err)
		}
		if err := most.Set(i, other); err != nil {
			t.Fatal(err)
		}
		a, b := least.Decision(), most.Decision()
		if a.Verdict != b.Verdict || a.Index != b.Index || math.Abs(a.LogEPlus-b.LogEPlus) > 1e-9 || math.Abs(a.LogEMinus-b.LogEMinus) > 1e-9 {
			t.Fatalf("after %d: %+v and its mirror image %+v", i+1, a, b)
		}
	}
}

func TestIntervalsAgreeWithVerdictsUnderAJudge(t *testing.T) {
	random := rand.New(rand.NewPCG(53, 54))
	for round := range 400 {
		r := Rule{Form: Form(round % 2), P: []float64{0.3, 0.5, 0.7}[round%3], Cap: 200, Judge: Labelled{GoodRight: 95, GoodWrong: 5, BadRight: 88, BadWrong: 12}}
		s, rate := sequence(t, r), random.Float64()
		for i := range r.Cap {
			if err := s.Set(i, draw(random, rate)); err != nil {
				t.Fatal(err)
			}
		}
		d := s.Decision()
		low, high := d.Interval[0], d.Interval[1]
		up := d.Verdict == Holds && r.Form == AtLeast || d.Verdict == Fails && r.Form == AtMost
		down := d.Verdict == Fails && r.Form == AtLeast || d.Verdict == Holds && r.Form == AtMost
		open := d.Verdict == Undecided || d.Verdict == Unjudgeable
		if up && low < r.P || down && high > r.P || open && (low > r.P || high < r.P) || low > high {
			t.Fatalf("%v %v: %v with the interval %v", r.Form, r.P, d.Verdict, d.Interval)
		}
		plus, minus := r.LogE(d.Good, d.Bad, d.Lost)
		if math.Abs(plus-d.LogEPlus) > 1e-9 || math.Abs(minus-d.LogEMinus) > 1e-9 {
			t.Fatalf("Rule.LogE gives %v and %v, the decision has %v and %v", plus, minus, d.LogEPlus, d.LogEMinus)
		}
	}
}

// erring is one series of trials of a true rate, marked by a judge of known errors, under a rule that knows as much of
// the judge as its labelled cases tell; or nothing.
func erring(t *testing.T, random *rand.Rand, r Rule, cases int, se, sp float64, moved bool) Verdict {
	t.Helper()
	judge := func(good bool) bool {
		if good {
			return random.Float64() < se
		}
		return random.Float64() >= sp
	}
	var l Labelled
	for range cases {
		if judge(true) {
			l.GoodRight++
		} else {
			l.GoodWrong++
		}
		if judge(false) {
			l.BadWrong++
		} else {
			l.BadRight++
		}
	}
	if moved {
		r.Judge = l
	}
	s := sequence(t, r)
	for i := range r.Cap {
		mark := Bad
		if judge(random.Float64() < r.P) { // the truth is the threshold itself: either verdict is wrong
			mark = Good
		}
		if err := s.Set(i, mark); err != nil {
			t.Fatal(err)
		}
		if d := s.Decision(); d.Verdict != Open {
			return d.Verdict
		}
	}
	return s.Decision().Verdict
}

func TestWrongVerdictsStayUnderAlphaAlthoughTheJudgeErrs(t *testing.T) {
	if testing.Short() {
		t.Skip("simulates some thousand series")
	}
	const series = 1200
	bound := DefaultAlpha + 3*math.Sqrt(DefaultAlpha*(1-DefaultAlpha)/series)
	for _, c := range []struct {
		name   string
		rule   Rule
		se, sp float64
		wrong  Verdict // that the judge's errors bring about
	}{
		{"misses good ones", Rule{Form: AtLeast, P: 0.9}, 0.9, 0.95, Fails},
		{"is fooled by bad ones", Rule{Form: AtLeast, P: 0.8}, 0.99, 0.6, Holds},
		{"at most, misses what is counted", Rule{Form: AtMost, P: 0.5}, 0.75, 0.95, Holds},
		{"at most, cries wolf", Rule{Form: AtMost, P: 0.1}, 0.95, 0.85, Fails},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.rule.Cap = 300
			count := func(moved bool) map[Verdict]int {
				random := rand.New(rand.NewPCG(55, 56))
				n := map[Verdict]int{}
				for range series {
					n[erring(t, random, c.rule, 60, c.se, c.sp, moved)]++
				}
				return n
			}
			got, plain := count(true), count(false)
			t.Logf("wrong verdicts of %d: %d hold, %d fail; with plain thresholds %d and %d", series, got[Holds], got[Fails], plain[Holds], plain[Fails])
			for _, v := range []Verdict{Holds, Fails} {
				if rate := float64(got[v]) / series; rate > bound {
					t.Errorf("wrong %q in %.3f of the series, more than %.3f", v, rate, bound)
				}
			}
			if rate := float64(plain[c.wrong]) / series; rate < 0.5 {
				t.Errorf("with plain thresholds wrong %q in %.3f only: this shows nothing", c.wrong, rate)
			}
		})
	}
}

// Where state alone shows some good trials to be good, the judge's upper bound says nothing of the whole.
func TestPartsThatAreSureAreAllowedFor(t *testing.T) {
	if testing.Short() {
		t.Skip("simulates some hundred series")
	}
	const series, cases, se, sp = 400, 600, 0.6, 0.98
	run := func(sure bool) (holds int) {
		random := rand.New(rand.NewPCG(57, 58))
		for range series {
			l := Labelled{GoodSure: sure}
			for range cases {
				if random.Float64() < se {
					l.GoodRight++
				} else {
					l.GoodWrong++
				}
				if random.Float64() < sp {
					l.BadRight++
				} else {
					l.BadWrong++
				}
			}
			s := sequence(t, Rule{Form: AtLeast, P: 0.8, Cap: 300, Judge: l})
			for i := 0; i < 300 && s.Decision().Verdict == Open; i++ {
				right, mark := random.Float64(), Bad
				switch good := random.Float64() < 0.8; {
				case good && random.Float64() < 0.5, good && right < se, !good && right >= sp:
					mark = Good
				}
				if err := s.Set(i, mark); err != nil {
					t.Fatal(err)
				}
			}
			if s.Decision().Verdict == Holds {
				holds++
			}
		}
		return holds
	}
	with, without := run(true), run(false)
	t.Logf("of %d series at the threshold %d hold wrongly, and %d if it is not said that some are sure", series, with, without)
	if with > series/20 {
		t.Errorf("%d of %d hold wrongly", with, series)
	}
	if without < series/2 {
		t.Errorf("only %d of %d hold wrongly where it is not said: this shows nothing", without, series)
	}
}

// The moved thresholds are not bought with silence.
func TestVerdictsAreStillReachedUnderAJudge(t *testing.T) {
	r := Rule{Form: AtLeast, P: 0.8, Cap: 300, Judge: Labelled{GoodRight: 98, GoodWrong: 2, BadRight: 95, BadWrong: 5}}
	if row, err := Price(r, 0.99); err != nil || row.PHolds < 0.8 {
		t.Errorf("%+v, %v", row, err)
	}
	if row, err := Price(r, 0.4); err != nil || row.PFails < 0.95 {
		t.Errorf("%+v, %v", row, err)
	}
}

func TestCertificatesUnderAJudge(t *testing.T) {
	r := Rule{Form: AtLeast, P: 0.9, Judge: perfect30}
	c, err := NewCertificate(r, strings.Repeat("1", 80))
	if err != nil || c.Verdict != Holds || c.Judge == nil {
		t.Fatalf("%+v, %v", c, err)
	}
	data, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	again, err := ParseCertificate(data)
	if err != nil || again.Verify() != nil {
		t.Fatalf("%s: %v, %v", data, err, again.Verify())
	}
	plain, _ := NewCertificate(Rule{Form: AtLeast, P: 0.9}, strings.Repeat("1", 80))
	if plain.Index >= c.Index {
		t.Errorf("with the judge it holds after %d, without after %d", c.Index, plain.Index)
	}
	if old, _ := json.Marshal(plain); strings.Contains(string(old), "judge") || strings.Contains(string(old), "above") {
		t.Errorf("a certificate without a judge speaks of one: %s", old)
	}
	for name, c := range map[string]struct{ from, to, says string }{
		"a better judge":     {`"good_right":30`, `"good_right":300`, "thresholds"},
		"other thresholds":   {`"above":0.9`, `"above":0.8`, "thresholds"},
		"no judge":           {`"judge":{"good_right":30,"good_wrong":0,"bad_right":30,"bad_wrong":0},`, ``, "without the judge"},
		"a judge of no case": {`"good_right":30,"good_wrong":0,"bad_right":30,"bad_wrong":0`, ``, "without a labelled case"},
		"a coin":             {`"good_right":30`, `"good_right":0`, "no good case"},
	} {
		text := strings.Replace(string(data), c.from, c.to, 1)
		if text == string(data) {
			t.Fatalf("%s: nothing was changed in %s", name, data)
		}
		forged, err := ParseCertificate([]byte(text))
		if err == nil {
			err = forged.Verify()
		}
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %q", name, err, c.says)
		}
	}
}
