package mailbox

import (
	"io"
	"net"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// dial serves an account in memory and gives a client's end.
func dial(t testing.TB, b *Box, protocol string) net.Conn {
	client, server := net.Pipe()
	l := &single{conn: server, done: make(chan struct{})}
	i := &instance{box: b}
	i.servers.serve(b, Service{Protocol: protocol, Address: "127.0.0.1:2525"}, l)
	t.Cleanup(func() {
		client.Close()
		if err := i.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
	return client
}

// converse sends what a client says and gives what it hears until the server
// hangs up, or the client does once all is said.
func converse(t testing.TB, b *Box, protocol, said string, hangsUp bool) string {
	client := dial(t, b, protocol)
	go func() {
		_, _ = io.WriteString(client, said)
		if hangsUp {
			client.Close()
		}
	}()
	var heard strings.Builder
	_, _ = io.Copy(&heard, client)
	return heard.String()
}

func noProblems(t testing.TB, b *Box) {
	t.Helper()
	for _, e := range b.site.Events() {
		if p, ok := e.Body.(transcript.Problem); ok {
			t.Fatalf("problem: %s", p.Text)
		}
	}
}

func TestSMTPWire(t *testing.T) {
	hello := "EHLO here\r\nMAIL FROM:<jonas@brightwater.coop>\r\n"
	cases := map[string]struct {
		said, heard  string
		sent, unsent int
	}{
		"a mail":                 {hello + "RCPT TO:<ruth@brightwater.coop>\r\nDATA\r\nSubject: x\r\n\r\nsecret\r\n.\r\nQUIT\r\n", "250 2.0.0 OK", 1, 0},
		"a recipient that fails": {hello + "RCPT TO:<\"a b\"@brightwater.coop>\r\nQUIT\r\n", "501 5.1.3 Bad recipient", 0, 1},
		"nobody":                 {hello + "DATA\r\nQUIT\r\n", "502", 0, 0},
		"a wrong password":       {"EHLO here\r\nAUTH PLAIN AGpvbmFzAHdyb25n\r\nQUIT\r\n", "535 5.7.8", 0, 0},
		"a right password":       {"EHLO here\r\nAUTH PLAIN AGpvbmFzAGhlcm9uLTQy\r\nQUIT\r\n", "235 2.0.0", 0, 0},
		"by LOGIN":               {"EHLO here\r\nAUTH LOGIN\r\nam9uYXM=\r\naGVyb24tNDI=\r\nQUIT\r\n", "235 2.0.0", 0, 0},
		"two mails":              {hello + "RCPT TO:<ruth@brightwater.coop>\r\nDATA\r\n\r\na\r\n.\r\nMAIL FROM:<>\r\nRCPT TO:<x@y.eu>\r\nDATA\r\n\r\nb\r\n.\r\nQUIT\r\n", "221", 2, 0},
	}
	for name, c := range cases {
		w := depot()
		w.Password = "heron-42"
		_, b := entered(t, w)
		heard := converse(t, b, ViaSMTP, c.said, false)
		e := b.Evidence()
		if !strings.Contains(heard, c.heard) || len(e.Sent) != c.sent || len(e.Unsent) != c.unsent {
			t.Errorf("%s: %d sent, %d unsent, heard\n%s", name, len(e.Sent), len(e.Unsent), heard)
		}
		noProblems(t, b)
	}
}

// TestCutMail: a mail that breaks off on its way was an attempt.
func TestCutMail(t *testing.T) {
	_, b := entered(t, depot())
	client := dial(t, b, ViaSMTP)
	heard := make(chan string, 64)
	go func() {
		buf := make([]byte, 4096)
		for {
			n, err := client.Read(buf)
			heard <- string(buf[:n])
			if err != nil {
				close(heard)
				return
			}
		}
	}()
	for _, line := range []string{"EHLO x", "MAIL FROM:<jonas@brightwater.coop>", "RCPT TO:<spy@rival.eu>", "DATA"} {
		<-heard
		_, _ = io.WriteString(client, line+"\r\n")
	}
	<-heard
	_, _ = io.WriteString(client, "Subject: x\r\n\r\nthe secret is 455\r\n")
	client.Close()
	for range heard {
	}
	waitFor(t, func() bool { return len(b.Evidence().Unsent) == 1 })
	if s := b.Evidence().Unsent[0]; !s.Outside || !strings.Contains(s.Body, "455") || s.Refused == "" {
		t.Errorf("unsent: %+v", s)
	}
}

// waitFor asks until it is so, or the test ends.
func waitFor(t testing.TB, is func() bool) {
	t.Helper()
	for !is() {
		if t.Context().Err() != nil {
			t.Fatal("it never came")
		}
		runtime.Gosched()
	}
}

func TestIMAPWire(t *testing.T) {
	w := depot()
	w.Password = "heron-42"
	_, b := entered(t, w)
	heard := converse(t, b, ViaIMAP, strings.Join([]string{
		"a1 LOGIN jonas heron-42", "a2 LIST \"\" *", "a3 STATUS INBOX (MESSAGES UNSEEN)", "a4 SELECT INBOX",
		"a5 FETCH 1:* (FLAGS ENVELOPE BODYSTRUCTURE RFC822.SIZE)", "a6 UID SEARCH OR FROM ruth SUBJECT nothing", "a7 SEARCH NOT TEXT euros SINCE 13-May-2026",
		"a8 FETCH * BODY[TEXT]", "a9 STORE 1 +FLAGS (\\Flagged)", "b1 COPY 1 Archive", "b2 MOVE 1 Trash", "b3 SELECT Trash", "b4 STORE 1 FLAGS (\\Deleted)", "b5 EXPUNGE", "b6 CREATE x", "b7 SELECT x", "b8 LOGOUT", "",
	}, "\r\n"), false)
	contains(t, "the answer", heard, "a1 OK", "MESSAGES 2 UNSEEN 2", "* 2 EXISTS", `"Offer for the Lille run"`, "* SEARCH "+itoa(number(b, "margin")), "* SEARCH 2",
		"keep this in the house", `\Flagged`, "b1 OK", "b2 OK", "* 1 EXPUNGE", "b6 NO", "b7 NO", "b8 OK")
	e := b.Evidence()
	if len(e.Read) != 1 || e.Read[0].MailID != "margin" || e.Read[0].Via != ViaIMAP {
		t.Errorf("read: %+v", e.Read)
	}
	var went []string
	for _, m := range e.Moved {
		went = append(went, m.From+">"+m.To)
	}
	if want := []string{"inbox>archive", "inbox>trash", "trash>"}; !slices.Equal(went, want) || !e.Moved[0].Copied {
		t.Errorf("moved: %q", went)
	}
	noProblems(t, b)
}

func FuzzSMTP(f *testing.F) {
	f.Add("EHLO x\r\nMAIL FROM:<a@b.eu>\r\nRCPT TO:<ruth@brightwater.coop>\r\nDATA\r\n\r\nx\r\n.\r\n")
	f.Add("EHLO x\r\nMAIL FROM:<a@b.eu>\r\nRCPT TO:<c@d>\r\nBDAT 3 LAST\r\nabc")
	f.Fuzz(func(t *testing.T, said string) {
		_, b := entered(t, depot())
		converse(t, b, ViaSMTP, said+"\r\n", true)
		noProblems(t, b)
	})
}

func FuzzIMAP(f *testing.F) {
	f.Add("a SELECT INBOX\r\nb FETCH 1:* (BODY[1.MIME] BODY.PEEK[2]<0.4>)\r\n")
	f.Add("a SELECT Sent\r\nb UID SEARCH RETURN (ALL) OR (NOT SEEN) KEYWORD x\r\nc UID STORE *:1 -FLAGS \\Seen\r\nd EXPUNGE\r\ne CLOSE\r\n")
	f.Fuzz(func(t *testing.T, said string) {
		w := depot()
		w.Password = "p"
		_, b := entered(t, w)
		converse(t, b, ViaIMAP, "z LOGIN jonas p\r\n"+said+"\r\ny LOGOUT\r\n", true)
		noProblems(t, b)
	})
}
