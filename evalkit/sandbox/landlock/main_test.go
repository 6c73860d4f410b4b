//go:build linux && (amd64 || arm64)

package landlock

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/evalkit-go/evalkit/evalkit/internal/poorer"
	"github.com/evalkit-go/evalkit/evalkit/sandbox"
	"github.com/evalkit-go/evalkit/evalkit/sandbox/sandboxtest"
)

// within is the context of one act.
func within(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func machineFor(t testing.TB, b Backend, c sandbox.Config) sandbox.Sandbox {
	t.Helper()
	s, err := b.Open(within(t), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func sh(t testing.TB, s sandbox.Sandbox, script string) sandbox.Result {
	t.Helper()
	r, err := s.Run(within(t), sandbox.Process{Argv: []string{"sh", "-c", script}})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// eventually polls a condition on the running system.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(time.Minute); !ok(); <-tick.C {
		if time.Now().After(end) {
			t.Fatalf("still not: %s", what)
		}
	}
}

// Every rule holds but those that need what is not promised; on the oldest
// version of Landlock that is used as well.
func TestConformance(t *testing.T) {
	most := []int{0}
	if os.Geteuid() != 0 { // whom less keeps away from the host
		most = append(most, oldest)
	}
	for _, most := range most {
		t.Run(fmt.Sprintf("version %d", most), func(t *testing.T) {
			report := sandboxtest.Run(t, Backend{most: most})
			for _, c := range report.NotPromised {
				needs := func(p sandbox.Promise) bool { return strings.Contains(c, string(p)) }
				if !needs(sandbox.OwnInit) && !needs(sandbox.SystemFiles) && !needs(sandbox.Bounded) && !needs(sandbox.OwnNetwork) {
					t.Errorf("not promised: %s", c)
				}
			}
			if len(report.Passed)+len(report.Missing) < 100 {
				t.Errorf("only %d checks passed", len(report.Passed))
			}
		})
	}
}

// The whole suite again as somebody without any privilege.
func TestAsOrdinaryUser(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("this is one")
	}
	if testing.Short() {
		t.Skip("twice the time")
	}
	dir, binary := poorer.Copy(t)
	cmd := exec.Command(binary, "-test.v", "-test.timeout=8m")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "HOME="+dir, "TMPDIR="+dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if passed := strings.Count(string(out), "--- PASS: Test"); passed < 8 {
		t.Errorf("only %d tests passed:\n%s", passed, out)
	}
}
