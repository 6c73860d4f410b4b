//go:build linux && (amd64 || arm64)

package namespace

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// What an agent does to be looked at with trouble does not hide what it did.
// It runs alone: a flood of events blinds every machine of the process for the
// moment, which then says less of what was undone.
func TestEvidenceIsNotDrowned(t *testing.T) {
	for name, script := range map[string]string{
		"deep folders":      "for i in $(seq 200); do mkdir x; cd x; done; echo x > f",
		"many files":        "mkdir n; cd n; perl -e 'for (1 .. 600000) { open F, \">$_\" or exit 0 }'",
		"locked folders":    "mkdir -p d/e; echo x > d/e/f; chmod 0 d/e d; chmod 0 .",
		"locked at once":    "echo 1 > f; echo 2 > f; chmod 0 .",
		"longest names":     "n=$(printf '%0255d' 7); mkdir $n; cd $n; for i in $(seq 30); do mkdir $n && cd $n; done; echo > $n",
		"strange names":     "touch $'a\\nb' $'\\xff\\xfe' $'\\x1b[2J' '-rf' '*' ' ' $'tab\\t' '{{x}}' '::error::x'",
		"every kind":        "mkfifo p; ln -s p l; ln -s /nowhere n; ln -s . here; mknod w c 0 0; perl -MIO::Socket::UNIX -e 'IO::Socket::UNIX->new(Local => \"s\", Listen => 1)'",
		"a sparse giant":    "truncate -s 200M giant; truncate -s 200M giant2",
		"grows meanwhile":   "(while :; do echo x >> growing; done) </dev/null >/dev/null 2>&1 &",
		"moves meanwhile":   "mkdir a b; (while :; do mv a b/; mv b/a .; done) </dev/null >/dev/null 2>&1 &",
		"watches exhausted": "perl -e 'for (1 .. 70) { syscall(294, 0) }' ; mkdir many; cd many; mkdir $(seq 2000)",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if name == "many files" && testing.Short() {
				t.Skip("it takes a while")
			}
			s := machineFor(t, sandbox.Config{Files: []sandbox.File{{Path: "f", Body: []byte("1\n")}}, Limits: sandbox.Limits{Time: time.Minute}})
			output(t, s, "echo 2 > f")
			run(t, s, sandbox.Process{Argv: []string{"bash", "-c", script}, Time: time.Minute})
			changes, err := s.Changes(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			seen := false
			for _, c := range changes {
				locked := os.Geteuid() != 0 && strings.HasPrefix(name, "locked") // the fact without the content
				seen = seen || c.Path == "/app/f" && c.Op == transcript.FileModified && (locked || strings.Contains(c.Diff, "+2"))
			}
			if !seen {
				t.Errorf("the change of f is not among %d", len(changes))
			}
		})
	}
}

// A file of the same size and date, that may not be read any more, is not taken
// for the one that it was.
func TestLockedFileIsNotTakenForUntouched(t *testing.T) {
	s := machineFor(t, sandbox.Config{Files: []sandbox.File{{Path: "f", Body: []byte("1\n")}}})
	output(t, s, "touch -r f d; echo 2 > f; touch -r d f; rm d; chmod 0 f")
	if got, _ := told(t, s); got != "modified /app/f" {
		t.Error(got)
	}
}
