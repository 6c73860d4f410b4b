package matchers

import (
	"slices"
	"strings"
)

// prefix is a program that runs another, whose words follow its own.
type prefix struct {
	// valued lists the options that take the next word: "-u", "--user".
	valued []string
	// operands is the number of its own words before the other program.
	operands int
	// more: it adds arguments that the script does not show.
	more bool
	// assigns: words such as NAME=value stand before the other program.
	assigns bool
}

// prefixes are programs that run another. Options without a value need no
// entry.
var prefixes = map[string]prefix{
	"sudo":    {valued: []string{"-u", "-g", "-h", "-p", "-C", "-r", "-t", "-T", "-U", "-D", "-R", "--user", "--group", "--host", "--prompt", "--chdir", "--chroot", "--role", "--type"}, assigns: true},
	"doas":    {valued: []string{"-u", "-C"}, assigns: true},
	"env":     {valued: []string{"-u", "-C", "--unset", "--chdir"}, assigns: true},
	"nohup":   {},
	"setsid":  {},
	"command": {},
	"builtin": {},
	"exec":    {valued: []string{"-a"}},
	"time":    {valued: []string{"-f", "-o", "--format", "--output"}},
	"nice":    {valued: []string{"-n", "--adjustment"}},
	"ionice":  {valued: []string{"-c", "-n", "-p", "--class", "--classdata"}},
	"timeout": {valued: []string{"-k", "-s", "--kill-after", "--signal"}, operands: 1},
	"stdbuf":  {valued: []string{"-i", "-o", "-e", "--input", "--output", "--error"}},
	"chroot":  {operands: 1, valued: []string{"--userspec", "--groups"}},
	"taskset": {operands: 1},
	"chrt":    {operands: 1},
	"strace":  {valued: []string{"-e", "-o", "-s", "-u", "-E", "-a", "-O", "-S", "-P", "-b", "-I"}},
	"busybox": {},
	"toybox":  {},
	"xargs":   {more: true, valued: []string{"-I", "-n", "-P", "-L", "-d", "-E", "-s", "-a", "--replace", "--max-args", "--max-procs", "--max-lines", "--delimiter", "--arg-file", "--max-chars"}},
	"parallel": {more: true, valued: []string{"-j", "-n", "-N", "-I", "-a", "--jobs", "--max-args", "--arg-file", "--delay", "--timeout", "--joblog",
		"--results", "--colsep", "-C", "-S"}},
}

var shells = []string{"sh", "bash", "dash", "ash", "zsh", "ksh", "rbash"}

// command takes a simple command up, and the ones that it runs in turn.
func (s *shellScript) command(words []shellWord, in shellInput, text string) {
	s.run(words, in, false, text)
}

func (s *shellScript) run(words []shellWord, in shellInput, more bool, text string) {
	for depth := 0; len(words) > 0; depth++ {
		s.commands = append(s.commands, shellCommand{words: words, more: more, text: text})
		program := string(words[0].base())
		p, ok := prefixes[program]
		if !ok {
			s.special(program, words, in, text)
			return
		}
		if depth > 64 {
			s.doubt("too many programs that run another: %s", text)
			return
		}
		var looksUp bool
		words, looksUp = s.strip(program, p, words[1:], text)
		if looksUp {
			return
		}
		more = more || p.more
	}
}

// strip takes a prefix's own words away. It gives true if nothing is run: with
// -v, command looks a program up.
func (s *shellScript) strip(program string, p prefix, words []shellWord, text string) ([]shellWord, bool) {
	operands := p.operands
	for len(words) > 0 {
		w := string(words[0])
		switch {
		case program == "command" && strings.HasPrefix(w, "-") && strings.ContainsAny(w, "vV"):
			return nil, true
		case program == "env" && (w == "-S" || w == "--split-string"):
			if len(words) > 1 {
				s.nested(joinWords(words[1:]), text)
			}
			return nil, true
		case program == "env" && strings.HasPrefix(w, "-S"):
			s.nested(joinWords(append([]shellWord{words[0][2:]}, words[1:]...)), text)
			return nil, true
		case w == "--":
			words = words[1:]
			return words[min(operands, len(words)):], false
		case slices.Contains(p.valued, w):
			words = words[min(2, len(words)):]
		case strings.HasPrefix(w, "-") && len(w) > 1, p.assigns && isAssignment(w):
			words = words[1:]
		case operands > 0:
			operands--
			words = words[1:]
		default:
			return words, false
		}
	}
	return nil, false
}

func isAssignment(w string) bool {
	name, _, ok := strings.Cut(w, "=")
	return ok && name != "" && !strings.ContainsAny(name, "/.-")
}

// special takes programs up that run a script, or other words, of their own.
func (s *shellScript) special(program string, words []shellWord, in shellInput, text string) {
	rest := words[1:]
	switch {
	case slices.Contains(shells, program):
		s.shell(rest, in, text)
	case program == "su" || program == "script" || program == "flock" || program == "runuser":
		if script, ok := after(rest, "-c", "--command"); ok {
			s.nested(script, text)
		} else if program == "flock" && len(rest) > 1 {
			s.run(rest[1:], in, false, text)
		}
	case program == "eval":
		s.nested(joinWords(rest), text)
	case program == "watch":
		s.nested(joinWords(dropOptions(rest, "-n", "--interval")), text)
	case program == "trap" && len(rest) > 1:
		s.nested(rest[0], text)
	case program == "find" || program == "fd":
		s.find(program, rest, text)
	}
}

// shell takes up what a shell is told to run: by -c, or on its input.
func (s *shellScript) shell(words []shellWord, in shellInput, text string) {
	for i := 0; i < len(words); i++ {
		w := string(words[i])
		switch {
		case (strings.HasPrefix(w, "-") || strings.HasPrefix(w, "+")) && !strings.HasPrefix(w, "--") && strings.Contains(w, "c"):
			if script := dropOptions(words[i+1:], "-o", "+o", "-O", "+O"); len(script) > 0 {
				s.nested(script[0], text)
			}
			return
		case w == "-o" || w == "+o" || w == "-O" || w == "+O" || w == "--rcfile" || w == "--init-file":
			i++
		case w == "-s":
			i = len(words)
		case strings.HasPrefix(w, "-") || strings.HasPrefix(w, "+"):
		case w == "/dev/stdin" || strings.HasPrefix(w, "/dev/fd/") || w == unknown:
			i = len(words)
			in.piped = in.piped || !in.given
		default:
			return // a file, which the script does not show
		}
	}
	switch {
	case in.given:
		s.nested(in.text, text)
	case in.piped:
		s.doubt("a shell runs what it is given through a pipe: %s", text)
	}
}

// find takes up the commands behind -exec and its like.
func (s *shellScript) find(program string, words []shellWord, text string) {
	for i := 0; i < len(words); i++ {
		if !slices.Contains([]string{"-exec", "-execdir", "-ok", "-okdir", "-x", "-X", "--exec"}, string(words[i])) {
			continue
		}
		begin := i + 1
		for i++; i < len(words) && words[i] != ";" && words[i] != "+"; i++ {
		}
		var run []shellWord
		for _, w := range words[min(begin, len(words)):min(i, len(words))] {
			run = append(run, shellWord(strings.ReplaceAll(string(w), "{}", unknown)))
		}
		s.run(run, shellInput{}, program == "fd", text) // fd adds the path by itself
	}
}

func joinWords(words []shellWord) shellWord {
	texts := make([]string, len(words))
	for i, w := range words {
		texts[i] = string(w)
	}
	return shellWord(strings.Join(texts, " "))
}

// after is the word behind an option, apart or joined by "=".
func after(words []shellWord, options ...string) (shellWord, bool) {
	for i, w := range words {
		if slices.Contains(options, string(w)) && i+1 < len(words) {
			return words[i+1], true
		}
		if name, value, ok := strings.Cut(string(w), "="); ok && slices.Contains(options, name) {
			return shellWord(value), true
		}
	}
	return "", false
}

// dropOptions takes options away from the front.
func dropOptions(words []shellWord, valued ...string) []shellWord {
	for len(words) > 0 && strings.HasPrefix(string(words[0]), "-") {
		n := 1
		if slices.Contains(valued, string(words[0])) {
			n = 2
		}
		words = words[min(n, len(words)):]
	}
	return words
}
