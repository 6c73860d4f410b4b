//go:build linux && (amd64 || arm64)

package namespace

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
)

// mapWord makes a test's binary write to a file through a shared mapping of it:
// the file, what is looked for, what is put there, and, to keep the mapping
// until it is there, another file, at which all is put back.
const mapWord = "map"

func mapIt(args []string) error {
	fd, err := unix.Open(args[0], unix.O_RDWR, 0)
	if err != nil {
		return err
	}
	m, err := unix.Mmap(fd, 0, 4096, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return err
	}
	unix.Close(fd)
	at := bytes.Index(m, []byte(args[1])) // the page is read: now no write sets the time
	if at < 0 {
		return fmt.Errorf("no %s in %s", args[1], args[0])
	}
	copy(m[at:], args[2])
	if len(args) == 3 {
		return unix.Munmap(m)
	}
	fmt.Println("mapped")
	for {
		if _, err := os.Stat(args[3]); err == nil {
			copy(m[at:], args[1])
			os.Remove(args[3])
		}
		time.Sleep(5 * time.Millisecond)
	}
}

const (
	mapEvil = "./try " + mapWord + " f one EVL"
	mapBack = "./try " + mapWord + " f EVL one"
	mapKeep = "./try " + mapWord + " %s one EVL /tmp/back > /tmp/out 2>&1 < /dev/null & until grep -qs mapped /tmp/out; do sleep 0.02; done"
)

// What is written through a mapping sets no times and makes no event. It is
// seen all the same.
func TestMappedChanges(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ script, want string }{
		"stays":           {mapEvil, "modified /app/f"},
		"put back":        {mapEvil + "; sleep 0.3; " + mapBack, "undone /app/f"},
		"by another name": {"ln f d/h; ./try " + mapWord + " d/h one EVL; rm d/h", "modified /app/f"},
		"kept open":       {fmt.Sprintf(mapKeep, "f"), "modified /app/f"},
		"only read":       {"./try " + mapWord + " f one one", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := adversary(t, sandbox.Config{Files: []sandbox.File{{Path: "f", Body: []byte("one\ntwo\n")}, {Path: "d/g", Body: []byte("g\n")}}})
			told(t, s)
			output(t, s, c.script)
			if got, changes := told(t, s); got != c.want {
				t.Fatalf("got %q, want %q", got, c.want)
			} else if got != "" && !strings.Contains(changes[0].Diff, "+EVL") {
				t.Errorf("diff %q", changes[0].Diff)
			}
			if again, _ := told(t, s); again != "" {
				t.Errorf("told twice: %s", again)
			}
		})
	}
}

// A mapping that outlasts the look can put back as it changed.
func TestMappedPutBackLater(t *testing.T) {
	t.Parallel()
	s := adversary(t, sandbox.Config{Files: []sandbox.File{{Path: "f", Body: []byte("one\ntwo\n")}}})
	output(t, s, fmt.Sprintf(mapKeep, "f"))
	if got, _ := told(t, s); got != "modified /app/f" {
		t.Fatal(got)
	}
	output(t, s, "> /tmp/back; while [ -e /tmp/back ]; do sleep 0.02; done")
	if got, _ := told(t, s); got != "modified /app/f" {
		t.Errorf("put back: %q", got)
	}
}

// Of many files each has its turn, and AllChanges does not wait for it.
func TestMappedAmongMany(t *testing.T) {
	t.Parallel()
	var files []sandbox.File
	for i := range 900 {
		files = append(files, sandbox.File{Path: fmt.Sprintf("f%d", i), Body: []byte("one\n")})
	}
	all := adversary(t, sandbox.Config{Files: files})
	output(t, all, fmt.Sprintf(mapKeep, "f7"))
	changes, err := all.(sandbox.Rereader).AllChanges(context.Background())
	if err != nil || len(changes) != 1 || changes[0].Path != "/app/f7" {
		t.Errorf("%+v, %v", changes, err)
	}
	turns := adversary(t, sandbox.Config{Files: files})
	output(t, turns, "for i in 3 500 800; do ./try "+mapWord+" f$i one EVL /tmp/no > /tmp/out$i 2>&1 < /dev/null & until grep -qs mapped /tmp/out$i; do sleep 0.02; done; done")
	var got []string
	for range 5 { // windows of 256, over 900 files
		one, _ := told(t, turns)
		got = append(got, strings.Fields(one)...)
	}
	if len(got) != 6 {
		t.Errorf("%q", got)
	}
}
