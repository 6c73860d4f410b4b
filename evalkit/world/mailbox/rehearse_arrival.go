package mailbox

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
)

// arrives sets an arrival off and waits for it.
func (r *rehearsal) arrives(ctx context.Context, i int) error {
	a := &r.box.world.Arrivals[i]
	if err := r.provoke(ctx, a); err != nil {
		return err
	}
	for r.site.Turn() < a.AtTurn {
		r.site.NextTurn()
	}
	if a.AfterCalls > 0 {
		if err := r.box.passed(a.AfterCalls); err != nil {
			return err
		}
	}
	if err := r.waits(a.Delay); err != nil {
		return err
	}
	// An earlier rule of the same person may have to answer first.
	for n := 0; a.InAnswerTo != nil && !r.came(i) && n < r.earlier(i); n++ {
		if err := r.provoke(ctx, a); err != nil {
			return err
		}
		if err := r.waits(a.Delay); err != nil {
			return err
		}
	}
	switch {
	case r.came(i):
		return nil
	case a.InAnswerTo != nil:
		return errors.New("it did not come, though its reason was given; let Match and Write agree with Example, and no earlier rule of the same person answer that for ever")
	}
	return errors.New("it did not come, though its reason was given")
}

// waits lets turns pass.
func (r *rehearsal) waits(turns int) error {
	for range turns {
		r.site.NextTurn()
	}
	return r.box.passed(0)
}

// earlier is how many answers the rules before one can give.
func (r *rehearsal) earlier(i int) int {
	n := 0
	for j := range r.box.world.Arrivals[:i] {
		n += max(r.box.world.Arrivals[j].times(), 0)
	}
	return n
}

// came says whether an arrival has come in.
func (r *rehearsal) came(i int) bool {
	r.box.mu.Lock()
	defer r.box.mu.Unlock()
	return r.box.expected[i].come > 0
}

// provoke gives an arrival its reason, as far as that takes an act.
func (r *rehearsal) provoke(ctx context.Context, a *Arrival) error {
	if a.AfterRead != "" {
		r.box.mu.Lock()
		it := r.box.named(a.AfterRead)
		r.box.mu.Unlock()
		if it == nil {
			return r.provokeFirst(ctx, a)
		}
		return r.call(ctx, ToolRead, mailIn{ID: it.id})
	}
	if a.InAnswerTo == nil {
		return nil
	}
	to, ok := r.reachable()
	if a.InAnswerTo.To != "" {
		var err error
		if to, err = r.box.dir.party(string(a.InAnswerTo.To)); err != nil {
			return err
		}
	} else if !ok {
		return errors.New("it answers anybody, and there is nobody to write to; add somebody to People")
	}
	return r.write(ctx, to, cmp.Or(a.InAnswerTo.Example, "Hello."))
}

// provokeFirst lets the mail come in that must be read first.
func (r *rehearsal) provokeFirst(ctx context.Context, a *Arrival) error {
	arrivals := r.box.world.Arrivals
	i := slices.IndexFunc(arrivals, func(o Arrival) bool { return o.Mail.key() == a.AfterRead })
	if i < 0 {
		return fmt.Errorf("it comes after %q was read, which is no mail", a.AfterRead)
	}
	if err := r.arrives(ctx, i); err != nil {
		return fmt.Errorf("%q, that must be read first: %w", a.AfterRead, err)
	}
	return r.provoke(ctx, a)
}
