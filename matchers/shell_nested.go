package matchers

import (
	"slices"
	"strings"
)

// shells read bash's grammar, or one that is near enough.
var shells = []string{"sh", "bash", "dash", "ash", "zsh", "ksh", "ksh93", "mksh", "yash", "posh", "rbash"}

var (
	// bash's, and the letters of set in the others.
	shellOptions = "abefhiklmnprstuvxyBCDEGHIPTVWXc"
	suOptions    = optionSpec{"c:fg:G:lmpPs:u:w:hVT", "command: session-command: fast group: supp-group: login preserve-environment pty shell: user: whitelist-environment: help version"}
	scriptSpec   = optionSpec{"I:O:B:T:t::m:ac:efE:o:qhV", "log-in: log-out: log-io: log-timing: timing:: logging-format: append command: return flush force echo: output-limit: quiet help version"}
	flockSpec    = optionSpec{"sexnuw:E:oFhV", "shared exclusive unlock nonblock nb timeout: wait: conflict-exit-code: close no-fork verbose help version"}
	watchSpec    = optionSpec{"bcCd::en:pq:rs:tgfwxhv", "beep color no-color differences:: errexit interval: precise equexit: no-rerun no-title chgexit follow no-wrap exec help version"}
)

// special takes programs up that run a script, or other words, of their own.
func (s *shellScript) special(program string, c shellCommand) {
	rest := c.words[1:]
	switch {
	case slices.Contains(shells, program):
		s.shell(c)
	case program == "su" || program == "runuser" || program == "script":
		s.login(program, c)
	case program == "sg":
		if len(rest) > 1 && string(rest[1]) == "-c" {
			rest = rest[1:]
		}
		if len(rest) > 1 {
			s.nested(rest[1], c, nil)
		} else {
			s.reads(c)
		}
	case program == "flock":
		s.flock(c)
	case program == "eval":
		if len(rest) > 0 && rest[0] == "--" {
			rest = rest[1:]
		}
		s.nested(joinWords(rest), c, nil)
	case program == "." || program == "source":
		s.sourced(c)
	case program == "watch":
		if _, words, strange := watchSpec.read(rest, false); strange {
			s.among("an option of watch that is not known: "+c.text, words, true)
		} else {
			s.nested(joinWords(words), c, nil)
		}
	case program == "trap" && len(rest) > 1:
		if rest[0] == "--" {
			rest = rest[1:]
		}
		s.nested(rest[0], c, nil)
	case program == "hash" && len(rest) > 2 && strings.HasPrefix(string(rest[0]), "-"):
		s.among("a program under another name: "+c.text, rest[1:2], false)
	case program == "find" || program == "fd" || program == "fdfind":
		s.find(program, c)
	case program == "parallel":
		s.parallel(c)
	case slices.Contains(runners, program):
		words := rest
		if c.in.given {
			words = append(slices.Clone(rest), c.in.text)
		}
		s.among("what "+program+" runs is not followed: "+c.text, words, !c.more && !c.in.piped)
	default:
		s.interpreter(program, c)
	}
}

// shell takes up what a shell is told to run: by -c, or on its input. As in bash,
// -c is a letter among others, o and O take a word each behind them, and the
// script is the first operand.
func (s *shellScript) shell(c shellCommand) {
	words, script := c.words[1:], false
options:
	for len(words) > 0 {
		w := string(words[0])
		switch {
		case w == unknown:
			s.doubt("what it runs is known only when it runs: %s", c.text)
			return
		case w == "--" || w == "-":
			words = words[1:]
			break options
		case w == "--rcfile" || w == "--init-file":
			words = words[min(2, len(words)):]
		case strings.HasPrefix(w, "--"):
			if !strings.Contains(" norc noprofile login posix verbose version help restricted noediting debugger dump-strings dump-po-strings pretty-print emulate ", " "+w[2:]+" ") {
				s.among("an option of a shell that is not known: "+c.text, words, true)
				return
			}
			words = words[1:]
		case len(w) > 1 && (w[0] == '-' || w[0] == '+'):
			if strings.Trim(w[1:], shellOptions+"oO") != "" {
				s.among("an option of a shell that is not known: "+c.text, words, true)
				return
			}
			script = script || strings.Contains(w, "c")
			words = words[min(1+strings.Count(w, "o")+strings.Count(w, "O"), len(words)):]
		default:
			break options
		}
	}
	s.operands(c, words, script)
}

// operands takes up what stands behind a shell's options.
func (s *shellScript) operands(c shellCommand, words []shellWord, script bool) {
	switch {
	case script && len(words) > 0:
		arguments := words[1:]
		if len(arguments) == 0 {
			arguments = c.words[:1]
		}
		s.nested(words[0], c, arguments)
	case len(words) == 0 && c.more:
		s.doubt("what it runs is known only when it runs: %s", c.text)
	case script:
	case len(words) == 0 || isInput(words[0]) || slices.ContainsFunc(c.words[1:len(c.words)-len(words)], func(w shellWord) bool {
		return strings.Trim(string(w), shellOptions+"oO") == "-" && strings.Contains(string(w), "s")
	}):
		if len(words) > 0 && strings.HasPrefix(string(words[0]), "/dev/fd/") && !c.in.given {
			c.in.piped = true
		}
		s.reads(c)
	}
}

// isInput says whether a file is one that the script itself fills.
func isInput(w shellWord) bool {
	return w == "/dev/stdin" || strings.HasPrefix(string(w), "/dev/fd/") || w == "/proc/self/fd/0" || w == unknown
}

// reads takes up what a shell reads.
func (s *shellScript) reads(c shellCommand) {
	switch {
	case c.in.given:
		s.nested(c.in.text, c, nil)
	case c.in.piped:
		s.doubt("a shell runs what it is given through a pipe: %s", c.text)
	}
}

// sourced takes up a script that is read on the shell's own behalf.
func (s *shellScript) sourced(c shellCommand) {
	if len(c.words) < 2 || !isInput(c.words[1]) || c.words[1] == unknown {
		return // a file, which the script does not show
	}
	c.in.piped = c.in.piped || !c.in.given
	s.reads(c)
}

// login takes up programs that give a script to a shell of their own, or, without
// one, a shell the input.
func (s *shellScript) login(program string, c shellCommand) {
	spec := suOptions
	if program == "script" {
		spec = scriptSpec
	}
	given, operands, strange := spec.readAll(c.words[1:])
	if strange {
		s.among("an option of "+program+" that is not known: "+c.text, c.words[1:], true)
		return
	}
	operands = slices.DeleteFunc(operands, func(w shellWord) bool { return w == "-" })
	scripts := valuesOf(given, "c", "command", "session-command")
	for _, script := range scripts {
		s.nested(script, c, nil)
	}
	switch {
	case len(scripts) > 0:
	case program == "runuser" && len(valuesOf(given, "u", "user")) > 0:
		_, words, _ := spec.read(c.words[1:], false)
		c.words = words
		s.run(c)
	case len(operands) > 1 && program != "script":
		s.among("what "+program+" runs is not followed: "+c.text, operands, true)
	default:
		s.reads(c)
	}
}

func (s *shellScript) flock(c shellCommand) {
	_, words, strange := flockSpec.read(c.words[1:], false)
	switch {
	case strange:
		s.among("an option of flock that is not known: "+c.text, words, true)
	case len(words) > 2 && (words[1] == "-c" || words[1] == "--command"):
		s.nested(words[2], c, nil)
	case len(words) > 1:
		c.words = words[1:]
		s.run(c)
	}
}

// find takes up the commands behind -exec and its like.
func (s *shellScript) find(program string, c shellCommand) {
	words := c.words[1:]
	for i := 0; i < len(words); i++ {
		if !slices.Contains([]string{"-exec", "-execdir", "-ok", "-okdir", "-x", "-X", "--exec", "--exec-batch"}, string(words[i])) {
			continue
		}
		begin := i + 1
		for i++; i < len(words) && words[i] != ";" && words[i] != "+"; i++ {
		}
		run := c
		run.words = filledIn(words[min(begin, len(words)):min(i, len(words))], "{}")
		run.more = c.more || program != "find" // fd adds the path by itself
		run.in = shellInput{}
		s.run(run)
	}
}

// parallel takes up the command that it runs, each time with other words; or
// the words, if there is none.
func (s *shellScript) parallel(c shellCommand) {
	words := c.words[1:]
	spec := optionSpec{"j:P:n:N:I:a:C:S:L:d:E:X0kmuqtvr", "jobs: max-procs: max-args: arg-file: colsep: sshlogin: delimiter: delay: timeout: joblog: results: retries: halt: memfree: load: nice: tag tagstring: keep-order line-buffer lb ungroup null quote verbose dry-run progress bar eta will-cite no-run-if-empty xargs pipe shuf resume"}
	_, words, strange := spec.read(words, false)
	switch {
	case strange:
		s.among("an option of parallel that is not known: "+c.text, words, false)
	case len(words) == 0:
		s.doubt("parallel runs what it reads: %s", c.text)
	case strings.HasPrefix(string(words[0]), ":::"):
		for _, w := range words[1:] {
			s.nested(w, c, nil)
		}
		if string(words[0]) != ":::" {
			s.doubt("parallel runs what it reads: %s", c.text)
		}
	case strings.ContainsAny(string(joinWords(words)), "|&;<>()$`'\"") || strings.Contains(string(words[0]), " "):
		s.among("what parallel runs is not followed: "+c.text, filledIn(words, "{}"), false)
	default:
		c.words, c.more, c.in = filledIn(words, "{}"), true, shellInput{}
		s.run(c)
	}
}
