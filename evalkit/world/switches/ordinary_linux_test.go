//go:build amd64 || arm64

package switches_test

import (
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/evalkit-go/evalkit/evalkit/internal/poorer"
)

// What is real for root is for an ordinary user of this machine as well.
func TestAsOrdinaryUser(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("this is one")
	}
	if testing.Short() {
		t.Skip("twice the time")
	}
	dir, binary := poorer.Copy(t)
	cmd := exec.Command(binary, "-test.v", "-test.timeout=20m", "-test.run=TestWays|TestEvidence|TestDown|TestProbes")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "HOME="+dir, "TMPDIR="+dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65531, Gid: 65531}}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if passed := strings.Count(string(out), "--- PASS: TestWays/"); passed < 30 {
		t.Errorf("only %d ways passed:\n%s", passed, out)
	}
}
