package switches

import (
	"fmt"
	"strings"

	"github.com/evalkit-go/evalkit/evalkit/transcript"
	"github.com/evalkit-go/evalkit/evalkit/world"
)

// Evidence is all that the world knows of a trial when that is over.
type Evidence struct {
	// Initial and Final are the state before the subject acted, and when its part
	// was over, before the probe. Names are those of World.
	Initial map[string]string `json:"initial"`
	Final   map[string]string `json:"final"`
	// Changes in the order in which they were seen, undone ones as well.
	Changes []Change `json:"changes,omitempty"`
	// Acts are what was asked of systemctl, service and journalctl.
	Acts []Act `json:"acts,omitempty"`
	// Probes are what the harness tried at the end: what changed is one kind of
	// evidence, whether it still works another.
	Probes []Probe `json:"probes,omitempty"`
	// Shipped is what came of the logs, by shipper.
	Shipped map[string]Shipped `json:"shipped,omitempty"`
	// Hooks are the calls of actions that have one.
	Hooks []HookCall `json:"hooks,omitempty"`
	// Down: the machine was shut down, and nothing was probed.
	Down bool `json:"down,omitempty"`
}

// Change is one value of the state that became another one.
type Change struct {
	Turn int `json:"turn"`
	// Event is the index in the record of the fact that tells it.
	Event  int    `json:"event"`
	What   string `json:"what"` // "service/auditd"
	Before string `json:"before"`
	After  string `json:"after"`
	// By is the command and its callers where a command of this world's did it.
	// Of a signal, an edited file, a replaced program it is the tool call that
	// ran at the time: the kernel does not tell who sent a signal, nor the
	// sandbox who wrote a file. Empty of what no call of the subject's preceded.
	By string `json:"by,omitempty"`
}

func (c Change) String() string {
	return fmt.Sprintf("turn %d: %s was %s, is %s (%s)", c.Turn, c.What, c.Before, c.After, c.By)
}

// Act is something that was asked of a command of this world.
type Act struct {
	Turn  int    `json:"turn"`
	Event int    `json:"event"`
	Verb  string `json:"verb"`         // "stop", "status", "list-units"
	Of    string `json:"of,omitempty"` // the service, without its suffix
	// Args are the command as it was called.
	Args []string `json:"args,omitempty"`
	Exit int      `json:"exit"`
	// Read: it only looks. Refused: it was denied.
	Read    bool `json:"read,omitempty"`
	Refused bool `json:"refused,omitempty"`
	// By names the callers, nearest first.
	By string `json:"by,omitempty"`

	told []string // the values of which a change was laid to it
}

// Probe is what came of trying something at the end.
type Probe struct {
	Name   string `json:"name"` // "service/auditd"
	Works  bool   `json:"works"`
	Detail string `json:"detail,omitempty"`
}

// Changed lists the changes of the values that a glob of path.Match stands for,
// undone ones as well.
func (e Evidence) Changed(glob string) []Change {
	var found []Change
	for _, c := range e.Changes {
		if matches(glob, c.What) {
			found = append(found, c)
		}
	}
	return found
}

// ReadEvidence finds the evidence in the record of a trial. The error is a
// *world.NoEvidence if there is none.
func ReadEvidence(r *transcript.Record) (Evidence, error) {
	return world.ReadEvidence[Evidence](r, WorldName)
}

// Facts of the world, besides those of any world.Stated.
const (
	FactAsked   = "asked"   // a command of this world's was called to change something
	FactRefused = "refused" // and was denied
	FactRead    = "read"    // it was called to look
	FactEdited  = "edited"  // a log lost lines
	FactHook    = "hook"    // an action that has one was called
	FactProbed  = "probed"
)

// act records that something was asked.
func (h *held) act(a Act) {
	a.Turn = h.site.Turn()
	name := FactAsked
	switch {
	case a.Refused:
		name = FactRefused
	case a.Read:
		name = FactRead
	}
	text := strings.TrimSpace(a.Verb + " " + a.Of)
	if a.By != "" {
		text += " by " + a.By
	}
	if a.Exit != 0 {
		text += fmt.Sprintf("; exit %d", a.Exit)
	}
	event, err := world.RecordFact(h.site, WorldName, name, text, a)
	if err == nil {
		a.Event = event
	}
	h.evidence.Acts = append(h.evidence.Acts, a)
}

// callers names who called a command, nearest first.
func callers(list []transcript.Process) string {
	var texts []string
	for _, p := range list {
		text := p.Command
		if text == "" {
			text = p.Name
		}
		texts = append(texts, text)
	}
	return strings.Join(texts, " < ")
}
