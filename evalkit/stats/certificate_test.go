package stats

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// check is the twenty lines that anyone may write: a verdict from the marks alone.
func check(c Certificate) (Verdict, int) {
	kept := 0
	good, bad, lost := 0, 0, 0
	for _, m := range c.Marks {
		switch m {
		case '.':
			continue
		case '1':
			good++
		case '0':
			bad++
		case '?', 'x':
			lost++
		}
		kept++
		above, _ := LogE(c.P, good, bad+lost)
		_, below := LogE(c.P, good+lost, bad)
		if c.Form == AtMost {
			above, below = below, above
		}
		switch {
		case math.Exp(above) >= 1/c.Alpha:
			return Holds, kept
		case math.Exp(below) >= 1/c.Alpha:
			return Fails, kept
		case kept == c.Cap:
			return Undecided, kept
		}
	}
	return Open, kept
}

func TestCertificatesAgreeWithAPlainCheck(t *testing.T) {
	random := rand.New(rand.NewPCG(15, 16))
	for round := range 600 {
		r := smallRules[round%len(smallRules)]
		marks := make([]Mark, random.IntN(2*r.Cap))
		rate := []float64{0.05, 0.5, 0.95}[random.IntN(3)]
		for i := range marks {
			marks[i] = randomMark(random, rate)
			if random.Float64() < 0.1 {
				marks[i] = Void
			}
		}
		c, err := NewCertificate(r, text(marks))
		if err != nil {
			t.Fatal(err)
		}
		want, index := check(c)
		if got := c.Verdict; c.Index != index || got != want && !(got == Unjudgeable && want == Undecided) {
			t.Fatalf("%v over %s: %v at %d, plainly %v at %d", r, c.Marks, c.Verdict, c.Index, want, index)
		}
		data, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		read, err := ParseCertificate(data)
		if err != nil || read != c {
			t.Fatalf("%s read as %+v, %v", data, read, err)
		}
		if err := read.Verify(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestVerifySaysPreciselyWhatDoesNotAgree(t *testing.T) {
	sound, err := NewCertificate(Rule{P: 0.9}, "1.0-c"+strings.Repeat("0", 3))
	if err != nil || sound.Verdict != Fails || sound.Index != 6 || sound.Trial() != 7 {
		t.Fatalf("%+v, %v, trial %d", sound, err, sound.Trial())
	}
	for _, c := range []struct {
		name string
		edit func(*Certificate)
		want []string
	}{
		{"another verdict", func(c *Certificate) { c.Verdict = Holds }, []string{"says holds, its marks give fails"}},
		{"another index", func(c *Certificate) { c.Index = 7 }, []string{"says index 7, its marks give 6"}},
		{"another E of holding", func(c *Certificate) { c.LogEPlus += 0.001 }, []string{"says log E of holding"}},
		{"another E of failing", func(c *Certificate) { c.LogEMinus = 9 }, []string{"says log E of failing 9"}},
		{"NaN", func(c *Certificate) { c.LogEMinus = math.NaN() }, []string{"says log E of failing NaN"}},
		{"a mark turned", func(c *Certificate) { c.Marks = "1.1-c000" }, []string{"log E of holding", "log E of failing"}},
		{"a mark dropped", func(c *Certificate) { c.Marks = "1.0c000" }, []string{"index 6, its marks give 5"}},
		{"the end dropped", func(c *Certificate) { c.Marks = "1.0" }, []string{"says fails, its marks give open", "index 6, its marks give 2"}},
		{"another threshold", func(c *Certificate) { c.P = 0.8 }, []string{"log E"}},
		{"another alpha", func(c *Certificate) { c.Alpha = 0.001; c.Cap = 500 }, []string{"says fails, its marks give open"}},
		{"the other form", func(c *Certificate) { c.Form = AtMost }, []string{"says fails"}},
		{"no alpha", func(c *Certificate) { c.Alpha = 0 }, []string{"must both be stated"}},
		{"no cap", func(c *Certificate) { c.Cap = 0 }, []string{"must both be stated"}},
		{"a cap that refuses its rule", func(c *Certificate) { c.Cap = 5 }, []string{"cap 5", "can never satisfy"}},
		{"a pending mark", func(c *Certificate) { c.Marks = "1_0" }, []string{"trial 2 is still pending"}},
		{"a strange mark", func(c *Certificate) { c.Marks = "10A" }, []string{`trial 3 has 'A'`}},
		{"a mark beyond ASCII", func(c *Certificate) { c.Marks = "10é" }, []string{"trial 3 has"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			forged := sound
			c.edit(&forged)
			err := forged.Verify()
			if err == nil {
				t.Fatal("verified")
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q does not say %q", err, want)
				}
			}
		})
	}
	if err := sound.Verify(); err != nil {
		t.Error(err)
	}
}

func TestParseCertificateRefuses(t *testing.T) {
	for data, want := range map[string]string{
		``:                     "not readable",
		`[]`:                   "not readable",
		`{"verdict":"passes"}`: `verdict "passes"`,
		`{"form":"about"}`:     `form "about"`,
		`{"marks":"1","p":0.9,"alpha":0.05,"cap":86,"index":1,"log_e_plus":0,"log_e_minus":0,"verdict":"open"}`:                   `no "form"`,
		`{"marks":"1","form":null,"p":0.9,"alpha":0.05,"cap":86,"index":1,"log_e_plus":0,"log_e_minus":0,"verdict":"open"}`:       `no "form"`,
		`{"marks":"1","form":"at least","p":0.9,"alpha":0,"cap":86,"index":1,"log_e_plus":0,"log_e_minus":0,"verdict":"open"}`:    "must both be stated",
		`{"marks":"1","form":"at least","p":0,"alpha":0.05,"cap":86,"index":1,"log_e_plus":0,"log_e_minus":0,"verdict":"open"}`:   "threshold 0",
		`{"marks":"1_","form":"at most","p":0.1,"alpha":0.05,"cap":86,"index":1,"log_e_plus":0,"log_e_minus":0,"verdict":"open"}`: "trial 2 is still pending",
		`{"marks":"1","p":1e400}`: "not readable",
	} {
		if c, err := ParseCertificate([]byte(data)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %+v, %v", data, c, err)
		}
	}
}

// An early verdict is announced at its worst completion; the certificate, written when all has ended, is never later.
func TestCertificateOfAnEarlyVerdict(t *testing.T) {
	r := Rule{P: 0.9}
	early := judged(t, r, "_000")
	for _, m := range allMarks {
		c, err := NewCertificate(r, string(m)+"000")
		if err != nil || c.Verdict != early.Verdict || c.Index > early.Index {
			t.Errorf("%v: %+v, %v", m, c, err)
		}
	}
}

func FuzzCertificate(f *testing.F) {
	for _, marks := range []string{"", "00", "1.0-c?x", strings.Repeat("1", 36)} {
		c, err := NewCertificate(Rule{P: 0.9}, marks)
		if err != nil {
			f.Fatal(err)
		}
		data, err := json.Marshal(c)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte(`{"marks":"1","p":5e-324,"alpha":5e-324,"cap":9223372036854775807}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := ParseCertificate(data)
		if err != nil || len(c.Marks) > 2000 {
			return
		}
		// What parses can be judged, and what was judged verifies: there is no certificate that is neither.
		again, err := NewCertificate(c.Rule(), c.Marks)
		if err != nil {
			t.Fatalf("%s: parsed, but %v", data, err)
		}
		if err := again.Verify(); err != nil {
			t.Fatalf("%s: %v", data, err)
		}
		if c.Verify() == nil && (c.Verdict != again.Verdict || c.Index != again.Index) {
			t.Fatalf("%s: verified, but the marks give %v at %d", data, again.Verdict, again.Index)
		}
		written, err := json.Marshal(again)
		if err != nil {
			t.Fatal(err)
		}
		if read, err := ParseCertificate(written); err != nil || read != again {
			t.Fatalf("%s read as %+v, %v", written, read, err)
		}
	})
}

func ExampleCertificate_Verify() {
	c, err := NewCertificate(Rule{P: 0.9}, "00")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(c.Verdict, "at", c.Index, c.Verify())
	c.Marks = "01"
	fmt.Println(strings.SplitN(c.Verify().Error(), "\n", 2)[0])
	// Output:
	// fails at 2 <nil>
	// certificate: says fails, its marks give open
}
