package proc

import (
	"os"
	"testing"
)

func TestParseStat(t *testing.T) {
	const rest = " S 1 2 3 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 777 0 0\n"
	for in, want := range map[string]Stat{
		"12 (bash)" + rest:             {Name: "bash", State: 'S', Parent: 1, Group: 2, Session: 3, Threads: 1, Started: 777},
		"12 (a) R 9 9 9 (b) c)" + rest: {Name: "a) R 9 9 9 (b) c", State: 'S', Parent: 1, Group: 2, Session: 3, Threads: 1, Started: 777},
		"12 ()" + rest:                 {Name: "", State: 'S', Parent: 1, Group: 2, Session: 3, Threads: 1, Started: 777},
	} {
		if got, ok := ParseStat([]byte(in)); !ok || got != want {
			t.Errorf("%q: %+v, %v", in, got, ok)
		}
	}
	own, ok := ReadStat(os.Getpid())
	if !ok || own.Parent != os.Getppid() || own.Started == 0 {
		t.Errorf("own: %+v, %v", own, ok)
	}
}

func FuzzParseStat(f *testing.F) {
	f.Add([]byte("12 (bash) S 1 2 3 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 777"))
	f.Add([]byte(")("))
	f.Fuzz(func(t *testing.T, b []byte) { ParseStat(b) })
}
