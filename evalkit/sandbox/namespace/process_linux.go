//go:build amd64 || arm64

package namespace

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// What is said of a process in a record.
const (
	commandMax   = 4 << 10
	ancestorsMax = 64
)

// stat is what PID 1 reads of /proc/PID/stat.
type stat struct {
	name            string
	state           byte
	parent, session int
	started         uint64 // clock ticks since boot
}

// parseStat reads /proc/PID/stat. The name may hold spaces and brackets.
func parseStat(b []byte) (s stat, ok bool) {
	first, last := bytes.IndexByte(b, '('), bytes.LastIndexByte(b, ')')
	if first < 0 || last < first {
		return s, false
	}
	s.name = string(b[first+1 : last])
	fields := strings.Fields(string(b[last+1:])) // from field 3, the state
	if len(fields) < 20 {
		return s, false
	}
	s.state = fields[0][0]
	var errs [3]error
	s.parent, errs[0] = strconv.Atoi(fields[1])
	s.session, errs[1] = strconv.Atoi(fields[3])
	s.started, errs[2] = strconv.ParseUint(fields[19], 10, 64)
	return s, errs[0] == nil && errs[1] == nil && errs[2] == nil
}

func readStat(pid int) (stat, bool) {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return stat{}, false
	}
	return parseStat(b)
}

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
		s, ok := readStat(pid)
		if !ok {
			break
		}
		command := strings.Join(argsOf(pid), " ")
		if len(command) > commandMax {
			command = command[:commandMax]
		}
		list = append(list, strconv.Itoa(pid), s.name, command)
		pid = s.parent
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

// everyProcess lists the processes of this /proc, without PID 1.
func everyProcess() map[int]stat {
	all := map[int]stat{}
	paths, _ := filepath.Glob("/proc/[0-9]*")
	for _, p := range paths {
		if pid, err := strconv.Atoi(filepath.Base(p)); err == nil && pid > 1 {
			if s, ok := readStat(pid); ok {
				all[pid] = s
			}
		}
	}
	return all
}
