package report

// palette colours text, or does nothing where colour was not asked for.
type palette bool

func (p palette) paint(code, s string) string {
	if !p || s == "" {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

func (p palette) bold(s string) string   { return p.paint("1", s) }
func (p palette) dim(s string) string    { return p.paint("2", s) }
func (p palette) red(s string) string    { return p.paint("31", s) }
func (p palette) green(s string) string  { return p.paint("32", s) }
func (p palette) yellow(s string) string { return p.paint("33", s) }
func (p palette) blue(s string) string   { return p.paint("34", s) }

// verdict colours a verdict: only "holds" is green, since what the others are worth depends on what was asked.
func (p palette) verdict(a Assertion, s string) string {
	switch {
	case expected(a):
		return s
	case a.Verdict == "holds" && !a.Forgiven:
		return p.green(s)
	case a.Verdict == "fails", a.Verdict == "error", a.Verdict == "unjudgeable":
		return p.red(s)
	case a.Verdict == "all", a.Verdict == "none":
		return s
	}
	return p.yellow(s)
}
