//go:build amd64 || arm64

package namespace

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
	"github.com/evalkit-go/evalkit/evalkit/sandbox/internal/proc"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

var _ sandbox.Lister = (*machine)(nil)

// Processes implements sandbox.Lister. They are read through the machine's own
// /proc; PID 1 and what has ended are left out.
func (m *machine) Processes(ctx context.Context) ([]transcript.Process, error) {
	fd, err := m.Open("/proc", unix.O_RDONLY|unix.O_DIRECTORY)
	if err != nil {
		return nil, fmt.Errorf("list processes: %w", err)
	}
	dir := os.NewFile(uintptr(fd), "/proc")
	names, err := dir.Readdirnames(-1)
	dir.Close()
	if gone := m.readable(ctx); gone != nil {
		err = gone
	}
	if err != nil {
		return nil, fmt.Errorf("list processes: %w", err)
	}
	var list []transcript.Process
	for _, name := range names {
		pid, err := strconv.Atoi(name)
		if err != nil || pid <= 1 {
			continue
		}
		st, ok := proc.ParseStat(m.readProc(name + "/stat"))
		if !ok || !st.Lives() {
			continue
		}
		command := strings.ReplaceAll(strings.TrimRight(string(m.readProc(name+"/cmdline")), "\x00"), "\x00", " ")
		list = append(list, transcript.Process{
			PID: pid, Name: strings.ToValidUTF8(st.Name, "\uFFFD"), Command: strings.ToValidUTF8(command, "\uFFFD"),
		})
	}
	slices.SortFunc(list, func(a, b transcript.Process) int { return cmp.Compare(a.PID, b.PID) })
	return list, nil
}

// readProc reads a small file of the machine's /proc, nothing if it is gone.
func (m *machine) readProc(name string) []byte {
	fd, err := m.openAt("/proc/"+name, unix.O_RDONLY)
	if err != nil {
		return nil
	}
	f := os.NewFile(uintptr(fd), name)
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, commandMax))
	if err != nil {
		return nil
	}
	return b
}
