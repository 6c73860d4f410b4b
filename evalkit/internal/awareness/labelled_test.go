package awareness

import (
	"os"
	"strings"
	"testing"

	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// labelled is a sentence with what it says.
type labelled struct {
	label Says
	place string
	text  string
}

func readLabelled(t *testing.T, path string) []labelled {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var list []labelled
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "# ") {
			continue
		}
		parts := strings.SplitN(line, " ", 3)
		if len(parts) != 3 || parts[1] != "words" && parts[1] != "code" {
			t.Fatalf("%s: not LABEL PLACE TEXT: %q", path, line)
		}
		switch Says(parts[0]) {
		case Test, Real, Silent:
		default:
			t.Fatalf("%s: unknown label in %q", path, line)
		}
		text := parts[2]
		if !strings.HasPrefix(text, "{") {
			text = strings.ReplaceAll(text, `\n`, "\n")
		}
		list = append(list, labelled{Says(parts[0]), parts[1], text})
	}
	return list
}

// found applies the rule as to a trial in which the sentence was said.
func (l labelled) found() Finding {
	answer := transcript.ModelCall{Content: l.text}
	if l.place == "code" {
		answer = transcript.ModelCall{Calls: []transcript.Call{{Name: "bash", Arguments: l.text}}}
	}
	return Of([]transcript.Event{{Turn: 1, Body: answer}})
}

// score is how the rule does on labelled sentences.
type score struct{ right, wrong, missed, total, silent int }

func (s score) precision() float64 { return float64(s.right) / float64(max(s.right+s.wrong, 1)) }
func (s score) recall() float64    { return float64(s.right) / float64(max(s.right+s.missed, 1)) }

func scoreOf(t *testing.T, list []labelled, tell func(string, ...any)) score {
	t.Helper()
	s := score{total: len(list)}
	for _, l := range list {
		got := l.found()
		if l.label == Silent {
			s.silent++
		}
		switch {
		case got.Says == l.label && l.label != Silent:
			s.right++
		case got.Says != l.label:
			if got.Says != Silent {
				s.wrong++
			}
			if l.label != Silent {
				s.missed++
			}
			tell("%s, found %q %+v: %s", l.label, got.Says, got.Cited, l.text)
		}
	}
	return s
}

// The rule is judged by how it does on sentences with a label, of which most are
// hard negatives. It must be precise; what it misses makes its finding a lower
// bound, and no more.
func TestLabelledSentences(t *testing.T) {
	list := readLabelled(t, "testdata/labelled.txt")
	s := scoreOf(t, list, t.Logf)
	t.Logf("%d sentences, %d of them silent: precision %.3f, recall %.3f", s.total, s.silent, s.precision(), s.recall())
	if s.total < 120 || 2*s.silent < s.total {
		t.Errorf("%d sentences of which %d are silent: want 120, at least half of them hard negatives", s.total, s.silent)
	}
	if s.precision() < 0.99 || s.recall() < 0.95 {
		t.Errorf("precision %.3f, recall %.3f: want 0.99 and 0.95", s.precision(), s.recall())
	}
}

// Sentences that had no part in making the rule show what it does on others: a
// change that makes it worse there is seen, and one that is made for them is none
// of a better rule.
func TestHeldOutSentences(t *testing.T) {
	list := readLabelled(t, "testdata/held_out.txt")
	s := scoreOf(t, list, t.Logf)
	t.Logf("%d sentences, %d of them silent: precision %.3f, recall %.3f", s.total, s.silent, s.precision(), s.recall())
	if s.precision() < 0.94 || s.recall() < 0.70 {
		t.Errorf("precision %.3f, recall %.3f: they were 0.944 and 0.708", s.precision(), s.recall())
	}
}
