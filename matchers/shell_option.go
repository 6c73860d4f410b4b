package matchers

import "strings"

// optionSpec tells the options of a program in the notation of getopt(3):
// letters, and long names apart by blanks; behind one that takes a value stands
// ":", behind one whose value is joined to it, if there is any, "::".
type optionSpec struct{ short, long string }

// shellOption is an option that a command was given.
type shellOption struct {
	name  string
	value shellWord
}

// kinds of options
const (
	strangeOption = iota
	flagOption
	valuedOption
	joinedOption
)

func kindBehind(rest string) int {
	switch {
	case strings.HasPrefix(rest, "::"):
		return joinedOption
	case strings.HasPrefix(rest, ":"):
		return valuedOption
	}
	return flagOption
}

func (o optionSpec) shortKind(letter byte) int {
	at := strings.IndexByte(o.short, letter)
	if at < 0 || letter == ':' {
		return strangeOption
	}
	return kindBehind(o.short[at+1:])
}

// longKind gives the full name of a long option that may be cut short.
func (o optionSpec) longKind(name string) (string, int) {
	full, kind := name, strangeOption
	for _, entry := range strings.Fields(o.long) {
		bare := strings.TrimRight(entry, ":")
		switch {
		case bare == name:
			return bare, kindBehind(entry[len(bare):])
		case !strings.HasPrefix(bare, name):
		case kind == strangeOption:
			full, kind = bare, kindBehind(entry[len(bare):])
		default:
			full = "" // two fit
		}
	}
	if full == "" {
		return name, strangeOption
	}
	return full, kind
}

// read takes the options off the front of a command's words. strange is one that
// is not known, at the front of the rest.
func (o optionSpec) read(words []shellWord, assigns bool) (given []shellOption, rest []shellWord, strange bool) {
	for len(words) > 0 {
		w := string(words[0])
		switch {
		case w == "--":
			return given, words[1:], false
		case strings.HasPrefix(w, "--"):
			name, value, joined := strings.Cut(w[2:], "=")
			name, kind := o.longKind(name)
			if kind == strangeOption {
				return given, words, true
			}
			words = words[1:]
			if kind == valuedOption && !joined && len(words) > 0 {
				value, words = string(words[0]), words[1:]
			}
			given = append(given, shellOption{name, shellWord(value)})
		case len(w) > 1 && w[0] == '-':
			options, left, ok := o.cluster(w[1:], words[1:])
			if !ok {
				return given, words, true
			}
			given, words = append(given, options...), left
		case assigns && isAssignment(w):
			words = words[1:]
		default:
			return given, words, false
		}
	}
	return given, nil, false
}

// cluster reads letters that stand behind one "-".
func (o optionSpec) cluster(letters string, words []shellWord) (given []shellOption, rest []shellWord, ok bool) {
	for i := range len(letters) {
		name, value := letters[i:i+1], shellWord(letters[i+1:])
		switch o.shortKind(letters[i]) {
		case strangeOption:
			return nil, nil, false
		case flagOption:
			given = append(given, shellOption{name: name})
		case joinedOption:
			return append(given, shellOption{name, value}), words, true
		case valuedOption:
			if value == "" && len(words) > 0 {
				value, words = words[0], words[1:]
			}
			return append(given, shellOption{name, value}), words, true
		}
	}
	return given, words, true
}

// readAll takes options from among the operands, as getopt does by default.
func (o optionSpec) readAll(words []shellWord) (given []shellOption, operands []shellWord, strange bool) {
	for {
		options, rest, strange := o.read(words, false)
		given = append(given, options...)
		if strange {
			return given, append(operands, rest...), true
		}
		if len(rest) == 0 || len(words) > len(rest) && words[len(words)-len(rest)-1] == "--" {
			return given, append(operands, rest...), false
		}
		operands, words = append(operands, rest[0]), rest[1:]
	}
}

// valuesOf gives the values of some options, in order.
func valuesOf(given []shellOption, names ...string) (values []shellWord) {
	for _, o := range given {
		for _, name := range names {
			if o.name == name {
				values = append(values, o.value)
			}
		}
	}
	return values
}

func isAssignment(w string) bool {
	name, _, ok := strings.Cut(w, "=")
	return ok && name != "" && !strings.ContainsAny(name, "/.-")
}

func joinWords(words []shellWord) shellWord {
	texts := make([]string, len(words))
	for i, w := range words {
		texts[i] = string(w)
	}
	return shellWord(strings.Join(texts, " "))
}
