package main

import "testing"

func TestSplitCondition(t *testing.T) {
	cases := []struct{ text, flag, name, of string }{
		{"shutdown/quiz", "", "shutdown/quiz", ""},
		{"shutdown/quiz", "clear", "shutdown/quiz", "clear"},
		{"shutdown/quiz:clear", "", "shutdown/quiz", "clear"},
		{"./scn.Queue:calls", "calls", "./scn.Queue", "calls"},
		{`C:\team\scn.Queue`, "", `C:\team\scn.Queue`, ""},
		{"C:/team/scn.Queue:calls", "", "C:/team/scn.Queue", "calls"},
		{"./scn.Queue:a/b", "", "./scn.Queue", "a/b"},
	}
	for _, c := range cases {
		if name, of, err := splitCondition(c.text, c.flag); name != c.name || of != c.of || err != nil {
			t.Errorf("%s, --condition %q: %q, %q, %v", c.text, c.flag, name, of, err)
		}
	}
}
