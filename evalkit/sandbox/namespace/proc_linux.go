//go:build amd64 || arm64

package namespace

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

const procFlags = unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC

// settings bound what the limits of a process do not: memory that stays when
// its process has gone, and what counts for the host's user as well. Not every
// kernel has all of them.
func (s *initProcess) settings() map[string]string {
	return map[string]string{
		"user/max_inotify_instances": "64",
		"user/max_inotify_watches":   "16384",
		"user/max_fanotify_groups":   "8",
		"kernel/shmall":              fmt.Sprint(s.memory / int64(os.Getpagesize())),
		"kernel/msgmni":              "64",
		"kernel/sem":                 "250 32000 32 128",
	}
}

// mountProc mounts the machine's own /proc and forbids further user
// namespaces, in which an agent would have capabilities and another PID 1. The
// kernel's settings are read-only then: some belong to the sandbox's root.
func (s *initProcess) mountProc() error {
	if err := unix.Mount("proc", "r/proc", "proc", procFlags, ""); err != nil {
		return err
	}
	if err := os.WriteFile("r/proc/sys/user/max_user_namespaces", []byte("0"), 0); err != nil {
		return err
	}
	for name, value := range s.settings() {
		os.WriteFile("r/proc/sys/"+name, []byte(value), 0) // best effort
	}
	if err := s.network.set(); err != nil {
		return err
	}
	if err := unix.Mount("r/proc/sys", "r/proc/sys", "", unix.MS_BIND, ""); err != nil {
		return err
	}
	return unix.Mount("", "r/proc/sys", "", unix.MS_BIND|unix.MS_REMOUNT|unix.MS_RDONLY|procFlags, "")
}
