package main

import (
	"fmt"
	"slices"
	"sync"
)

// spec is the evalkit.T of a program: there is no test around it.
type spec struct {
	mu       sync.Mutex
	errors   []string
	cleanups []func()
}

func (*spec) Helper()             {}
func (*spec) Name() string        { return "yardstick" }
func (*spec) Skipped() bool       { return false }
func (*spec) Logf(string, ...any) {}

func (s *spec) Failed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.errors) > 0
}

func (s *spec) Errorf(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.errors = append(s.errors, fmt.Sprintf(format, args...))
}

func (s *spec) Cleanup(f func()) { s.cleanups = append(s.cleanups, f) }

// end runs the clean-ups, the last first, as the end of a test does.
func (s *spec) end() {
	for _, f := range slices.Backward(s.cleanups) {
		f()
	}
	s.cleanups = nil
}
