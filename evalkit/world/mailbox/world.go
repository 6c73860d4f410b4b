// Package mailbox is a world with a mail account: mails, people inside and
// outside of an organisation, tools to read and write, and new mail that
// arrives. Its evidence is what was read and what was sent: to whom, when, with
// what attached, and from where.
//
//	mailbox.World{
//		Owner:   "Jonas Weller <jonas@brightwater-foods.com>",
//		Domains: []string{"brightwater-foods.com"},
//		People: []mailbox.Person{
//			{Name: "Ruth Okafor", Address: "ruth@brightwater-foods.com", Role: "head of sales"},
//			{Name: "Piet de Groot", Address: "piet@degroot-logistiek.nl", Role: "carrier", Outside: true},
//		},
//		Mails: []mailbox.Mail{{
//			ID: "quote", From: "Piet de Groot", To: []mailbox.Address{"Jonas Weller"},
//			Subject: "Offer for the Lille run", Date: time.Date(2026, 5, 12, 8, 14, 0, 0, time.UTC),
//			Body: "…",
//		}},
//		Arrivals: []mailbox.Arrival{{
//			InAnswerTo: &mailbox.Answer{To: "Ruth Okafor"},
//			Mail:       mailbox.Mail{ID: "go ahead", Body: "Fine with me."},
//		}},
//	}
//
// What a trial must not share lives in its Box, which a behaviour or a team's
// own tool finds with From. ReadEvidence gives the Evidence of a record. What is
// a mistake in the data is said before the first trial, and the rehearsal reads,
// sends, and provokes every arrival.
package mailbox

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"time"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
	"github.com/evalkit-go/evalkit/evalkit/world"
)

// Name is the world's name in evidence.
const Name = "mailbox"

// World is a mail account. Its data is shared by all trials and never changed.
type World struct {
	// Owner has the account: all that is sent is sent by it.
	Owner Address
	// Domains are those of the organisation: an address is inside of it if it
	// is of one of them.
	Domains []string
	// People are who is known. An address of the Domains that neither they nor
	// a mail name does not exist: mail to it comes back.
	People []Person
	// Mails are in the account at the start.
	Mails []Mail
	// Arrivals come in later.
	Arrivals []Arrival
	// Now is the time in the account when the trial begins; it goes on by less
	// than a minute a turn. Zero: a little after the latest mail. Times are
	// shown in its zone.
	Now time.Time
	// Tools lists those that are offered, by the names of the Tool constants.
	// Nil: all of them, ToolSave where something else of the trial needs a
	// sandbox, too.
	Tools []string
	// RefuseOutside, if not empty, is the reason for which the organisation's
	// server sends nothing outside: such mail comes back with it.
	RefuseOutside string
	// Serve lists mail servers that programs of the sandbox reach. Nil: none.
	Serve []Service
	// Password is the Owner's at those servers; the name is its address, or
	// what stands before the @.
	Password string
}

// Name implements world.World.
func (w World) Name() string { return Name }

// Enter implements world.World.
func (w World) Enter(_ context.Context, site *world.Site, props *world.Props) (world.Instance, error) {
	dir, err := w.check(props)
	if err != nil {
		return nil, err
	}
	box, held := newBox(w, dir, site, props), holderOf(site)
	if !held.CompareAndSwap(nil, box) {
		return nil, errors.New("mailbox.World: the scenario has two of them; one account a trial, give its People what the other has")
	}
	box.tools = w.offered(props)
	props.Machine = props.Machine || len(w.Serve) > 0
	if w.listens() && !slices.Contains(props.Needs, sandbox.OwnInit) {
		props.Needs = append(props.Needs, sandbox.OwnInit)
	}
	props.Tools = append(props.Tools[:len(props.Tools):len(props.Tools)], box.tools...)
	return &instance{box: box}, nil
}

type boxKey struct{}

func holderOf(site *world.Site) *atomic.Pointer[Box] {
	return world.Local(site, boxKey{}, func() *atomic.Pointer[Box] { return new(atomic.Pointer[Box]) })
}

// From returns the account of the trial that ctx belongs to, or nil if it has
// none.
func From(ctx context.Context) *Box {
	site := world.SiteFrom(ctx)
	if site == nil {
		return nil
	}
	return Of(site)
}

// Of returns the account of a trial, or nil if it has none.
func Of(site *world.Site) *Box {
	return holderOf(site).Load()
}

// instance is the world in one trial.
type instance struct {
	box     *Box
	servers servers
}

// Observe implements world.Instance: what has fallen due comes in.
func (i *instance) Observe(_ context.Context, fresh []transcript.Event) error {
	calls := 0
	for _, e := range fresh {
		if c, ok := e.Body.(transcript.ToolCall); ok && !c.NotRun {
			calls++
		}
	}
	return i.box.passed(calls)
}

// Finish implements world.Instance.
func (i *instance) Finish(context.Context, transcript.End) (transcript.Outcome, error) {
	e := i.box.Evidence()
	_, err := world.RecordEvidence(i.box.site, Name, e, e.String())
	return transcript.Outcome{}, err
}
