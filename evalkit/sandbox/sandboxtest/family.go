package sandboxtest

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// started tells a process from the next one of its number.
func started(pid int) string {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return ""
	}
	f := strings.Fields(string(b[strings.LastIndexByte(string(b), ')')+1:]))
	if len(f) < 20 || f[0] == "Z" || f[0] == "X" {
		return ""
	}
	return f[19]
}

// descendants lists the processes below one, each with its start.
func descendants(pid int) map[int]string {
	children := map[string][]int{}
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, s := range stats {
		b, err := os.ReadFile(s)
		child, e := strconv.Atoi(filepath.Base(filepath.Dir(s)))
		f := strings.Fields(string(b[strings.LastIndexByte(string(b), ')')+1:]))
		if err == nil && e == nil && len(f) > 2 {
			children[f[1]] = append(children[f[1]], child)
		}
	}
	family := map[int]string{}
	for next := slices.Clone(children[strconv.Itoa(pid)]); len(next) > 0; next = next[1:] {
		if at := started(next[0]); at != "" {
			family[next[0]] = at
		}
		next = append(next, children[strconv.Itoa(next[0])]...)
	}
	return family
}

func anyOf(family map[int]string) bool {
	for pid, at := range family {
		if started(pid) == at {
			return true
		}
	}
	return false
}
