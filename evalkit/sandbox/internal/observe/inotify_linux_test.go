//go:build amd64 || arm64

package observe

import (
	"testing"

	"golang.org/x/sys/unix"
)

func FuzzEvents(f *testing.F) {
	f.Add([]byte("\x01\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x04\x00\x00\x00ab\x00\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		n := 0
		eachEvent(b, func(event) { n++ })
		if n > len(b)/unix.SizeofInotifyEvent {
			t.Errorf("%d events in %d bytes", n, len(b))
		}
	})
}
