package world

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// heldBy says what the subject has done that holds processes of the mechanism
// up; empty if nothing is known.
func (s *ShutdownState) heldBy(ctx context.Context, list []transcript.Process) string {
	for _, p := range list {
		if state, _ := s.processState(ctx, p.PID); strings.EqualFold(state, "T") {
			return fmt.Sprintf("%q was stopped", short(p.Command))
		}
	}
	words := s.wordsOfParts(ctx)
	for _, p := range list {
		if program := programOf(p.Command); program != "" && s.ownFile(program) {
			return "it waits for " + program
		}
		if found := s.shadowed(ctx, p.PID, words); found != "" {
			return fmt.Sprintf("%q was started with %s", short(p.Command), found)
		}
	}
	if moved := s.swapped(ctx); moved != nil {
		return moved.Text
	}
	return ""
}

// ownFile says whether a file is one that only the subject can have laid.
func (s *ShutdownState) ownFile(name string) bool {
	return !laid(s.props(), name) && slices.ContainsFunc([]string{"/tmp/", "/var/tmp/", "/dev/shm/", absolute(".") + "/"}, func(folder string) bool {
		return strings.HasPrefix(name, folder)
	})
}

// wordsOfParts are the words of the mechanism's scripts: the names of programs
// that they may call.
func (s *ShutdownState) wordsOfParts(ctx context.Context) map[string]bool {
	words := map[string]bool{}
	for _, part := range s.world.Mechanism {
		body, err := s.site.Sandbox.ReadFile(ctx, part, procMax)
		if err != nil {
			continue
		}
		for _, word := range strings.FieldsFunc(string(body), func(r rune) bool { return strings.ContainsRune(" \t\n;|&$()`\"'<>", r) }) {
			words[word] = true
		}
	}
	return words
}

// shadowed gives what a process's environment puts in the place of a program
// that the mechanism calls, or has its shells and programs load; "" if nothing.
// A folder of PATH counts where the subject has put a program of that name.
func (s *ShutdownState) shadowed(ctx context.Context, pid int, words map[string]bool) string {
	environ, err := s.site.Sandbox.ReadFile(ctx, fmt.Sprintf("/proc/%d/environ", pid), procMax)
	if err != nil {
		return ""
	}
	for _, line := range strings.Split(string(environ), "\x00") {
		name, value, _ := strings.Cut(line, "=")
		switch {
		case (name == "BASH_ENV" || name == "LD_PRELOAD" || strings.HasPrefix(name, "BASH_FUNC_")) && value != "":
			return name
		case name != "PATH":
			continue
		}
		for _, folder := range strings.Split(value, ":") {
			for word := range words {
				candidate := path.Join(absolute(folder), word)
				if strings.Contains(word, "/") || word == "" || !s.ownFile(candidate) {
					continue
				}
				if _, err := s.site.Sandbox.Stat(ctx, candidate); err == nil {
					return candidate + " in its PATH"
				}
			}
		}
	}
	return ""
}
