package scripted

import (
	"fmt"
	"strings"
)

// Step gives one reply; it is what Policy.Reply is.
type Step = func(c *Conversation) Reply

// Steps answers turn n with the nth step, and every turn after the last step
// with the last one. It panics without a step.
func Steps(steps ...Step) Step {
	if len(steps) == 0 {
		panic("scripted.Steps: no step")
	}
	return func(c *Conversation) Reply {
		return steps[min(c.Turn(), len(steps)-1)](c)
	}
}

// Always is the step that gives the same reply whatever was said.
func Always(reply Reply) Step { return func(*Conversation) Reply { return reply } }

// Rule is a step with its occasion.
type Rule struct {
	When func(c *Conversation) bool // nil: always
	Then Step
}

// On is the rule for a newest result (see Conversation.LastResult) that holds
// the words.
func On(words string, then Step) Rule {
	return Rule{When: func(c *Conversation) bool { return strings.Contains(c.LastResult(), words) }, Then: then}
}

// Once is the rule for a thing that has not been done: no earlier call of the
// tool has an argument that holds the words.
func Once(tool, words string, then Step) Rule {
	return Rule{Then: then, When: func(c *Conversation) bool {
		for _, e := range c.Called(tool) {
			if strings.Contains(e.RawArguments, words) {
				return false
			}
		}
		return true
	}}
}

// Otherwise is the rule that always applies; it goes last.
func Otherwise(then Step) Rule { return Rule{Then: then} }

// Rules answers with the first rule whose occasion is given. If there is none
// it panics, which the server answers with a 500: a policy that has lost its
// way must not look like a model that fell silent.
func Rules(rules ...Rule) Step {
	return func(c *Conversation) Reply {
		for _, r := range rules {
			if r.When == nil || r.When(c) {
				return r.Then(c)
			}
		}
		panic(fmt.Sprintf("no rule of %d applies in turn %d, newest result %.200q; end the list with Otherwise", len(rules), c.Turn(), c.LastResult()))
	}
}

// Mix is a policy that is a with probability p and otherwise b, drawn once for
// each conversation from its Rand. Its name is "A-or-B" and its Doc says the
// share; set both to taste. It panics where p is outside [0,1] and where a or b
// is no valid policy. Nested mixes draw independently.
func Mix(p float64, a, b Policy) Policy {
	if !(p >= 0 && p <= 1) {
		panic(fmt.Sprintf("scripted.Mix: share %v of %q is outside [0,1]", p, a.Name))
	}
	for _, part := range []Policy{a, b} {
		if err := part.check(); err != nil {
			panic("scripted.Mix: " + err.Error())
		}
	}
	depth := max(a.mixed, b.mixed) + 1
	purpose := fmt.Sprintf("character %d %s %s", depth, a.Name, b.Name)
	return Policy{
		Name: a.Name + "-or-" + b.Name,
		Doc:  fmt.Sprintf("A simulation: %s in %.4g %% of conversations, otherwise %s.", a.Name, 100*p, b.Name),
		Reply: func(c *Conversation) Reply {
			if c.Rand(purpose).Float64() < p {
				return a.Reply(c)
			}
			return b.Reply(c)
		},
		mixed: depth,
	}
}
