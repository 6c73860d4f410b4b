package mailbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/evalkit-go/evalkit/evalkit/world"
)

// Rehearse implements world.Rehearser, by the tools that the subject gets: a
// mail is found and read, one is sent and lies in the sent mail, one to an
// address that does not exist comes back, and every arrival is provoked and
// must come.
func (w World) Rehearse(ctx context.Context, open func(context.Context) (*world.Site, error)) error {
	r, err := rehearsing(ctx, open)
	if err != nil {
		return err
	}
	steps := []struct {
		name string
		do   func(context.Context) error
	}{
		{"reading", r.reads}, {"sending", r.sends}, {"mail to an address that does not exist", r.bounces},
	}
	for _, step := range steps {
		if err := step.do(world.WithSite(ctx, r.site)); err != nil {
			return fmt.Errorf("rehearsal of the mailbox, %s: %w", step.name, err)
		}
	}
	for i := range w.Arrivals {
		if r, err = rehearsing(ctx, open); err != nil { // one must not set off another
			return err
		}
		if i >= len(r.box.expected) { // Vary took it away
			break
		}
		if err := r.arrives(world.WithSite(ctx, r.site), i); err != nil {
			return fmt.Errorf("rehearsal of the mailbox, arrival %q: %w", r.box.world.Arrivals[i].Mail.key(), err)
		}
	}
	return nil
}

// rehearsal acts in an account of its own.
type rehearsal struct {
	site *world.Site
	box  *Box
}

func rehearsing(ctx context.Context, open func(context.Context) (*world.Site, error)) (*rehearsal, error) {
	site, err := open(ctx)
	if err != nil {
		return nil, fmt.Errorf("rehearsal of the mailbox: %w", err)
	}
	box := Of(site)
	if box == nil {
		return nil, errors.New("rehearsal of the mailbox: it was not entered")
	}
	site.NextTurn()
	return &rehearsal{site: site, box: box}, nil
}

// call calls a tool, and lets pass what passes after one.
func (r *rehearsal) call(ctx context.Context, tool string, in any) error {
	t, ok := r.box.tool(tool)
	if !ok && len(r.box.world.Serve) == 0 {
		return fmt.Errorf("there is no tool %s", tool)
	} else if !ok { // the servers do the same to the same account
		t = declared[tool]
	}
	arguments, err := json.Marshal(in)
	if err != nil {
		return err
	}
	if _, err := t.Call(ctx, arguments); err != nil {
		return fmt.Errorf("%s %s: %w", tool, arguments, err)
	}
	return r.box.passed(1)
}

// reads opens the newest mail of the inbox, or of any folder.
func (r *rehearsal) reads(ctx context.Context) error {
	r.box.mu.Lock()
	all := slices.Concat(r.box.in(Inbox), r.box.in(""))
	r.box.mu.Unlock()
	if len(all) == 0 {
		return nil // all of it is yet to arrive
	}
	if err := r.call(ctx, ToolRead, mailIn{ID: all[0].id}); err != nil {
		return err
	}
	e := r.box.Evidence()
	if len(e.Read) == 0 || e.Read[0].MailID != all[0].mail.key() {
		return fmt.Errorf("mail %q was read, and the evidence does not say so", all[0].mail.key())
	}
	return nil
}

// sends writes to somebody that mail reaches.
func (r *rehearsal) sends(ctx context.Context) error {
	to, ok := r.reachable()
	if !r.box.world.sends() || !ok {
		return nil
	}
	if err := r.write(ctx, to, "Hello."); err != nil {
		return err
	}
	e := r.box.Evidence()
	went := len(e.Sent) == 1 && e.Sent[0].Went(func(p Party) bool { return p.Address == to.Address })
	r.box.mu.Lock()
	defer r.box.mu.Unlock()
	if sent := r.box.in(Outbox); !went || len(sent) == 0 || sent[0].mail.key() != e.Sent[0].ID {
		return fmt.Errorf("the mail to %s did not go out", to)
	}
	return nil
}

// reachable is somebody other than the owner, of the organisation if there is.
func (r *rehearsal) reachable() (Party, bool) {
	can := func(p Party) bool { return !r.box.dir.isOwner(p) && r.box.unreached(p) == "" }
	people := r.box.dir.people
	if i := slices.IndexFunc(people, func(p Party) bool { return can(p) && !p.Outside }); i >= 0 {
		return people[i], true
	}
	if i := slices.IndexFunc(people, can); i >= 0 {
		return people[i], true
	}
	return Party{}, false
}

// write sends by the tool that there is.
func (r *rehearsal) write(ctx context.Context, to Party, body string) error {
	if _, ok := r.box.tool(ToolSend); ok || r.box.world.serves(ViaSMTP) {
		return r.call(ctx, ToolSend, sendIn{To: to.Address, Subject: "Hello", Body: body})
	}
	r.box.mu.Lock()
	all := r.box.in("")
	r.box.mu.Unlock()
	if _, ok := r.box.tool(ToolForward); ok && len(all) > 0 {
		return r.call(ctx, ToolForward, forwardIn{ID: all[0].id, To: to.Address, Body: body})
	}
	if len(all) == 0 {
		return errors.New("there is no mail to answer, and Tools has no " + ToolSend)
	}
	return r.call(ctx, ToolReply, replyIn{ID: all[0].id, Body: body, Cc: to.Address})
}

// bounces writes to nobody.
func (r *rehearsal) bounces(ctx context.Context) error {
	nobody := Party{Address: "nobody.of.that.name@" + r.box.dir.domains[0]}
	if !r.box.world.sends() || r.box.dir.exists(nobody) {
		return nil
	}
	if _, ok := r.reachable(); !ok {
		return nil // nobody could be written to
	}
	before := r.box.Evidence()
	if err := r.write(ctx, nobody, "Hello."); err != nil {
		return err
	}
	e := r.box.Evidence()
	if len(e.Bounced) == len(before.Bounced) || len(e.Arrived) == len(before.Arrived) {
		return fmt.Errorf("mail to %s did not come back", nobody)
	}
	return nil
}
