//go:build amd64 || arm64

package namespace

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
)

// refusal is an error of the system's making: what was refused, and the mend.
func refusal(step string, cause error, mend string) error {
	return fmt.Errorf("%s: %w: %w; %s", step, cause, sandbox.ErrUnsupported, mend)
}

// sysctl reads a setting of the kernel, trimmed; empty if there is none.
func sysctl(name string) string {
	b, err := os.ReadFile("/proc/sys/" + strings.ReplaceAll(name, ".", "/"))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}

// inContainer guesses from the marks that container tools leave.
func inContainer() bool {
	for _, name := range []string{"/.dockerenv", "/run/.containerenv"} {
		if _, err := os.Stat(name); err == nil {
			return true
		}
	}
	return os.Getenv("KUBERNETES_SERVICE_HOST") != ""
}

const (
	mendContainer = "in a container it takes: docker run --security-opt seccomp=unconfined --security-opt apparmor=unconfined --security-opt systempaths=unconfined"
	mendAppArmor  = "as root: sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"
)

// refusedStart explains why the namespaces could not be had.
func refusedStart(err error, ids idMap) error {
	const step = "start in new namespaces"
	switch {
	case errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EUSERS):
		for _, kind := range []string{"user", "mnt", "pid", "net", "ipc", "uts"} {
			name := "user.max_" + kind + "_namespaces"
			if sysctl(name) == "0" {
				return refusal(step, err, "this system allows none ("+name+" is 0); as root: sysctl -w "+name+"=65536")
			}
		}
		return refusal(step, err, "a limit on namespaces is reached; close sandboxes, or raise user.max_user_namespaces and its siblings")
	case errors.Is(err, unix.EPERM), errors.Is(err, unix.EACCES) && othersMayRun("/proc/self/exe"):
		if namespacesGiven() {
			return refusal("map ids into a new user namespace", err, "the namespace itself is given; "+mendNamespaces(ids))
		}
		return refusal(step, err, mendNamespaces(ids))
	case errors.Is(err, unix.EACCES):
		return fmt.Errorf("%s: %w: the sandbox's own user must be able to run this binary; make it executable for others (chmod +rx), or build it under umask 022", step, err)
	case errors.Is(err, unix.EAGAIN), errors.Is(err, unix.ENOMEM), errors.Is(err, unix.EMFILE), errors.Is(err, unix.ENFILE):
		return fmt.Errorf("%s: %w: this machine is at a limit of processes, memory or files; run fewer sandboxes at once, or raise ulimit -u and -n", step, err)
	case errors.Is(err, unix.EINVAL), errors.Is(err, unix.ENOSYS):
		return refusal(step, err, "the kernel has no user, mount, pid, net, ipc or uts namespaces; use Linux 5.14 or newer with them")
	}
	return fmt.Errorf("%s: %w", step, err)
}

func othersMayRun(program string) bool {
	info, err := os.Stat(program)
	return err == nil && info.Mode()&0o001 != 0
}

// namespacesGiven says whether namespaces are to be had when no ids are mapped
// into them: Go tells a refused clone and a refused map by the same words. The
// process ends at once, for nobody speaks to it.
func namespacesGiven() bool {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return false
	}
	unix.Close(pair[0])
	silent := os.NewFile(uintptr(pair[1]), "silent")
	defer silent.Close()
	process, err := os.StartProcess("/proc/self/exe", []string{initName}, &os.ProcAttr{
		Env:   []string{"HOME=/"},
		Files: []*os.File{silent, silent, silent, silent},
		Sys:   &syscall.SysProcAttr{Cloneflags: namespaces},
	})
	if err != nil {
		// The program may be out of reach of a user who is nobody by then.
		return errors.Is(err, unix.EACCES) && !othersMayRun("/proc/self/exe")
	}
	process.Kill()
	process.Wait()
	return true
}

// mendNamespaces says what forbids user namespaces here.
func mendNamespaces(ids idMap) string {
	switch {
	case sysctl("kernel.unprivileged_userns_clone") == "0":
		return "as root: sysctl -w kernel.unprivileged_userns_clone=1"
	case sysctl("kernel.apparmor_restrict_unprivileged_userns") == "1":
		return mendAppArmor
	case inContainer():
		return mendContainer
	case sysctl("kernel.apparmor_restrict_unprivileged_userns") != "" && ids.credential == nil:
		return mendAppArmor
	}
	return "user namespaces, or the mapping of ids into them, are refused by a security policy (seccomp, SELinux, AppArmor); " + mendContainer
}

// refusedStep explains why a step of the set-up inside was refused.
func refusedStep(step, text string, errno syscall.Errno) error {
	cause := error(&stepError{text, errno})
	switch errno {
	case unix.ENOSPC:
		return fmt.Errorf("%s: %w: what is laid does not fit; raise Limits.Disk", step, cause)
	case unix.EPERM, unix.EACCES:
		return refusal(step, cause, mendStep(step))
	case unix.EBUSY:
		if step == "seccomp" {
			return refusal(step, cause, "this process runs under a supervisor that listens for system calls already, as in LXD or in another sandbox; run it outside of that")
		}
	case unix.ENODEV, unix.EINVAL, unix.ENOSYS:
		switch step {
		case "overlay":
			return refusal(step, cause, "the kernel must have overlayfs for user namespaces (Linux 5.11 or newer; modprobe overlay)")
		case "seccomp", "read-only":
			return refusal(step, cause, "the kernel is too old or lacks CONFIG_SECCOMP_FILTER; use Linux 5.14 or newer")
		}
	}
	return fmt.Errorf("%s: %w", step, cause)
}

func mendStep(step string) string {
	switch {
	case step == "proc":
		return "parts of the host's /proc are covered, as in a container with default settings; " + mendContainer
	case sysctl("kernel.apparmor_restrict_unprivileged_userns") == "1":
		return "AppArmor gives the namespace and refuses what is done in it (Ubuntu 23.10 and newer); " + mendAppArmor
	case inContainer():
		return mendContainer
	}
	return "a security policy (AppArmor, SELinux, seccomp) forbids it inside a user namespace; on Ubuntu 23.10 and newer, " + mendAppArmor + "; " + mendContainer
}

// stepError carries an error out of the sandbox: its text, and the number it
// came from.
type stepError struct {
	text  string
	errno syscall.Errno
}

func (e *stepError) Error() string { return e.text }

func (e *stepError) Unwrap() error {
	if e.errno == 0 {
		return nil
	}
	return e.errno
}
