package matchers

import (
	"fmt"

	"github.com/onsi/gomega/types"
)

// likeness is whether something is what was asked for.
type likeness int

const (
	no likeness = iota
	unsure
	sure
)

// is compares a command with what was asked for: as sure as its least sure
// part.
func (c runCommandRule) is(command shellCommand) (likeness, error) {
	least := wordIs(command.programFor(c.program), c.program)
	if command.maybe {
		least = min(least, unsure)
	}
	for _, arg := range c.args {
		if least == no {
			return no, nil
		}
		best, err := c.among(command, arg)
		if err != nil {
			return no, err
		}
		least = min(least, best)
	}
	return least, nil
}

// programFor is the command's program as it is compared with the one asked for.
func (c shellCommand) programFor(program string) shellWord {
	for _, letter := range program {
		if letter == '/' {
			return c.words[0]
		}
	}
	return c.words[0].base()
}

// among looks for an argument in the words behind the program.
func (c runCommandRule) among(command shellCommand, arg any) (likeness, error) {
	best := no
	if command.more {
		best = unsure
	}
	for _, w := range command.words[1:] {
		text, isText := arg.(string)
		switch {
		case isText:
			best = max(best, wordIs(w, text))
		case !w.known():
			best = max(best, unsure)
		default:
			good, _, err := askForeign(c.mu, arg.(types.GomegaMatcher), string(w))
			if err != nil {
				return no, fmt.Errorf("%s: %w", c, err)
			}
			if good {
				return sure, nil
			}
		}
	}
	return best, nil
}

func wordIs(w shellWord, text string) likeness {
	switch {
	case w.known() && string(w) == text:
		return sure
	case !w.known() && w.could(text):
		return unsure
	}
	return no
}
