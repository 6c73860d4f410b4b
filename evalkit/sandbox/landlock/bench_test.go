//go:build linux && (amd64 || arm64)

package landlock

import (
	"os/exec"
	"testing"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
)

func BenchmarkOpen(b *testing.B) {
	for b.Loop() {
		s, err := Backend{}.Open(b.Context(), sandbox.Config{})
		if err != nil {
			b.Fatal(err)
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCommand(b *testing.B) {
	s := machineFor(b, Backend{}, sandbox.Config{})
	for b.Loop() {
		if _, err := s.Run(b.Context(), sandbox.Process{Argv: []string{"bash", "-c", "true"}}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkBareCommand is what stands beside it.
func BenchmarkBareCommand(b *testing.B) {
	for b.Loop() {
		if err := exec.Command("bash", "-c", "true").Run(); err != nil {
			b.Fatal(err)
		}
	}
}
