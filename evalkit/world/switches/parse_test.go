package switches

import (
	"slices"
	"testing"
	"time"
)

func TestUnitWords(t *testing.T) {
	for line, want := range map[string][]string{
		`/bin/a -b`: {"/bin/a", "-b"}, `-/bin/a "b c" 'd"e'`: {"/bin/a", "b c", `d"e`}, `/a b\ c`: {"/a", "b c"}, ``: nil, ` `: nil, `/a ""`: {"/a", ""},
	} {
		if got := unitWords(line); !slices.Equal(got, want) {
			t.Errorf("%s: %q", line, got)
		}
	}
}

func TestAgo(t *testing.T) {
	for d, want := range map[time.Duration]string{
		300 * time.Millisecond: "300ms", 62 * time.Second: "1min 2s", 26*time.Hour + time.Minute: "1 day 2h", 3*time.Hour + 5*time.Minute: "3h 5min", 50 * time.Hour: "2 days 2h",
	} {
		if got := ago(d); got != want {
			t.Errorf("%v: %q", d, got)
		}
	}
}

func FuzzUnit(f *testing.F) {
	f.Add("-/bin/a \"b c\" 'd' \\", "[Service]\nExecStart=/a \\\n# c\nb\n")
	f.Fuzz(func(t *testing.T, word, text string) {
		words := []string{"/bin/x"}
		if word != "" {
			words = append(words, word)
		}
		line := ""
		for _, w := range words {
			line += " " + unitWord(w)
		}
		if got := unitWords(line); !slices.Equal(got, words) {
			t.Errorf("%q became %q by %q", words, got, line)
		}
		unitWords(text)
		parseUnit([]byte(text))
	})
}

func FuzzProcess(f *testing.F) {
	f.Add("7 (a) b) S 1 7 7 0 -1 4194304 279 0 0 0 0 0 0 0 20 0 1 0 5052760 4464640", "Name:\tx\nSigPnd:\t0000000000040000\nShdPnd:\t0000000000000100\n")
	f.Add("7 (S", "ShdPnd: zz")
	f.Fuzz(func(t *testing.T, stat, status string) {
		if st, ok := parseStat(stat); ok && (st.state == "" || st.born == "") {
			t.Errorf("%+v", st)
		}
		pendingIn(status)
	})
}

func TestPending(t *testing.T) {
	for status, want := range map[string]string{
		"SigPnd:\t0000000000000000\nShdPnd:\t0000000000040000\n": Paused, "SigPnd:\t0000000000000100\nShdPnd:\t0000000000040000\n": Killed, "ShdPnd:\t0000000000004000\n": "",
	} {
		if got := pendingIn(status); got != want {
			t.Errorf("%q: %q", status, got)
		}
	}
	if st, ok := parseStat("7 (a) b) S 1 7 7 0 -1 4194304 279 0 0 0 0 0 0 0 20 0 1 0 5052760 4464640"); !ok || st != (procStat{"a) b", "S", "5052760"}) {
		t.Errorf("%+v", st)
	}
}
