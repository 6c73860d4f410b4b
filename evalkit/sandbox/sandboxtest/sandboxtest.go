// Package sandboxtest holds a sandbox backend to the rules that every scenario
// leans on. A backend's own tests call Run, from inside this module or outside:
//
//	func TestConformance(t *testing.T) {
//		report := sandboxtest.Run(t, mybackend.Backend{})
//		t.Log(report)
//	}
//
// Every check is a subtest with machines of its own. A check of something that
// only some backends promise (sandbox.Promise) is skipped, and listed in the
// Report, where the backend does not promise it; one that needs a program that
// the machine lacks is skipped and listed too. Nothing is passed in silence.
//
// The checks named as in exec_output come from the list of 44 that the field
// holds its sandboxes to, with what was wrong in them repaired: the children of
// exec_timeout_kills_child_processes are real, have told their numbers, and are
// seen alive before the end of time; nothing depends on ps being installed; a
// quick death by a signal is 143, never a time limit; a file's mode binds root.
// Two of the list, exec_as_user and exec_as_nonexistent_user, have nothing to
// hold to here: a sandbox.Process has no user. The Report says so.
//
// Scripts are run by sh, and use cat, chmod, cp, echo, head, kill, ln, ls,
// mkdir, mkfifo, mv, printf, pwd, rm, sleep, touch, tr, wc and what POSIX asks
// of a shell. Temporary files go to $TMPDIR, or /tmp where there is none; changes
// are told by the paths that the configuration names, whatever pwd says.
package sandboxtest

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
)

// check is one rule.
type check struct {
	name  string
	needs []sandbox.Promise
	run   func(k *kit)
}

// notOurs are checks of the list that have nothing to hold to.
var notOurs = []string{
	"exec_as_user: a sandbox.Process has no user",
	"exec_as_nonexistent_user: a sandbox.Process has no user",
}

// Report says what Run did.
type Report struct {
	Passed, Failed []string
	// NotPromised lists checks that were not made, each with the promises that
	// the backend does not give: "fork_bomb: bounded".
	NotPromised []string
	// Missing lists checks that were not made for want of a program.
	Missing []string
	// NotOurs lists checks of the field's that this interface has no room for.
	NotOurs []string
}

// String lists what was not checked.
func (r Report) String() string {
	var b strings.Builder
	for _, part := range []struct {
		title string
		list  []string
	}{{"not promised, so not checked", r.NotPromised}, {"not checked for want of a program", r.Missing}, {"not in the interface", r.NotOurs}} {
		if len(part.list) > 0 {
			b.WriteString(part.title + ":\n  " + strings.Join(part.list, "\n  ") + "\n")
		}
	}
	if b.Len() == 0 {
		return "everything was checked"
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// atOnce is how many checks are made at the same time: most of a check's time
// is waiting for a machine to come, to end or to be killed.
const atOnce = 4

// Run makes every check of a backend as a subtest of t, several at a time, logs
// what was not checked, and reports all of it. A backend that cannot open a
// machine at all fails. Filters of -test.run leave checks out of the report.
func Run(t *testing.T, b sandbox.Backend) Report {
	t.Helper()
	all := checks()
	enter := make([]func(*Report), len(all))
	several(slotsFor(b), len(all), func(i int) { enter[i] = all[i].make(t, b) })
	report := Report{NotOurs: notOurs}
	for _, e := range enter {
		e(&report)
	}
	t.Logf("%s: %d checks passed, %d failed\n%s", b.Name(), len(report.Passed), len(report.Failed), report)
	return report
}

// slotsFor is how many checks of a backend are made at a time: one by one where
// machines are not bounded each for itself, so that they share their processes.
func slotsFor(b sandbox.Backend) int {
	if slices.Contains(b.Promises(), sandbox.Bounded) {
		return atOnce
	}
	return 1
}

// several does n things, so many at a time, and returns when all are done.
func several(most, n int, do func(i int)) {
	var group sync.WaitGroup
	slots := make(chan struct{}, most)
	for i := range n {
		slots <- struct{}{}
		group.Go(func() {
			defer func() { <-slots }()
			do(i)
		})
	}
	group.Wait()
}

// make makes the check as a subtest, and gives what enters it into the report.
func (c check) make(t *testing.T, b sandbox.Backend) func(*Report) {
	if missing := lacking(c.needs, b.Promises()); len(missing) > 0 {
		t.Run(c.name, func(t *testing.T) {
			t.Skipf("the backend %s does not promise %s", b.Name(), strings.Join(missing, ", "))
		})
		return func(r *Report) { r.NotPromised = append(r.NotPromised, c.name+": "+strings.Join(missing, ", ")) }
	}
	ran, k := false, (*kit)(nil)
	ok := t.Run(c.name, func(t *testing.T) {
		ran, k = true, &kit{T: t, backend: b}
		c.run(k)
	})
	return func(r *Report) {
		switch {
		case !ran:
		case !ok:
			r.Failed = append(r.Failed, c.name)
		case k.missing != "":
			r.Missing = append(r.Missing, c.name+": "+k.missing)
		default:
			r.Passed = append(r.Passed, c.name)
		}
	}
}

func checks() []check {
	return slices.Concat(fileChecks(), fileErrorChecks(), processChecks(), folderChecks(), outputChecks(), timeChecks(),
		boundChecks(), networkChecks(), confinedChecks(), linkChecks(), changeChecks(), systemChecks(),
		commandChecks(), shutdownChecks(), closeChecks(), streamChecks(), sizeChecks(), ownNetworkChecks())
}

func lacking(needed, given []sandbox.Promise) []string {
	var missing []string
	for _, p := range needed {
		if !slices.Contains(given, p) {
			missing = append(missing, string(p))
		}
	}
	return missing
}

// within is the context of one act: generous, for a check times nothing.
func within(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	t.Cleanup(cancel)
	return ctx
}
