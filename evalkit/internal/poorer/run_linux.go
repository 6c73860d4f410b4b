package poorer

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// User is the ordinary user that tests are run as.
const User = 65534

// Run runs one test of this binary on a poorer machine, as this user or as an
// ordinary one, and gives what it wrote. It skips where this process cannot make
// such a machine.
func Run(t testing.TB, kind Kind, ordinary bool, test string) string {
	t.Helper()
	if ordinary && os.Geteuid() != 0 {
		t.Skip("only root makes a machine for somebody else; this user's own is another case")
	}
	dir, binary := Copy(t)
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, "-test.run=^"+test+"$", "-test.v", "-test.timeout=2m")
	cmd.Dir = dir
	cmd.WaitDelay = 10 * time.Second
	cmd.Env = append(os.Environ(), kindEnv+"="+string(kind), "TMPDIR="+dir, "HOME="+dir)
	uid := os.Geteuid()
	if ordinary {
		uid = User
		cmd.Env = append(cmd.Env, userEnv+"="+strconv.Itoa(uid))
	}
	cmd.SysProcAttr = attributes(kind, uid)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", kind, err, out)
	}
	return string(out)
}

// attributes are the namespaces in which the machine is made poorer.
func attributes(kind Kind, uid int) *syscall.SysProcAttr {
	own := []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}}
	groups := []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}}
	a := &syscall.SysProcAttr{}
	if os.Geteuid() == 0 { // all ids, as they are
		own[0].Size, groups[0].Size = 1<<31-1, 1<<31-1
		a.GidMappingsEnableSetgroups = true
	}
	switch {
	case kind == NoNamespaces:
		a.Cloneflags = syscall.CLONE_NEWUSER
	case kind == CoveredProc && os.Geteuid() == 0:
		a.Cloneflags = syscall.CLONE_NEWNS
		return a
	case kind == CoveredProc:
		a.Cloneflags = syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS
	default:
		return nil
	}
	a.UidMappings, a.GidMappings = own, groups
	return a
}

// Copy puts this binary where everybody can run it, in a folder where everybody
// can write, and takes both away with the test.
func Copy(t testing.TB) (dir, binary string) {
	t.Helper()
	dir, err := os.MkdirTemp("", "copy")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	self, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	binary = filepath.Join(dir, "copy.test")
	syscall.ForkLock.RLock() // a child that inherits what is being written keeps it from being run
	err = os.WriteFile(binary, self, 0o755)
	syscall.ForkLock.RUnlock()
	if err != nil {
		t.Fatal(err)
	}
	return dir, binary
}
