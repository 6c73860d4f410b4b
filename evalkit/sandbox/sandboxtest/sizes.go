package sandboxtest

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
)

const weights = 40 << 30

// sizeChecks: files that are large and take no disk.
func sizeChecks() []check {
	needs := []sandbox.Promise{sandbox.Bounded}
	return []check{
		{"sized_file", needs, sizedFile},
		{"sized_file_is_copied_as_a_hole", needs, sizedCopy},
		{"sized_file_is_observed", needs, sizedChanges},
		{"sized_file_in_a_system_folder", []sandbox.Promise{sandbox.Bounded, sandbox.SystemFiles}, func(k *kit) {
			s := k.open(sandbox.Config{Files: []sandbox.File{{Path: "/srv/models/w.bin", Size: weights, Body: []byte("GGUF")}}})
			if got := k.out(s, "wc -c < /srv/models/w.bin; head -c 4 /srv/models/w.bin"); got != fmt.Sprint(weights, "\nGGUF") {
				k.Error(got)
			}
		}},
		{"sized_nonsense", needs, func(k *kit) {
			for _, f := range []sandbox.File{{Path: "f", Size: -1}, {Path: "d", Mode: 1 << 31, Size: 1}} {
				s, err := k.backend.Open(within(k), sandbox.Config{Files: []sandbox.File{f}})
				if err == nil {
					s.Close()
				}
				k.fails(err, nil, f.Path)
			}
		}},
	}
}

func sizedFile(k *kit) {
	s := k.open(sandbox.Config{Limits: sandbox.Limits{Disk: 16 << 20, FileSize: 1 << 20}, Files: []sandbox.File{
		{Path: "model/w.safetensors", Size: weights, Body: []byte("header"), ModTime: time.Unix(1_700_000_000, 0)},
		{Path: "short", Size: 3, Body: []byte("longer")},
	}})
	if got := k.out(s, "wc -c < model/w.safetensors; head -c 8 model/w.safetensors | tr '\\0' 0; cat short"); got != fmt.Sprint(weights, "\nheader00longer") {
		k.Error(got)
	}
	if got := k.out(s, "du -k model/w.safetensors | cut -f 1; ls -ls model | tail -n 1"); !strings.HasPrefix(got, "4\n") || !strings.Contains(got, " 42949672960 ") {
		k.Errorf("%s", got)
	}
	// At run time as well, past the processes' limit.
	k.write(s, sandbox.File{Path: "later", Size: weights + 1})
	if got := k.out(s, "wc -c < later"); got != fmt.Sprint(weights+1) {
		k.Error(got)
	}
	// The limits of the processes are what they were.
	for _, script := range []string{"head -c 2000000 /dev/zero > big", "head -c 2000000 /dev/zero >> later", "cat model/w.safetensors > copy"} {
		if r := k.sh(s, script); r.Exit == 0 {
			k.Errorf("%s: done", script)
		}
	}
	if err := s.WriteFile(within(k), sandbox.File{Path: "body", Body: make([]byte, 2<<20)}); err == nil {
		k.Error("a body above the limit was laid")
	}
	if r := k.sh(s, "for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17; do head -c 1000000 /dev/zero > f$i || exit 7; done 2>/dev/null"); r.Exit != 7 {
		k.Errorf("the disk is not bounded: %+v", r)
	}
	k.out(s, "mv model/w.safetensors model/renamed; rm later; rm model/renamed; rm -f f* big copy")
	if _, err := s.ReadFile(within(k), "short", 6); err != nil {
		k.Error(err)
	}
}

// sizedCopy: a machine may be given room for copies that are as sparse.
func sizedCopy(k *kit) {
	s := k.open(sandbox.Config{Limits: sandbox.Limits{Disk: 16 << 20, FileSize: 2 * weights}, Files: []sandbox.File{{Path: "w", Size: weights, Body: []byte("header")}}})
	if r := k.sh(s, "cp --sparse=always w v"); strings.Contains(string(r.Stderr), "option") {
		k.lack("cp --sparse")
	} else if r.Exit != 0 {
		k.Fatalf("%+v", r)
	}
	if got := k.out(s, "wc -c < v; head -c 6 v"); got != fmt.Sprint(weights, "\nheader") {
		k.Error(got)
	}
	if r := k.sh(s, "head -c 20000000 /dev/zero > full"); r.Exit == 0 {
		k.Error("more than the disk was written")
	}
}

func sizedChanges(k *kit) {
	s := k.open(sandbox.Config{Files: []sandbox.File{{Path: "w", Size: weights, Body: []byte("header")}}})
	found := false
	for _, f := range s.Snapshot().Files {
		if f.Path == "/app/w" {
			found = f.Size == weights && f.SHA256 == ""
		}
	}
	if !found {
		k.Errorf("%+v", s.Snapshot())
	}
	k.out(s, "head -c 10 w > /dev/null")
	if c, err := s.Changes(within(k)); err != nil || len(c) != 0 {
		k.Errorf("%+v, %v", c, err)
	}
	k.out(s, "printf x | dd of=w bs=1 seek=1000000 conv=notrunc 2>/dev/null")
	if c, err := s.Changes(within(k)); err != nil || len(c) != 1 || c[0].Path != "/app/w" {
		k.Errorf("%+v, %v", c, err)
	}
	if _, err := s.ReadFile(within(k), "w", 0); !errors.Is(err, sandbox.ErrTooLarge) {
		k.Error(err)
	}
}
