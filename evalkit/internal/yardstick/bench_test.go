package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/evalkit-go/evalkit/evalkit/internal/yardstick/cost"
)

// median of what was measured; the machine may be busy with something else.
func median(x []float64) float64 {
	slices.Sort(x)
	return x[len(x)/2]
}

// figures collects a benchmark's, and reports the median of each.
type figures map[string][]float64

func (f figures) add(unit string, x float64) { f[unit] = append(f[unit], x) }

func (f figures) report(b *testing.B) {
	for unit, x := range f {
		b.ReportMetric(median(x), unit)
	}
	b.ReportMetric(0, "ns/op") // of both clients together: says nothing
}

// BenchmarkBesideBare sets the CPU time of a trial beside that of a bare client
// of go-openai, in turn: of 1,000 trials, the time of one taken off.
//
//	go test -run '^$' -bench Bare -benchtime 5x ./evalkit/internal/yardstick
func BenchmarkBesideBare(b *testing.B) {
	const n = 1000
	for _, c := range []int{20, 100} {
		b.Run(fmt.Sprintf("%d at a time", c), func(b *testing.B) {
			base := startServer(b, 0)
			f := figures{}
			perTrial := func(role string) float64 {
				one, all := client(b, role, base, 1, 1), client(b, role, base, n, c)
				f.add("MiB-"+role, float64(all.Peak)/(1<<20))
				return (all.CPU - one.CPU).Seconds() * 1e3 / (n - 1)
			}
			for b.Loop() {
				bare, ours := perTrial("bare"), perTrial("evalkit")
				f.add("cpu-ms/trial-bare", bare)
				f.add("cpu-ms/trial", ours)
				f.add("x-bare-cpu", ours/bare)
			}
			f.report(b)
		})
	}
}

// BenchmarkAtOnce has 1,000 trials under way at once, each of five answers that
// take 200 ms: nobody can be quicker than a second.
func BenchmarkAtOnce(b *testing.B) {
	const n = 1000
	base := startServer(b, 200*time.Millisecond)
	f := figures{}
	for b.Loop() {
		bare, ours := client(b, "bare", base, n, n), client(b, "evalkit", base, n, n)
		f.add("s-bare", bare.wall.Seconds())
		f.add("s", ours.wall.Seconds())
		f.add("x-bare-wall", float64(ours.wall)/float64(bare.wall))
		f.add("MiB-bare", float64(bare.Peak)/(1<<20))
		f.add("MiB", float64(ours.Peak)/(1<<20))
		f.add("x-bare-memory", float64(ours.Peak)/float64(bare.Peak))
	}
	f.report(b)
}

// BenchmarkGrowth shows what a further trial costs a process, from 100 trials
// to 10,000.
func BenchmarkGrowth(b *testing.B) {
	const few, many = 100, 10_000
	base := startServer(b, 0)
	f := figures{}
	for b.Loop() {
		for _, role := range []string{"bare", "evalkit"} {
			one, small, large := client(b, role, base, 1, 1), client(b, role, base, few, 20), client(b, role, base, many, 20)
			f.add("B/further-trial-"+role, float64(large.Peak-small.Peak)/(many-few))
			f.add("cpu-ms/trial-100-"+role, (small.CPU-one.CPU).Seconds()*1e3/(few-1))
			f.add("cpu-ms/trial-10000-"+role, (large.CPU-one.CPU).Seconds()*1e3/(many-1))
		}
	}
	f.report(b)
}

// BenchmarkStartUp is a suite with one trial: a test binary run as a process.
func BenchmarkStartUp(b *testing.B) {
	binary := filepath.Join(b.TempDir(), "suite.test")
	if out, err := exec.Command("go", "test", "-c", "-o", binary, "./suite").CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	f := figures{}
	for b.Loop() {
		cmd := exec.Command(binary)
		cmd.Env = append(os.Environ(), "YARDSTICK_COST=1")
		began := time.Now()
		out, err := cmd.CombinedOutput()
		if err != nil {
			b.Fatalf("%v\n%s", err, out)
		}
		f.add("wall-ms", time.Since(began).Seconds()*1e3)
		lines := strings.Split(strings.TrimSpace(string(out)), "\n")
		own, err := cost.Parse(lines[len(lines)-1])
		if err != nil {
			b.Fatal(err)
		}
		f.add("cpu-ms", own.CPU.Seconds()*1e3)
		f.add("MiB", float64(own.Peak)/(1<<20))
	}
	f.report(b)
}
