package report

import (
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestSanitize(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"plain text stays", "all well: 3 of 4\n\tdone {x} #1 a::b\n", "all well: 3 of 4\n\tdone {x} #1 a::b\n"},
		{"letters of the world stay", "żółć 日本語 עברית e\u0301 👩\u200d💻", "żółć 日本語 עברית e\u0301 👩\u200d💻"},
		{"colour", "\x1b[31mred\x1b[0m", "␛[31mred␛[0m"},
		{"title of the window", "\x1b]0;pwned\a", "␛]0;pwned␇"},
		{"carriage return overwrites", "FAIL\rPASS", "FAIL␍PASS"},
		{"backspace", "no\b\byes", "no␈␈yes"},
		{"one byte CSI", "a\u009b31mb", "a<U+009B>31mb"},
		{"no UTF-8", "a\x9b31m\xff", "a<0x9B>31m<0xFF>"},
		{"bidi", "access\u202e\u2066txt.exe", "access<U+202E><U+2066>txt.exe"},
		{"no width", "pass\u200bword\ufeff", "pass<U+200B>word<U+FEFF>"},
		{"tags", "hi\U000E0041", "hi<U+E0041>"},
		{"Ginkgo's styles", "{{red}}x{{/}}", `{\{red}}x{\{/}}`},
		{"three braces", "{{{red}}}", `{\{\{red}}}`},
		{"GitHub's command", "::error::owned", `:\:error::owned`},
		{"after blanks", "a\n \u00a0\t::error::owned", "a\n \u00a0\t:\\:error::owned"},
		{"after a wide blank", "\u3000::error::x\u00a0::y", "\u3000:\\:error::x\u00a0:\\:y"},
		{"where wrapping could begin a line", "long text ::error::owned", `long text :\:error::owned`},
		{"after a line separator", "a\u2028::error::x", "a<U+2028>::error::x"},
		{"paths in code stay", "std::string, ns::f", "std::string, ns::f"},
		{"old command anywhere", "x ##[error]owned", `x ##\[error]owned`},
		{"four signs", "####[group]", `####\[group]`},
		{"Azure", "##vso[task.setvariable]", `##\vso[task.setvariable]`},
		{"heading stays", "## Title", "## Title"},
		{"replacement sign that was there stays", "\ufffd", "\ufffd"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Sanitize(c.in); got != c.want {
				t.Errorf("Sanitize(%q)\n got %q\nwant %q", c.in, got, c.want)
			}
		})
	}
}

// The conditions are written apart from the code under test, as the consoles' rules say them.
var (
	ginkgoStyle   = regexp.MustCompile(`\{\{`)
	githubCommand = regexp.MustCompile(`(?m)^[\s\p{Z}]*::`)
	oldCommand    = regexp.MustCompile(`##[A-Za-z]*\[`)
)

func dangerous(s string) string {
	switch {
	case !utf8.ValidString(s):
		return "invalid UTF-8"
	case ginkgoStyle.MatchString(s):
		return "a style of Ginkgo's"
	case githubCommand.MatchString(s):
		return "a command to the runner"
	case oldCommand.MatchString(s):
		return "an old command to the runner"
	}
	for _, r := range s {
		switch {
		case unicode.Is(unicode.Cc, r) && r != '\n' && r != '\t':
			return "a control character"
		case unicode.Is(unicode.Bidi_Control, r):
			return "a change of direction"
		}
	}
	return ""
}

func FuzzSanitize(f *testing.F) {
	for _, s := range []string{"", "::error::x", "{{red}}", "{{{{", "##[group]", "a\r\n::b", "\x1b[2J", "\xff::", "\u202e", ":\x00:", "{\u200b{", ":::", "##vso[x]", "#\u00ad#[", "\n\n ::"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := Sanitize(s)
		if why := dangerous(got); why != "" {
			t.Fatalf("Sanitize(%q) = %q holds %s", s, got, why)
		}
		if again := Sanitize(got); again != got {
			t.Fatalf("not idempotent: %q, then %q", got, again)
		}
		if got == "" && s != "" {
			t.Fatalf("Sanitize(%q) shows nothing of it", s)
		}
		if strings.Count(got, "\n") != strings.Count(s, "\n") {
			t.Fatalf("Sanitize(%q) = %q has other lines", s, got)
		}
		// Ginkgo wraps lines at blanks: no wrapping may bring a command to a line's start.
		if why := dangerous(strings.ReplaceAll(got, " ", "\n")); why != "" {
			t.Fatalf("wrapped, Sanitize(%q) = %q holds %s", s, got, why)
		}
		for i := range got { // a cut anywhere brings nothing back
			if why := dangerous(got[:i]); why != "" {
				t.Fatalf("cut, %q holds %s", got[:i], why)
			}
		}
	})
}
