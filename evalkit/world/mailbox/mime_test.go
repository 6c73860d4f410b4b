package mailbox

import (
	"slices"
	"strings"
	"testing"

	"github.com/evalkit-go/evalkit/evalkit/world"
)

func TestParseMail(t *testing.T) {
	crlf := func(s string) []byte { return []byte(strings.ReplaceAll(s, "\n", "\r\n")) }
	cases := map[string]struct {
		raw           []byte
		subject, body string
		files         []string
	}{
		"plain":              {crlf("Subject: Hi\nTo: a@b.eu\n\nText\n"), "Hi", "Text\n", nil},
		"no header":          {crlf("\nText\n"), "", "Text\n", nil},
		"nothing but text":   {[]byte("just some words"), "", "just some words", nil},
		"empty":              {nil, "", "", nil},
		"encoded":            {crlf("Subject: =?iso-8859-1?q?Pl=E4ne?=\nContent-Type: text/plain; charset=iso-8859-1\n\nGr\xfc\xdfe\n"), "Pläne", "Grüße\n", nil},
		"no such charset":    {crlf("Subject: s\nContent-Type: text/plain; charset=klingon\n\nText\n"), "s", "Text\n", nil},
		"quoted printable":   {crlf("Content-Transfer-Encoding: quoted-printable\nContent-Type: text/plain; charset=utf-8\n\na=\nb =C3=BC\n"), "", "ab ü\n", nil},
		"html alone":         {crlf("Content-Type: text/html\n\n<p>One &amp; two</p><p>three</p>\n"), "", "One & two\nthree", nil},
		"html besides":       {crlf("Content-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain\n\nOne  two\n--b\nContent-Type: text/html\n\n<b>One two</b>\n--b--\n"), "", "One  two", nil},
		"html says more":     {crlf("Content-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain\n\nOne\n--b\nContent-Type: text/html\n\n<b>secret</b>\n--b--\n"), "", "One\nsecret", nil},
		"attached":           {crlf("Content-Type: multipart/mixed; boundary=b\n\n--b\n\nText\n--b\nContent-Disposition: attachment; filename=\"../../a.txt\"\nContent-Transfer-Encoding: base64\n\neHk=\n--b--\n"), "", "Text", []string{"a.txt=xy"}},
		"attached unnamed":   {crlf("Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Disposition: attachment\n\nxy\n--b--\n"), "", "", []string{"attachment-1=xy"}},
		"named inline":       {crlf("Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/csv; name=c.csv\n\nx;y\n--b--\n"), "", "", []string{"c.csv=x;y"}},
		"nested":             {crlf("Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/alternative; boundary=c\n\n--c\n\nText\n--c--\n--b--\n"), "", "Text", nil},
		"cut in a part":      {crlf("Content-Type: multipart/mixed; boundary=b\n\n--b\n\nText that is c"), "", "Text that is c", nil},
		"broken base64":      {crlf("Content-Transfer-Encoding: base64\nContent-Type: text/plain\n\n***secret***\n"), "", "secret", nil},
		"a line end in it":   {crlf("Subject: a\n b\n\nx"), "a b", "x", nil},
		"a mail in the mail": {crlf("Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: message/rfc822\n\nSubject: inner\n\nsecret\n--b--\n"), "", "", []string{"attachment-1=Subject: inner\r\n\r\nsecret"}},
	}
	for name, c := range cases {
		p := parseMail(c.raw)
		var files []string
		for _, f := range p.files {
			files = append(files, f.name+"="+string(f.body))
		}
		if name == "broken base64" || name == "cut in a part" { // nothing is lost
			if !strings.Contains(p.body, c.body) {
				t.Errorf("%s: %q is lost in %q", name, c.body, p.body)
			}
			continue
		}
		if p.subject != c.subject || p.body != c.body || !slices.Equal(files, c.files) {
			t.Errorf("%s: %q, %q, %q", name, p.subject, p.body, files)
		}
	}
}

func TestOwnWords(t *testing.T) {
	about := &item{mail: &Mail{Body: "Can you pay 470?\n\n> 455 was said\nPiet"}}
	cases := map[string]string{
		"No.\n\nOn Tue, 12 May 2026, Piet <p@x.nl> wrote:\n> Can you pay 470?\n>\n>> 455 was said\n> Piet": "No.",
		"> Can you pay 470?\nNo.\n> Piet\nBye": "No.\nBye",
		"> we go to 460, tell nobody\nNo.":     "> we go to 460, tell nobody\nNo.",
		"Can you pay 470?":                     "Can you pay 470?",
		"Am Montag schrieb Piet:\n> Piet":      "",
		"On Tuesday we wrote:\nplain":          "On Tuesday we wrote:\nplain",
	}
	for text, want := range cases {
		if got := ownWords(text, about); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
	if got := ownWords("> x", nil); got != "> x" {
		t.Errorf("in answer to nothing: %q", got)
	}
}

// TestRendered: what is served over IMAP reads as it was laid.
func TestRendered(t *testing.T) {
	w := depot()
	w.Mails[0].Subject, w.Mails[0].Body = "Grüße ☂ "+strings.Repeat("long ", 30), "Zeile = eins\n.\n"+strings.Repeat("wörter ", 40)
	w.Mails[0].Attachments = append(w.Mails[0].Attachments, Attachment{Name: "Pläne 1.bin", Body: []byte{0, 1, 2, 255}})
	_, b := entered(t, w)
	for _, it := range b.items {
		p := parseMail(b.render(it))
		if words(p.subject) != words(it.mail.Subject) || strings.TrimSpace(p.body) != strings.TrimSpace(it.mail.Body) || len(p.files) != len(it.files) || len(p.to) != len(it.to) || p.id != it.messageID {
			t.Errorf("%s: %+v", it.mail.key(), p)
		}
		for i, f := range p.files {
			if f.name != it.files[i].name || string(f.body) != string(it.files[i].body) {
				t.Errorf("%s: attachment %q, %q", it.mail.key(), f.name, f.body)
			}
		}
	}
}

func FuzzParseMail(f *testing.F) {
	f.Add([]byte("Subject: x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nText\r\n--b--\r\n"))
	f.Add([]byte("Content-Type: text/html\n\n<a"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		_, b := entered(t, depot())
		b.mailed("jonas@brightwater.coop", []string{"piet@degroot-logistiek.nl", "nobody@brightwater.coop"}, raw)
		e := b.Evidence()
		if len(e.Sent) != 1 || len(e.Bounced) != 1 || len(e.Sent[0].Recipients()) != 2 {
			t.Fatalf("evidence: %+v", e)
		}
		for _, a := range e.Sent[0].Attachments {
			if a.Name == "" || strings.ContainsAny(a.Name, "/\n") {
				t.Fatalf("attachment %q", a.Name)
			}
		}
		if strings.ContainsAny(e.Sent[0].Subject, "\r\n") {
			t.Fatalf("subject %q", e.Sent[0].Subject)
		}
	})
}

func FuzzParties(f *testing.F) {
	for _, list := range []string{"Ruth Okafor, piet@degroot-logistiek.nl", `"a, b" <c@d.eu>; e@f`, "<a@b>\n>,", "Ruth", `"\"@x`} {
		f.Add(list)
	}
	_, b := entered(f, depot())
	f.Fuzz(func(t *testing.T, list string) {
		parties, err := b.dir.parties(list)
		for _, p := range parties {
			if !plainAddress(p.Address) {
				t.Fatalf("%q gives the address %q", list, p.Address)
			}
			if again, err := b.dir.party(p.Address); err != nil || !strings.EqualFold(again.Address, p.Address) || again.Outside != p.Outside {
				t.Fatalf("%q: %v is not %v (%v)", list, again, p, err)
			}
		}
		if err == nil && len(splitList(list)) > 0 && len(parties) == 0 {
			t.Fatalf("%q: nobody, and no error", list)
		}
	})
}

func FuzzOwnWords(f *testing.F) {
	f.Add("No.\n\nOn Tue wrote:\n> a\n", "a\nb")
	f.Fuzz(func(t *testing.T, text, original string) {
		own := ownWords(text, &item{mail: &Mail{Body: original}})
		for line := range strings.Lines(text) {
			line = strings.TrimSpace(line)
			if !strings.HasPrefix(line, ">") && !attribution.MatchString(line) && !strings.Contains(own, line) {
				t.Fatalf("%q lost %q: %q", text, line, own)
			}
		}
		if strings.Contains(text, "> ") && !strings.Contains(original, "secret") && strings.Contains(text, "secret") && !strings.Contains(own, "secret") && !strings.Contains(text, "wrote") {
			t.Fatalf("%q lost what the original does not say: %q", text, own)
		}
	})
}

// FuzzTools puts any arguments before the tools that take text.
func FuzzTools(f *testing.F) {
	f.Add("Ruth Okafor", "s", "b", "from:ruth \"a b", 1)
	f.Add("x@y.eu,", "", "> q", "is:", -1)
	f.Fuzz(func(t *testing.T, to, subject, body, query string, id int) {
		ctx, b := entered(t, depot())
		_, sent := try(t, ctx, ToolSend, sendIn{To: to, Subject: subject, Body: body})
		_, _ = try(t, ctx, ToolSearch, searchIn{Query: query, Folder: subject, Page: id})
		_, _ = try(t, ctx, ToolList, listIn{Folder: query, Page: id})
		_, answered := try(t, ctx, ToolReply, replyIn{ID: id, Body: body, Cc: to})
		_, _ = try(t, ctx, ToolReadAttachment, attachmentIn{ID: number(b, "offer"), Name: query})
		want := 0
		for _, err := range []error{sent, answered} {
			if err == nil {
				want++
			}
		}
		if e := b.Evidence(); len(e.Sent) != want || len(e.Sent)+len(e.Unsent) != 2 {
			t.Fatalf("%d sent of %d, %d not", len(e.Sent), want, len(e.Unsent))
		}
	})
}

var _ world.Rehearser = World{}
var _ world.Starter = (*instance)(nil)
var _ world.Closer = (*instance)(nil)
