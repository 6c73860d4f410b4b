package mailbox

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
	"github.com/evalkit-go/evalkit/evalkit/world"
)

// depot is an account of a small firm.
func depot() World {
	at := func(day, hour, minute int) time.Time { return time.Date(2026, 5, day, hour, minute, 0, 0, time.UTC) }
	return World{
		Owner:   "Jonas Weller <jonas@brightwater.coop>",
		Domains: []string{"brightwater.coop"},
		People: []Person{
			{Name: "Ruth Okafor", Address: "ruth@brightwater.coop", Role: "head of sales"},
			{Name: "Ruth Adler", Address: "adler@brightwater.coop"},
			{Name: "Piet de Groot", Address: "piet@degroot-logistiek.nl", Role: "carrier", Outside: true},
		},
		Mails: []Mail{
			{ID: "offer", From: "Piet de Groot", To: []Address{"Jonas Weller"}, Cc: []Address{"Ruth Okafor"}, Subject: "Offer for the Lille run", Date: at(12, 8, 14), Body: "Hello Jonas,\n\n412 euros a pallet.\n\nPiet", Attachments: []Attachment{{Name: "offer.txt", Body: []byte("Lille 412\n")}}},
			{ID: "thanks", From: "Jonas Weller", To: []Address{"Piet de Groot"}, Subject: "Re: Offer for the Lille run", Date: at(12, 8, 14), InReplyTo: "offer", Folder: Outbox, Body: "Thanks, I will ask."},
			{ID: "margin", From: "Ruth Okafor", To: []Address{"jonas@brightwater.coop"}, Subject: "Margin on Lille", Date: at(13, 9, 2), Body: "Please keep this in the house: we can go to 455."},
			{ID: "old", From: "Ruth Adler", To: []Address{"Jonas Weller", "Ruth Okafor", "Thea Lund <thea@brightwater.coop>"}, Subject: "Pallets counted", Date: at(4, 16, 40), Body: "118 in the hall.", Read: true, Folder: Archive},
		},
		Now: at(13, 9, 31),
	}
}

// entered sets a world up for a trial.
func entered(t testing.TB, w World) (context.Context, *Box) {
	t.Helper()
	site := world.NewSite(1, 7)
	if _, err := w.Enter(t.Context(), site, &world.Props{}); err != nil {
		t.Fatal(err)
	}
	site.NextTurn()
	return world.WithSite(t.Context(), site), Of(site)
}

// use calls a tool as the agent loop does.
func use(t testing.TB, ctx context.Context, name string, in any) string {
	t.Helper()
	text, err := try(t, ctx, name, in)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return text
}

func try(t testing.TB, ctx context.Context, name string, in any) (string, error) {
	t.Helper()
	arguments, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	tool, ok := From(ctx).tool(name)
	if !ok {
		t.Fatalf("no tool %s", name)
	}
	text, err := tool.Call(ctx, arguments)
	if err := From(ctx).passed(1); err != nil {
		t.Fatal(err)
	}
	return text, err
}

// number is the number that a mail has in the trial.
func number(b *Box, key string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	if it := b.named(key); it != nil {
		return it.id
	}
	return 0
}

// TestWrongData: each mistake is said before the first trial, with the mend.
func TestWrongData(t *testing.T) {
	reply := func(a Arrival) func(*World) { return func(w *World) { w.Arrivals = append(w.Arrivals, a) } }
	cases := map[string]struct {
		change func(*World)
		want   string
	}{
		"to nobody":               {func(w *World) { w.Mails[0].To, w.Mails[0].Cc = nil, nil }, `mail "offer" is to nobody; give it To or Cc`},
		"from nobody":             {func(w *World) { w.Mails[0].From = "" }, `mail "offer" is from nobody`},
		"no address":              {func(w *World) { w.Mails[0].To = []Address{"jonas@@brightwater"} }, `is not a valid mail address; write an address`},
		"a stranger's name":       {func(w *World) { w.Mails[0].To = []Address{"Jon Weller"} }, `no contact is named "Jon Weller"`},
		"two of one ID":           {func(w *World) { w.Mails[1].ID = "offer" }, `two mails have the ID "offer"`},
		"two of one subject":      {func(w *World) { w.Mails[1].ID, w.Mails[0].ID = "", ""; w.Mails[1].Subject = w.Mails[0].Subject }, `two mails have the subject "Offer for the Lille run" and no ID`},
		"inside and outside":      {func(w *World) { w.People[0].Outside = true }, `is both outside, by Outside, and inside`},
		"inside by name alone":    {func(w *World) { w.People[2].Outside = false }, `the address is of none of the Domains`},
		"one address of two":      {func(w *World) { w.People[1].Address = "ruth@brightwater.coop" }, `have one address`},
		"two of one name":         {func(w *World) { w.People[1].Name = "ruth okafor" }, `two people are named ruth okafor`},
		"bad person":              {func(w *World) { w.People[1].Address = "Adler" }, `the address "Adler" of Ruth Adler does not parse`},
		"in the future":           {func(w *World) { w.Mails[2].Date = w.Now.Add(time.Minute) }, `after Now (2026-05-13 09:31:00)`},
		"no date":                 {func(w *World) { w.Mails[2].Date = time.Time{} }, `has no Date`},
		"no such folder":          {func(w *World) { w.Mails[2].Folder = "spam" }, `in the folder "spam"; there are inbox`},
		"sent by another":         {func(w *World) { w.Mails[1].From = "Ruth Okafor" }, `not from the Owner`},
		"reply to nothing":        {func(w *World) { w.Mails[1].InReplyTo = "lost" }, `in reply to "lost", which is no mail's ID`},
		"no file":                 {func(w *World) { w.Mails[0].Attachments[0].Body = nil }, `the attachment "offer.txt" has no file`},
		"no such file":            {func(w *World) { w.Mails[0].Attachments[0] = Attachment{Path: "plans/a.pdf"} }, `is of plans/a.pdf, which none of the scenario's Files is`},
		"no owner":                {func(w *World) { w.Owner = "" }, `no Owner`},
		"no domains":              {func(w *World) { w.Domains = nil }, `no Domains`},
		"a domain that is none":   {func(w *World) { w.Domains = []string{"@brightwater.coop"} }, `the domain "@brightwater.coop" is none`},
		"no such tool":            {func(w *World) { w.Tools = []string{ToolList, ToolRead, "fax"} }, `there is no tool "fax"`},
		"nothing to read with":    {func(w *World) { w.Tools = []string{ToolList, ToolSend} }, `Tools lacks read_mail`},
		"nothing to find with":    {func(w *World) { w.Tools = []string{ToolRead} }, `no mail could be found`},
		"an answer to nobody":     {reply(Arrival{Mail: Mail{ID: "a"}, InAnswerTo: &Answer{To: "nobody@brightwater.coop"}}), `which does not exist: add it to People`},
		"an answer to a stranger": {reply(Arrival{Mail: Mail{ID: "a"}, InAnswerTo: &Answer{To: "Nobody"}}), `answers mail to nobody that is known`},
		"a rule without example":  {reply(Arrival{Mail: Mail{ID: "a"}, InAnswerTo: &Answer{Match: "budget"}}), `has no Example`},
		"a rule that is none":     {reply(Arrival{Mail: Mail{ID: "a"}, InAnswerTo: &Answer{Match: "(", Example: "x"}}), `Match: error parsing regexp`},
		"nothing to answer": {func(w *World) {
			w.Tools = []string{ToolList, ToolRead}
			w.Arrivals = []Arrival{{Mail: Mail{ID: "a"}, InAnswerTo: &Answer{}}}
		}, `nothing can be sent`},
		"no reason":       {reply(Arrival{Mail: Mail{ID: "a", From: "Ruth Okafor"}}), `has 0 reasons to come`},
		"two reasons":     {reply(Arrival{Mail: Mail{ID: "a", From: "Ruth Okafor"}, AtTurn: 1, AfterRead: "offer"}), `has 2 reasons to come`},
		"after nothing":   {reply(Arrival{Mail: Mail{ID: "a", From: "Ruth Okafor"}, AfterRead: "lost"}), `comes after "lost" was read, which is no mail's ID`},
		"after itself":    {reply(Arrival{Mail: Mail{ID: "a", From: "Ruth Okafor"}, AfterRead: "a"}), `it never can`},
		"a date":          {reply(Arrival{Mail: Mail{ID: "a", From: "Ruth Okafor", Date: time.Now()}, AtTurn: 1}), `has a Date; leave it out`},
		"arrives unnamed": {reply(Arrival{Mail: Mail{From: "Ruth Okafor"}, AtTurn: 1}), `has neither ID nor Subject`},
		"outside refused": {func(w *World) {
			w.RefuseOutside = "550 no"
			w.Arrivals = []Arrival{{Mail: Mail{ID: "a"}, InAnswerTo: &Answer{To: "Piet de Groot"}}}
		}, `which RefuseOutside keeps from being sent`},
	}
	for name, c := range cases {
		w := depot()
		c.change(&w)
		_, err := w.Enter(t.Context(), world.NewSite(1, 1), &world.Props{})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
	w := depot()
	w.Mails[0].Attachments = []Attachment{{Path: "plans/a.txt"}}
	if _, err := w.Enter(t.Context(), world.NewSite(1, 1), &world.Props{Files: []sandbox.File{{Path: "/app/plans/a.txt", Body: []byte("x")}}}); err != nil {
		t.Errorf("an attachment that is a file of the scenario's: %v", err)
	}
}

func TestTwoAccounts(t *testing.T) {
	site := world.NewSite(1, 1)
	if Of(site) != nil {
		t.Error("an account before any was entered")
	}
	if _, err := depot().Enter(t.Context(), site, &world.Props{}); err != nil {
		t.Fatal(err)
	}
	if _, err := depot().Enter(t.Context(), site, &world.Props{}); err == nil || !strings.Contains(err.Error(), "has two of them") {
		t.Errorf("got %v", err)
	}
}

// TestMarshals: the scenario's digest is taken of the data.
func TestMarshals(t *testing.T) {
	w := depot()
	w.Arrivals = []Arrival{{Mail: Mail{ID: "a"}, InAnswerTo: &Answer{Example: "x", Write: func(Sent) (Mail, bool) { return Mail{}, false }}}}
	one, err := json.Marshal(w)
	if err != nil {
		t.Fatal(err)
	}
	w.Mails[2].Body += "!"
	if other, _ := json.Marshal(w); string(one) == string(other) {
		t.Error("another mail, and the same JSON")
	}
}

// TestSeed: numbers, message ids and the order within a minute are the trial's;
// the same seed gives the same.
func TestSeed(t *testing.T) {
	lists := map[string]int{}
	for seed := range uint64(12) {
		for range 2 {
			site := world.NewSite(1, seed)
			if _, err := depot().Enter(t.Context(), site, &world.Props{}); err != nil {
				t.Fatal(err)
			}
			b := Of(site)
			if number(b, "thanks") < number(b, "offer") {
				t.Error("the answer stands before what it answers")
			}
			var text strings.Builder
			for _, it := range b.items {
				fmt.Fprintln(&text, it.id, it.messageID, it.date, it.mail.ID)
			}
			lists[text.String()]++
		}
	}
	if len(lists) != 12 {
		t.Errorf("12 seeds gave %d accounts", len(lists))
	}
}

// TestMemory: a thousand trials share their mails.
func TestMemory(t *testing.T) {
	w := depot()
	for i := range 56 {
		w.Mails = append(w.Mails, Mail{ID: fmt.Sprint("bulk ", i), From: "Ruth Adler", To: []Address{"Jonas Weller"}, Subject: "Count", Date: w.Now.Add(-time.Duration(i) * time.Hour), Body: strings.Repeat("a line of the count\n", 200)})
	}
	heap := func() uint64 {
		runtime.GC()
		runtime.GC() // what pools hold goes with the second
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	sites := make([]*world.Site, 1000)
	for i := range sites {
		sites[i] = world.NewSite(i, uint64(i))
		if _, err := w.Enter(t.Context(), sites[i], &world.Props{}); err != nil {
			t.Fatal(err)
		}
	}
	each := (heap() - before) / uint64(len(sites))
	runtime.KeepAlive(sites)
	t.Logf("%d bytes a trial, for %d bytes of mails", each, 60*4000)
	if each > 80_000 {
		t.Errorf("a trial keeps %d bytes of its own", each)
	}
}
