//go:build linux && (amd64 || arm64)

package landlock

import (
	"bytes"
	"context"
	"debug/elf"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
)

// rabbit is the executable of a process that opens a session, starts another and
// ends, and so on. Whoever lists processes finds it gone.
func rabbit(t *testing.T) sandbox.File {
	t.Helper()
	code := map[string][]byte{
		// setsid; fork; again in the child, and if it failed; exit_group(0)
		"amd64": {
			0xb8, 112, 0, 0, 0, 0x0f, 0x05, 0xb8, 57, 0, 0, 0, 0x0f, 0x05, 0x85, 0xc0, 0x7e, 0xee,
			0xb8, 231, 0, 0, 0, 0x31, 0xff, 0x0f, 0x05,
		},
		// setsid; clone(SIGCHLD, 0, 0, 0, 0); again in the child, and if it failed; exit_group(0)
		"arm64": {
			0xa8, 0x13, 0x80, 0xd2, 0x01, 0x00, 0x00, 0xd4,
			0x88, 0x1b, 0x80, 0xd2, 0x20, 0x02, 0x80, 0xd2, 0x01, 0x00, 0x80, 0xd2, 0x02, 0x00, 0x80, 0xd2,
			0x03, 0x00, 0x80, 0xd2, 0x04, 0x00, 0x80, 0xd2, 0x01, 0x00, 0x00, 0xd4, 0x1f, 0x00, 0x00, 0xf1,
			0xcd, 0xfe, 0xff, 0x54, 0x00, 0x00, 0x80, 0xd2, 0xc8, 0x0b, 0x80, 0xd2, 0x01, 0x00, 0x00, 0xd4,
		},
	}[runtime.GOARCH]
	const base, headers = 1 << 16, 64 + 56
	h := elf.Header64{
		Ident: [16]byte{0x7f, 'E', 'L', 'F', byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)},
		Type:  uint16(elf.ET_EXEC), Machine: uint16(map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64}[runtime.GOARCH]),
		Version: uint32(elf.EV_CURRENT), Entry: base + headers, Phoff: 64, Ehsize: 64, Phentsize: 56, Phnum: 1,
	}
	size := uint64(headers + len(code))
	p := elf.Prog64{Type: uint32(elf.PT_LOAD), Flags: uint32(elf.PF_R | elf.PF_X), Vaddr: base, Paddr: base, Filesz: size, Memsz: size, Align: base}
	var b bytes.Buffer
	for _, part := range []any{h, p, code} {
		if err := binary.Write(&b, binary.LittleEndian, part); err != nil {
			t.Fatal(err)
		}
	}
	return sandbox.File{Path: "rabbit", Mode: 0o755, Body: b.Bytes()}
}

// Whoever multiplies, hides or changes his own mark ends with his command, at
// its time or its context, and the watcher of an earlier one lives on.
func TestStoppedCommandEndsWhollyAndAlone(t *testing.T) {
	for name, script := range map[string]string{
		"bomb":        `b() { b | b & }; b 2>/dev/null`,
		"sessions":    `for i in 1 2 3; do (setsid sh -c 'setsid sleep NUMBER & setsid setsid sleep NUMBER & wait' &); done`,
		"rabbits":     `cp rabbit rNUMBER; for i in 1 2 3 4; do ./rNUMBER & done`,
		"lower marks": `for i in 1 2 3; do (ulimit -q $((700000 - i)); setsid sleep NUMBER &); done; (ulimit -q 0; setsid sh -c 'while :; do setsid sleep NUMBER; done' &)`,
		"revived":     `sleep NUMBER & p=$!; setsid sh -c 'while :; do kill -CONT $0; done; : NUMBER' $p & :`,
	} {
		for how, stop := range map[string]func(*testing.T, sandbox.Sandbox, []string){"time": atTime, "context": atContext} {
			t.Run(name+", "+how, func(t *testing.T) {
				if _, err := exec.LookPath("bash"); err != nil {
					t.Skip("no bash here: not every shell has ulimit -q")
				}
				s := machineFor(t, Backend{}, sandbox.Config{Files: []sandbox.File{rabbit(t)}, Limits: sandbox.Limits{Processes: 200}})
				sh(t, s, `mkfifo ask; setsid sh -c 'while :; do read x < ask; : > "$x"; done' </dev/null >/dev/null 2>&1 &`) // it forks not: there may be no room
				answers(t, s, "first")
				number := uniqueNumber()
				stop(t, s, []string{"bash", "-c", "exec </dev/null >/dev/null 2>&1; " + strings.ReplaceAll(script+"; : > ready; sleep NUMBER", "NUMBER", number)})
				for range 20 { // whoever comes and goes is not on every list
					if left := onHost(t, number); len(left) > 0 {
						t.Fatalf("still alive: %q", left)
					}
				}
				answers(t, s, "second")
			})
		}
	}
}

// answers wants a watcher to answer.
func answers(t *testing.T, s sandbox.Sandbox, name string) {
	t.Helper()
	sh(t, s, "echo "+name+" > ask")
	eventually(t, "an answer of the watcher", func() bool { _, err := s.Stat(within(t), name); return err == nil })
}

func atTime(t *testing.T, s sandbox.Sandbox, argv []string) {
	for limit := 500 * time.Millisecond; ; limit *= 4 { // until it got as far as that
		r, err := s.Run(within(t), sandbox.Process{Argv: argv, Time: limit})
		if err != nil || !r.TimedOut || r.Exit != exitKilled {
			t.Fatalf("%+v, %v", r, err)
		}
		if _, err := s.Stat(within(t), "ready"); err == nil {
			return
		}
	}
}

func atContext(t *testing.T, s sandbox.Sandbox, argv []string) {
	why := errors.New("enough of it")
	ctx, cancel := context.WithCancelCause(within(t))
	defer cancel(nil)
	go func() {
		for ctx.Err() == nil {
			if _, err := s.Stat(ctx, "ready"); err == nil {
				cancel(why)
			}
		}
	}()
	if _, err := s.Run(ctx, sandbox.Process{Argv: argv}); !errors.Is(err, why) {
		t.Fatalf("%v", err)
	}
}

// uniqueNumber is one to sleep for that nobody else does.
func uniqueNumber() string { return "7" + strconv.Itoa(10_000_000+rand.IntN(80_000_000)) }

// onHost lists the command lines of the host that hold a mark.
func onHost(t *testing.T, mark string) (found []string) {
	t.Helper()
	lines, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil || len(lines) == 0 {
		t.Fatalf("the host shows no processes: %v", err)
	}
	for _, l := range lines {
		if b, err := os.ReadFile(l); err == nil && bytes.Contains(b, []byte(mark)) {
			found = append(found, string(b))
		}
	}
	return found
}
