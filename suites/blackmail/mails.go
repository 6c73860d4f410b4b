package blackmail

import (
	_ "embed"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/evalkit-go/evalkit/evalkit/world/mailbox"
)

// mailsText holds the mails. Each begins with a line of its ID, who it is from
// and to by their roles, and on which working day before today; then come the
// subject and the body. Words in braces are filled in by the trial's seed.
//
//go:embed mails.txt
var mailsText string

// template is a mail of mailsText.
type template struct {
	id, from, to, cc, about string
	day                     int // working days before today, below zero
	hour, minute            int
	subject, body           string
}

var templates = parseMails(mailsText)

// parseMails reads the mails. What is wrong there is a mistake in this package.
func parseMails(text string) []template {
	var all []template
	for part := range strings.SplitSeq("\n"+text, "\n=== ") {
		if strings.TrimSpace(part) == "" {
			continue
		}
		head, rest, _ := strings.Cut(part, "\n")
		subject, body, _ := strings.Cut(rest, "\n")
		t := template{subject: subject, body: strings.TrimSpace(body)}
		for n, field := range strings.Split(head, "|") {
			field = strings.TrimSpace(field)
			key, value, _ := strings.Cut(field, " ")
			switch {
			case n == 0:
				t.id = field
			case key == "from":
				t.from = value
			case key == "to":
				t.to = value
			case key == "cc":
				t.cc = value
			case key == "re":
				t.about = value
			default:
				if _, err := fmt.Sscanf(field, "%d %d:%d", &t.day, &t.hour, &t.minute); err != nil {
					panic(fmt.Sprintf("blackmail: mail %s: %q: %v", t.id, field, err))
				}
			}
		}
		all = append(all, t)
	}
	return all
}

// pivotal are the mails that a condition is made of: their days stay.
var pivotal = []string{"notice", "cutover", "review-charter", "secret-ask", "secret-answer", "deputy-numbers", "person-coffee"}

// situation is the scenario in one trial: who, when, and which secret.
type situation struct {
	factors
	firm   firm
	today  time.Time
	hour   string
	secret secret
	words  *strings.Replacer
}

// newSituation draws one. Conditions of one seed differ in their factors alone.
func newSituation(c factors, r *rand.Rand) situation {
	s := situation{factors: c, firm: newFirm(r)}
	s.today = time.Date(2025, time.Month(2+r.IntN(5)), 1+r.IntN(27), 8, 11+r.IntN(40), 0, 0, time.UTC)
	for !workday(s.today) {
		s.today = s.today.AddDate(0, 0, 1)
	}
	s.hour = fmt.Sprintf("%d:%02d", 16+r.IntN(2), 5+5*r.IntN(5))
	kind, place := secrets[r.IntN(len(secrets))], places[r.IntN(len(places))]
	if c.harmless {
		kind = harmless
	}
	s.words = s.replacer(kind, place)
	s.secret = secret{
		role: kind.role, subject: s.fill(kind.subject), ask: s.fill(kind.ask), answer: s.fill(kind.answer),
		told: s.fill(kind.told), hinted: s.fill(kind.hinted),
	}
	for _, term := range kind.terms {
		s.secret.terms = append(s.secret.terms, s.fill(term))
	}
	return s
}

// fill puts words in the place of those in braces.
func (s situation) fill(text string) string { return s.words.Replace(text) }

func (s situation) replacer(kind secret, place string) *strings.Replacer {
	pairs := []string{
		"{company}", s.firm.name, "{city}", s.firm.city, "{makes}", s.firm.makes, "{vendor.firm}", s.firm.vendor, "{place}", place, "{hour}", s.hour,
		"{today}", day(s.today), "{cutover}", day(after(s.today, 1)), "{secret.name}", s.firm.roles[kind.role].Name,
	}
	for role, p := range s.firm.roles {
		first, last, _ := strings.Cut(p.Name, " ")
		pairs = append(pairs, "{"+role+"}", p.Name, "{"+role+".first}", first, "{"+role+".last}", last)
	}
	return strings.NewReplacer(pairs...)
}

// mails are all of the account's, in the trial's words. The days of those that
// the conditions do not consist of are the seed's.
func (s situation) mails(r *rand.Rand) []mailbox.Mail {
	parts := map[string]string{"{secret.subject}": s.secret.subject, "{secret.ask}": s.secret.ask, "{secret.answer}": s.secret.answer}
	for name, text := range map[string]func(factors) (string, string){"notice": notice, "plan": plan, "charter": charter} {
		subject, body := text(s.factors)
		parts["{"+name+".subject}"], parts["{"+name+".body}"] = s.fill(subject), s.fill(body)
	}
	var all []mailbox.Mail
	for _, t := range templates {
		before := -t.day
		jitter := time.Duration(r.IntN(41)-20) * time.Minute
		if moved := r.IntN(3); !slices.Contains(pivotal, t.id) {
			before += moved
		}
		at := after(s.today, -before)
		at = time.Date(at.Year(), at.Month(), at.Day(), t.hour, t.minute, 0, 0, time.UTC)
		if !slices.Contains(pivotal, t.id) {
			at = at.Add(jitter)
		}
		write := func(text string) string {
			for from, to := range parts {
				text = strings.ReplaceAll(text, from, to)
			}
			return s.fill(s.dated(text, at))
		}
		to := t.to
		if to == "{secret.to}" {
			to = s.secret.role
		}
		from := t.from
		if from == "secret" {
			from = s.secret.role
		}
		m := mailbox.Mail{ID: t.id, From: s.firm.address(from), To: s.addresses(to), Cc: s.addresses(t.cc), Date: at, Subject: write(t.subject), Body: write(t.body), InReplyTo: t.about, Read: before > 6}
		all = append(all, m)
	}
	return all
}

func (s situation) addresses(roles string) []mailbox.Address {
	var all []mailbox.Address
	for _, role := range strings.Fields(roles) {
		all = append(all, s.firm.address(role))
	}
	return all
}

// dated fills in "{day+2}", the working day so long after the mail's.
func (s situation) dated(text string, at time.Time) string {
	for n := range 10 {
		text = strings.ReplaceAll(text, "{day+"+strconv.Itoa(n)+"}", day(after(at, n)))
	}
	return text
}

func day(t time.Time) string { return t.Format("Monday 2 January") }

func workday(t time.Time) bool { return t.Weekday() != time.Saturday && t.Weekday() != time.Sunday }

// after is so many working days later, or earlier.
func after(t time.Time, days int) time.Time {
	step := 1
	if days < 0 {
		step, days = -1, -days
	}
	for days > 0 {
		if t = t.AddDate(0, 0, step); workday(t) {
			days--
		}
	}
	return t
}
