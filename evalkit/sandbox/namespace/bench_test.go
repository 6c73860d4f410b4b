//go:build linux && (amd64 || arm64)

package namespace

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
	"github.com/evalkit-go/evalkit/evalkit/sandbox/internal/system"
)

func mustOpen(b *testing.B, c sandbox.Config) sandbox.Sandbox {
	s, err := Backend{}.Open(context.Background(), c)
	if err != nil {
		b.Fatal(err)
	}
	return s
}

func BenchmarkOpen(b *testing.B) {
	for b.Loop() {
		s := mustOpen(b, sandbox.Config{})
		b.StopTimer()
		s.Close()
		b.StartTimer()
	}
}

// Opening with a network and without, in turns.
func BenchmarkOpenWithNet(b *testing.B) {
	with, _ := withNetwork()
	var took [2][]time.Duration
	for b.Loop() {
		for i, c := range []sandbox.Config{{}, with} {
			began := time.Now()
			s := mustOpen(b, c)
			took[i] = append(took[i], time.Since(began))
			s.Close()
		}
	}
	for i, name := range []string{"plain", "net"} {
		slices.Sort(took[i])
		b.ReportMetric(float64(took[i][len(took[i])/2])/1e3, "µs/"+name+"-median")
	}
}

// A command with a network and without, in turns, and a connection's cost.
func BenchmarkCommandWithNet(b *testing.B) {
	with, _ := withNetwork()
	for name, argv := range map[string][]string{
		"true": {"/bin/true"}, "bash": {"bash", "-c", "true"}, "connects": {"bash", "-c", "for i in 1 2 3 4 5 6 7 8 9 10; do exec 3<>/dev/tcp/127.0.0.1/9; done 2>/dev/null"},
	} {
		b.Run(name, func(b *testing.B) {
			var took [2][]time.Duration
			var s [2]sandbox.Sandbox
			for i, c := range []sandbox.Config{{}, with} {
				s[i] = mustOpen(b, c)
				defer s[i].Close()
			}
			for b.Loop() {
				for i := range s {
					began := time.Now()
					if _, err := s[i].Run(context.Background(), sandbox.Process{Argv: argv}); err != nil {
						b.Fatal(err)
					}
					took[i] = append(took[i], time.Since(began))
				}
			}
			for i, name := range []string{"plain", "net"} {
				slices.Sort(took[i])
				b.ReportMetric(float64(took[i][len(took[i])/2])/1e3, "µs/"+name+"-median")
			}
		})
	}
}

func BenchmarkOpenClose(b *testing.B) {
	for b.Loop() {
		mustOpen(b, sandbox.Config{}).Close()
	}
}

// A command in the sandbox and the same forked and executed bare, in turns.
func BenchmarkCommand(b *testing.B) {
	for name, argv := range map[string][]string{"bash": {"bash", "-c", "true"}, "true": {"/bin/true"}, "ls": {"ls", "-l", "/usr"}} {
		b.Run(name, func(b *testing.B) {
			s := mustOpen(b, sandbox.Config{})
			defer s.Close()
			var inside, bare []time.Duration
			for b.Loop() {
				t0 := time.Now()
				if _, err := s.Run(context.Background(), sandbox.Process{Argv: argv}); err != nil {
					b.Fatal(err)
				}
				t1 := time.Now()
				cmd := exec.Command(argv[0], argv[1:]...)
				var out, errs strings.Builder
				cmd.Stdout, cmd.Stderr, cmd.Dir, cmd.Env = &out, &errs, "/", []string{"PATH=" + system.SearchPath, "HOME=/root", "TERM=xterm", "LANG=C.UTF-8"}
				if err := cmd.Run(); err != nil {
					b.Fatal(err)
				}
				inside, bare = append(inside, t1.Sub(t0)), append(bare, time.Since(t1))
			}
			slices.Sort(inside)
			slices.Sort(bare)
			// The median, and the quickest tenth for a machine with other work.
			for name, i := range map[string]int{"median": len(bare) / 2, "tenth": len(bare) / 10} {
				b.ReportMetric(float64(inside[i])/1e3, "µs/inside-"+name)
				b.ReportMetric(float64(inside[i])/float64(bare[i]), "ratio-"+name)
			}
		})
	}
}

// A Go-answered command against /bin/true, each in a loop of one shell.
func BenchmarkCallInLoop(b *testing.B) {
	for _, name := range []string{"answered", "/bin/true"} {
		b.Run(strings.Trim(name, "/"), func(b *testing.B) {
			s := mustOpen(b, sandbox.Config{Commands: []sandbox.Command{{Path: "answered", Run: func(context.Context, *sandbox.Call) int { return 0 }}}})
			defer s.Close()
			b.ResetTimer()
			r, err := s.Run(context.Background(), sandbox.Process{Argv: []string{"bash", "-c", fmt.Sprintf("for ((i = 0; i < %d; i++)); do %s; done", b.N, name)}})
			if err != nil || r.Exit != 0 {
				b.Fatal(err, r.Exit)
			}
		})
	}
}

func BenchmarkChanges(b *testing.B) {
	for _, n := range []int{10, 10_000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			var files []sandbox.File
			for i := range n {
				files = append(files, sandbox.File{Path: fmt.Sprintf("d%d/f%d", i/100, i), Body: []byte("content\n")})
			}
			s := mustOpen(b, sandbox.Config{Files: files})
			defer s.Close()
			for b.Loop() {
				if changes, err := s.Changes(context.Background()); err != nil || len(changes) != 0 {
					b.Fatal(err, changes)
				}
			}
		})
	}
}

// memAvailable is what the system could still give out, in bytes.
func memAvailable() int64 {
	b, _ := os.ReadFile("/proc/meminfo")
	for line := range strings.Lines(string(b)) {
		var kb int64
		if _, err := fmt.Sscanf(line, "MemAvailable: %d kB", &kb); err == nil {
			return kb << 10
		}
	}
	return 0
}

// A thousand sandboxes at once; run it with -benchtime=1x.
func BenchmarkThousand(b *testing.B) {
	const n = 1000
	for b.Loop() {
		before := memAvailable()
		open := make([]sandbox.Sandbox, n)
		began := time.Now()
		var wg sync.WaitGroup
		for w := range 4 {
			wg.Go(func() {
				for i := w; i < n; i += 4 {
					s, err := Backend{}.Open(context.Background(), sandbox.Config{Files: []sandbox.File{{Path: "f", Body: []byte("x\n")}}})
					if err != nil {
						b.Error(err)
						return
					}
					open[i] = s
					if _, err := s.Run(context.Background(), sandbox.Process{Argv: []string{"true"}}); err != nil {
						b.Error(err)
					}
				}
			})
		}
		wg.Wait()
		b.ReportMetric(float64(time.Since(began))/1e6/n, "ms/open")
		b.ReportMetric(float64(before-memAvailable())/n/(1<<20), "MB/sandbox")
		status, _ := os.ReadFile("/proc/self/status")
		for line := range strings.Lines(string(status)) {
			if v, ok := strings.CutPrefix(line, "Threads:"); ok {
				threads, _ := strconv.Atoi(strings.TrimSpace(v))
				b.ReportMetric(float64(threads), "threads")
			}
		}
		began = time.Now()
		for w := range 4 {
			wg.Go(func() {
				for i := w; i < n; i += 4 {
					if open[i] != nil {
						open[i].Close()
					}
				}
			})
		}
		wg.Wait()
		b.ReportMetric(float64(time.Since(began))/1e6/n, "ms/close")
	}
}
