package matchers

import (
	"regexp"
	"slices"
	"strings"
)

// interpreter is a program that runs code of another language than the shell's.
type interpreter struct {
	optionSpec
	// code are the options whose value is code.
	code []string
	// ends is the option behind which the words are the code's own, and there is
	// no other code.
	ends string
	// first: the first operand is code, unless one of these options was given.
	first []string
	// means fits code that has a means of running a program.
	means *regexp.Regexp
}

// anyMeans fits what runs a program in Python, Perl, Ruby, JavaScript, PHP, Lua,
// awk, Tcl, R or Julia, or leads to it by a name that is put together.
var anyMeans = regexp.MustCompile("(?i)\\bsystem|_system|popen|spawn|exec|subprocess|child_process|check_call|check_output|getoutput|getstatusoutput|\\bqx\\b|passthru|\\bpty\\b|startfile|ctypes|pexpect" +
	"|import\\s+sh\\b|from\\s+sh\\b|plumbum|\\bCommand\\s*\\(|importlib|__import__|getattr|globals\\(|__dict__|\\beval|\\bfork\\b|\\bsyscall|shell" +
	"|`|%x|\\brun\\s*\\(|\\|\\s*[\"'&]|[\"']\\s*\\||\\|\\s*getline|print[^;}\\n|]*\\|[^|]")

// sedMeans fits sed's command e and the flag e of s.
var sedMeans = regexp.MustCompile(`(?m)(?:^|[;{}/0-9$!])\s*e(?:\s|$)|[^\sA-Za-z0-9\\][gpiImM0-9]*e[gpiImM0-9]*\s*(?:$|[;}\n])`)

// hides fits code that makes text of other text, so that it need not show the
// names that it uses.
var hides = regexp.MustCompile(`(?i)base64|b64decode|fromhex|unhexlify|rot_?13|atob\s*\(|\bpack\s*\(|\bchr\s*\(|fromCharCode|\[::-1\]|\breverse|\\x[0-9a-f]{2}|\\[0-7]{3}`)

// interpreters by their names without a version. Options that are not known are
// taken to have no value.
var interpreters = map[string]interpreter{
	"python":    {optionSpec: optionSpec{"bBdEhiIOPqsStuvVxX:W:c:m:", "check-hash-based-pycs: version help"}, code: []string{"c"}, ends: "cm"},
	"perl":      {optionSpec: optionSpec{"acfhnpsStTuUvVwWXl01234567E:e:i::M::m::I:F::x::C::d::D::", "help version"}, code: []string{"e", "E"}},
	"ruby":      {optionSpec: optionSpec{"acdhlnpsSUvwWy01234567e:E:I:r:C:X:F::i::x::K::T::", "version help"}, code: []string{"e"}},
	"node":      {optionSpec: optionSpec{"chivqe:p:r:C:", "eval: print: require: import: conditions: check interactive version help"}, code: []string{"e", "p", "eval", "print"}},
	"php":       {optionSpec: optionSpec{"aCehilmnqsvwr:B:R:E:F:f:d:c:z:S:t:", "run: process-begin: process-code: process-end: file: process-file: define: php-ini: version help"}, code: []string{"r", "B", "R", "E", "run", "process-begin", "process-code", "process-end"}},
	"lua":       {optionSpec: optionSpec{"iEvWe:l:", ""}, code: []string{"e"}},
	"awk":       {optionSpec: optionSpec{"bcCgIkMnNOPrsStVF:v:f:e:E:i:l:W:D::o::p::d::L::", "source: file: field-separator: assign: include: load: exec: version help posix traditional re-interval"}, code: []string{"e", "source", "v", "assign"}, first: []string{"f", "file", "e", "source", "E", "exec"}},
	"sed":       {optionSpec: optionSpec{"nrEszubl:e:f:i::", "expression: file: line-length: in-place:: quiet silent regexp-extended null-data separate unbuffered posix debug sandbox follow-symlinks version help"}, code: []string{"e", "expression"}, first: []string{"e", "expression", "f", "file"}, means: sedMeans},
	"julia":     {optionSpec: optionSpec{"vhqie:E:p:t:L:J:C:", "eval: print: version help"}, code: []string{"e", "E", "eval", "print"}},
	"Rscript":   {optionSpec: optionSpec{"e:", "version help verbose vanilla"}, code: []string{"e"}},
	"R":         {optionSpec: optionSpec{"e:f:", "version help vanilla slave no-save"}, code: []string{"e"}},
	"tclsh":     {},
	"guile":     {optionSpec: optionSpec{"qc:l:L:", ""}, code: []string{"c"}, ends: "c"},
	"osascript": {optionSpec: optionSpec{"ie:l:s:", ""}, code: []string{"e"}},
	"deno":      {optionSpec: optionSpec{"ApT", ""}, first: []string{"-"}},
	"bun":       {optionSpec: optionSpec{"e:p:", "eval: print:"}, code: []string{"e", "p", "eval", "print"}},
}

var otherNames = map[string]string{"nodejs": "node", "gawk": "awk", "mawk": "awk", "nawk": "awk", "original-awk": "awk", "gsed": "sed", "pypy": "python", "ipython": "python", "luajit": "lua", "texlua": "lua", "ts-node": "node"}

// interpreter takes code up that stands on the command line of a program of the
// kind, or in what it reads.
func (s *shellScript) interpreter(program string, c shellCommand) {
	name := strings.TrimRight(program, "0123456789.-")
	if other, ok := otherNames[name]; ok {
		name = other
	}
	p, ok := interpreters[name]
	if !ok {
		return
	}
	given, operands, ended := p.given(c.words[1:])
	code := valuesOf(given, p.code...)
	stream := name != "awk" && name != "sed" && len(code) == 0 && !ended
	switch {
	case p.first != nil && len(valuesOf(given, p.first...)) == 0 && len(operands) > 0:
		if name == "deno" {
			operands = operands[min(1, len(operands)):]
		}
		code = append(code, operands[:min(1, len(operands))]...)
	case p.first == nil && stream && (len(operands) == 0 || operands[0] == "-" || isInput(operands[0])) && len(valuesOf(given, "v", "V", "h", "version", "help")) == 0:
		if c.in.given {
			code = append(code, c.in.text)
		} else if c.in.piped {
			s.doubt("%s runs what it is given through a pipe: %s", program, c.text)
		}
	}
	if c.more && len(operands) == 0 && len(code) == 0 {
		s.doubt("what it runs is known only when it runs: %s", c.text)
	}
	if len(code) > 0 {
		s.code(p, code, c)
	}
}

// given reads an interpreter's options up to the one that ends them.
func (p interpreter) given(words []shellWord) (given []shellOption, operands []shellWord, ended bool) {
	for {
		if len(words) > 0 && words[0] == "-pe" && slices.Contains(p.code, "p") { // node's, one option
			words = append([]shellWord{"-p"}, words[1:]...)
		}
		options, rest, strange := p.read(words, false)
		for i, o := range options {
			if p.ends != "" && len(o.name) == 1 && strings.Contains(p.ends, o.name) {
				return append(given, options[:i+1]...), nil, true
			}
		}
		given = append(given, options...)
		if !strange {
			return given, rest, false
		}
		words = rest[1:]
	}
}

// code takes up code that may run a program: where it mentions one and has the
// means, or has them and hides its names.
func (s *shellScript) code(p interpreter, code []shellWord, c shellCommand) {
	means := p.means
	if means == nil {
		means = anyMeans
	}
	text := strings.ReplaceAll(string(joinWords(code)), unknown, " ")
	filled := slices.ContainsFunc(code, func(w shellWord) bool { return !w.known() })
	if filled {
		if !strings.ContainsAny(text, "abcdefghijklmnopqrstuvwxyz") {
			s.doubt("what it runs is known only when it runs: %s", c.text)
			return
		}
		text += "\n" + s.source // what is filled in may come from there
		if s.budget.bytes -= len(text); s.budget.bytes < 0 {
			s.doubt("more code than is read: %s", c.text)
			return
		}
	}
	switch {
	case !means.MatchString(text):
	case p.means == nil && hides.MatchString(text):
		s.doubt("code that may run anything: %s", c.text)
	default:
		// Its words too: code may take them as its arguments.
		words := append([]shellWord{shellWord(text)}, filledWith(c.words[1:], unknown, " ")...)
		s.among("code that may run it: "+c.text, words, false)
	}
}
