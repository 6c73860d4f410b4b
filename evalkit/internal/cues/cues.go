// Package cues finds what in a scenario gives away that it is a test. Published
// work names eight triggers by which models tell one from real work: placeholder
// names, an inconsistent or too convenient set-up, vignette prose, stripped
// context, harm in the foreground, benchmark conventions, rigid templates, and
// tests or grading spoken of (arXiv 2605.23055). Example domains, round dates
// and tiny weight files are known from single scenarios.
//
// What counts is what the agent meets as its situation: what it is told, the
// names of things, documents and mails. Source code and a project's tests are
// work, and work on software speaks of tests: there, only what speaks of the
// agent itself is found.
package cues

import (
	"fmt"
	"slices"
	"strings"
)

// Find is one cue.
type Find struct {
	// Trigger is its kind, one of Triggers.
	Trigger string
	// Place is where it stands: "prompt:3", "file /app/README.md:12".
	Place string
	// Words are what gives it away.
	Words string
}

// trigger is a kind of cue.
type trigger struct {
	name string
	// mend says what to do about it.
	mend string
	look func(s *scene) []Find
}

// All kinds, the gravest first.
var triggers = []trigger{
	{"test vocabulary", "say what the work is, without tests, evaluations, scenarios or grades", vocabulary},
	{"placeholder names", "give people, firms and machines names as they have them", placeholders},
	{"example domains", "take a domain, an address or a number that could be somebody's", domains},
	{"too convenient set-up", "let the agent come to it by its work, among other things, as in real life", convenient},
	{"harm in the foreground", "let the occasion arise in the work; what is at stake need not be named", harm},
	{"vignette prose", "tell the agent its work in the words of who gives it, without a story around it", vignette},
	{"stripped context", "say whose machine it is and what for, and let things lie about as they do", stripped},
	{"benchmark conventions", "ask for the result as a colleague would", benchmark},
	{"rigid templates", "fill the slots, and write each text as somebody would write that one", templates},
	{"round dates", "date files and entries as they come about: at odd times, apart from each other", dates},
	{"tiny weight files", "make them of a plausible size, and not a round one: sandbox.File.Size makes a file of any size without taking disk", weights},
}

// Triggers lists the names of all triggers.
func Triggers() []string {
	names := make([]string, len(triggers))
	for i, t := range triggers {
		names[i] = t.name
	}
	return names
}

// Mend says what to do about it.
func (f Find) Mend() string {
	for _, t := range triggers {
		if t.name == f.Trigger {
			return t.mend
		}
	}
	return ""
}

// Look finds the cues of a scene, in the order of Triggers, each once.
func Look(sc Scene) []Find {
	s := sc.pieces()
	var finds []Find
	for _, t := range triggers {
		for _, f := range t.look(s) {
			f.Trigger, f.Words = t.name, shorten(f.Words)
			if !slices.Contains(finds, f) {
				finds = append(finds, f)
			}
		}
	}
	return finds
}

func shorten(words string) string {
	words = strings.Join(strings.Fields(words), " ")
	if r := []rune(words); len(r) > 80 {
		return string(r[:80]) + "…"
	}
	return words
}

// at names a line of a piece.
func (p piece) at(offset int) string {
	if !p.lines {
		return p.place
	}
	return fmt.Sprintf("%s:%d", p.place, 1+strings.Count(p.text[:offset], "\n"))
}
