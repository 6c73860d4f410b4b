//go:build amd64 || arm64

package namespace

import (
	"os"
	"strconv"
	"strings"

	"github.com/evalkit-go/evalkit/evalkit/sandbox/internal/proc"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// What is said of a process in a record.
const (
	commandMax   = 4 << 10
	ancestorsMax = 64
)

// argsOf gives the argument list of a process.
func argsOf(pid int) []string { return procList(pid, "cmdline") }

// environOf gives the environment that a process was started with.
func environOf(pid int) []string { return procList(pid, "environ") }

// procList reads a file of /proc that holds strings with a NUL behind each.
func procList(pid int, name string) []string {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/" + name)
	if err != nil || len(b) == 0 {
		return nil
	}
	return strings.Split(strings.TrimSuffix(string(b), "\x00"), "\x00")
}

// ancestry lists a process and its ancestors, nearest first, without PID 1, as
// triples of pid, name and command for the control socket.
func ancestry(pid int) []string {
	var list []string
	pid = leaderOf(pid)
	for range ancestorsMax {
		if pid <= 1 {
			break
		}
		s, ok := proc.ReadStat(pid)
		if !ok {
			break
		}
		command := strings.Join(argsOf(pid), " ")
		if len(command) > commandMax {
			command = command[:commandMax]
		}
		list = append(list, strconv.Itoa(pid), s.Name, command)
		pid = s.Parent
	}
	return list
}

// leaderOf gives the process that a thread belongs to.
func leaderOf(tid int) int {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(tid) + "/status")
	if err != nil {
		return tid
	}
	for line := range strings.Lines(string(b)) {
		if v, ok := strings.CutPrefix(line, "Tgid:"); ok {
			if pid, err := strconv.Atoi(strings.TrimSpace(v)); err == nil {
				return pid
			}
		}
	}
	return tid
}

// processes reads what ancestry wrote.
func processes(list []string) []transcript.Process {
	var ps []transcript.Process
	for ; len(list) >= 3; list = list[3:] {
		pid, err := strconv.Atoi(list[0])
		if err != nil {
			continue
		}
		ps = append(ps, transcript.Process{
			PID:     pid,
			Name:    strings.ToValidUTF8(list[1], "\uFFFD"),
			Command: strings.ToValidUTF8(list[2], "\uFFFD"),
		})
	}
	return ps
}
