//go:build linux

package capture

import (
	"bytes"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// A reader that is late finds what the pipe held at the process's end, although
// somebody still has it open.
func TestCaptureDrainsWhatWasWritten(t *testing.T) {
	for range 100 { // the reader goes on at once, and may be quick
		captureLate(t)
	}
}

func captureLate(t *testing.T) {
	var p [2]int
	if err := unix.Pipe2(p[:], unix.O_CLOEXEC); err != nil {
		t.Fatal(err)
	}
	defer unix.Close(p[1])
	want := bytes.Repeat([]byte("x"), 60_000)
	if n, err := unix.Write(p[1], want); err != nil || n != len(want) {
		t.Fatal(n, err)
	}
	if err := unix.SetNonblock(p[0], true); err != nil {
		t.Fatal(err)
	}
	c := New(os.NewFile(uintptr(p[0]), "pipe"), 1<<20)
	c.file.SetReadDeadline(time.Unix(1, 0))
	done := make(chan struct{})
	go func() { c.Pump(); close(done) }()
	<-c.drained
	if got, cut := c.Take(); !bytes.Equal(got, want) || cut {
		t.Fatalf("%d bytes, cut %v", len(got), cut)
	}
	unix.Write(p[1], want)
	if got, _ := c.Take(); len(got) > 0 {
		t.Errorf("%d bytes after it was taken", len(got))
	}
	c.file.Close()
	<-done
}
