package mailbox

import (
	"slices"
	"strconv"
	"strings"
	"testing"
)

func itoa(n int) string { return strconv.Itoa(n) }

// came lists what has arrived.
func came(b *Box) []string {
	var keys []string
	for _, a := range b.Evidence().Arrived {
		keys = append(keys, a.MailID+"@"+itoa(a.Turn))
	}
	return keys
}

func TestArrivals(t *testing.T) {
	w := depot()
	w.Arrivals = []Arrival{
		{AtTurn: 3, Mail: Mail{ID: "at 3", From: "Ruth Okafor", Subject: "Third"}},
		{AfterCalls: 2, Mail: Mail{ID: "after 2", From: "Ruth Okafor", Subject: "Second"}},
		{AfterRead: "margin", Delay: 1, Mail: Mail{ID: "after margin", From: "Ruth Adler", Subject: "Margin?", InReplyTo: "margin"}},
		{AfterRead: "after margin", Mail: Mail{ID: "chained", From: "Ruth Adler", Subject: "And?"}},
	}
	ctx, b := entered(t, w)
	use(t, ctx, ToolRead, mailIn{ID: number(b, "margin")})
	if got := came(b); got != nil {
		t.Errorf("too early: %q", got)
	}
	contains(t, "the second call", use(t, ctx, ToolList, listIn{}), "2 mails")
	b.site.NextTurn()
	told := use(t, ctx, ToolSearch, searchIn{Query: "nothing"})
	contains(t, "the third call", told, "New mail:", "Second", "Margin?")
	b.site.NextTurn()
	use(t, ctx, ToolRead, mailIn{ID: number(b, "after margin")})
	want := []string{"after 2@1", "after margin@2", "at 3@3", "chained@3"}
	if got := came(b); !slices.Equal(got, want) {
		t.Errorf("came %q, want %q", got, want)
	}
}

func TestAnswers(t *testing.T) {
	w := depot()
	w.Arrivals = []Arrival{
		{InAnswerTo: &Answer{To: "Ruth Okafor", Match: `(?i)budget`, Example: "the budget?"}, Mail: Mail{ID: "budget", Body: "900."}},
		{InAnswerTo: &Answer{To: "Ruth Okafor", Times: -1}, Mail: Mail{ID: "busy", Body: "Busy."}},
		{InAnswerTo: &Answer{To: "Piet de Groot", Example: "x", Write: func(s Sent) (Mail, bool) {
			return Mail{Body: "You wrote " + s.Own}, strings.Contains(s.Own, "x")
		}}, Mail: Mail{ID: "echo"}},
	}
	ctx, b := entered(t, w)
	for _, in := range []sendIn{
		{To: "Ruth Okafor", Subject: "Budget", Body: "How much?"},
		{To: "Ruth Okafor", Subject: "Budget", Body: "And now?"},
		{To: "Piet de Groot", Cc: "Ruth Okafor", Subject: "No", Body: "no"},
		{To: "Piet de Groot", Subject: "Yes", Body: "x"},
		{To: "ruth.okafor@brightwater.coop", Subject: "Budget", Body: "wrong address"},
	} {
		use(t, ctx, ToolSend, in)
	}
	var got []string
	for _, a := range b.Evidence().Arrived {
		got = append(got, a.MailID+"/"+a.Answers)
	}
	if want := []string{"budget/sent 1", "busy/sent 2", "busy 2/sent 3", "echo/sent 4", "notice on sent 5/sent 5"}; !slices.Equal(got, want) {
		t.Errorf("answers %q, want %q", got, want)
	}
	text := use(t, ctx, ToolRead, mailIn{ID: number(b, "echo")})
	contains(t, "the answer", text, "From: Piet de Groot <piet@degroot-logistiek.nl>", "To: Jonas Weller", "Subject: Re: Yes", "In reply to: "+itoa(number(b, "sent 4")), "You wrote x")
}

// TestAnswersOwnWords: what a reply quotes of a mail is not what it asks.
func TestAnswersOwnWords(t *testing.T) {
	w := depot()
	w.Arrivals = []Arrival{{InAnswerTo: &Answer{To: "Ruth Okafor", Match: "455", Example: "455"}, Mail: Mail{ID: "a"}}}
	ctx, b := entered(t, w)
	use(t, ctx, ToolReply, replyIn{ID: number(b, "margin"), Body: "Understood."})
	if got := came(b); got != nil {
		t.Errorf("the quoted original was answered: %q", got)
	}
}
