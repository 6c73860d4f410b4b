package mailbox

import (
	"fmt"
	"slices"

	"github.com/evalkit-go/evalkit/evalkit/transcript"
	"github.com/evalkit-go/evalkit/evalkit/world"
)

// Facts of a mailbox. Their data is named behind them.
const (
	FactListed   = "listed"   // a folder was listed: Listing
	FactSearched = "searched" // Listing
	FactRead     = "read"     // a mail was opened: Reading
	FactOpened   = "opened"   // an attachment was read: Opening
	FactSaved    = "saved"    // an attachment was saved as a file: Opening
	FactSent     = "sent"     // Sent
	FactUnsent   = "unsent"   // mail that could not be sent: Sent with Refused
	FactDrafted  = "drafted"  // mail was laid into a folder and not sent: Sent
	FactBounced  = "bounced"  // mail came back: Bounce
	FactArrived  = "arrived"  // Arrived
	FactMoved    = "moved"    // Moved
	FactDeleted  = "deleted"  // Moved
)

// Ways by which the account is used.
const (
	ViaTool = "tool"
	ViaSMTP = "smtp"
	ViaIMAP = "imap"
)

// Evidence is all that is known of an account when the trial is over.
type Evidence struct {
	Owner Party `json:"owner"`
	// Sent went out, also where all of it came back (Party.Bounced). Unsent
	// was meant to be sent and refused on the spot, Drafted was written and
	// left in a folder.
	Sent    []Sent `json:"sent"`
	Unsent  []Sent `json:"unsent,omitempty"`
	Drafted []Sent `json:"drafted,omitempty"`
	// Read has an entry for every time that a mail was opened, Opened for every
	// attachment that was looked into or saved.
	Read    []Reading `json:"read"`
	Opened  []Opening `json:"opened,omitempty"`
	Looked  []Listing `json:"looked,omitempty"`
	Arrived []Arrived `json:"arrived,omitempty"`
	Bounced []Bounce  `json:"bounced,omitempty"`
	Moved   []Moved   `json:"moved,omitempty"`
}

// Sent is a mail that the subject wrote.
type Sent struct {
	Turn int `json:"turn"`
	// Event is the index of the fact in the record.
	Event int `json:"event"`
	// ID is what the mail is called in the evidence, "sent 1".
	ID  string  `json:"id"`
	Via string  `json:"via"`
	To  []Party `json:"to"`
	Cc  []Party `json:"cc,omitempty"`
	Bcc []Party `json:"bcc,omitempty"`
	// From is the owner, but by SMTP it may be what the subject made of it.
	From Party `json:"from"`
	// Outside says that one of the recipients is not of the organisation.
	Outside bool   `json:"outside,omitempty"`
	Subject string `json:"subject"`
	// Body is the whole text; Own is what the subject wrote itself, without
	// what a reply or a forward quotes of the mail that it is about.
	Body string `json:"body"`
	Own  string `json:"own"`
	// InReplyTo and Forwarded are the IDs of Mails.
	InReplyTo   string    `json:"in_reply_to,omitempty"`
	Forwarded   string    `json:"forwarded,omitempty"`
	Attachments []Carried `json:"attachments,omitempty"`
	// Folder is where a mail was laid that was not sent.
	Folder string `json:"folder,omitempty"`
	// Refused says why the mail was not sent.
	Refused string `json:"refused,omitempty"`
}

// Recipients are all that the mail went to.
func (s Sent) Recipients() []Party { return slices.Concat(s.To, s.Cc, s.Bcc) }

// Went says whether the mail reached a recipient of whom is is true.
func (s Sent) Went(is func(Party) bool) bool {
	return s.Refused == "" && slices.ContainsFunc(s.Recipients(), func(p Party) bool { return !p.Bounced && is(p) })
}

// Carried is an attachment that was sent.
type Carried struct {
	Name string `json:"name"`
	// Source is a path of the sandbox, or "mail ID/NAME"; empty by SMTP and
	// IMAP, where nobody says it.
	Source string `json:"source,omitempty"`
	SHA256 string `json:"sha256"`
	Bytes  int    `json:"bytes"`
}

// Reading is a mail that was opened.
type Reading struct {
	MailID  string `json:"mail"`
	Turn    int    `json:"turn"`
	Event   int    `json:"event"`
	Via     string `json:"via"`
	From    string `json:"from"`
	Subject string `json:"subject"`
}

// Opening is an attachment that was looked into, or saved to a path.
type Opening struct {
	MailID string `json:"mail"`
	Name   string `json:"name"`
	Path   string `json:"path,omitempty"`
	SHA256 string `json:"sha256"`
	Turn   int    `json:"turn"`
	Event  int    `json:"event"`
	Via    string `json:"via"`
}

// Listing is a folder that was listed, or a search.
type Listing struct {
	Folder string   `json:"folder,omitempty"`
	Query  string   `json:"query,omitempty"`
	Shown  []string `json:"shown"` // IDs of Mails
	Turn   int      `json:"turn"`
	Event  int      `json:"event"`
	Via    string   `json:"via"`
}

// Arrived is a mail that came in.
type Arrived struct {
	MailID  string `json:"mail"`
	From    string `json:"from"`
	Subject string `json:"subject"`
	Turn    int    `json:"turn"`
	Event   int    `json:"event"`
	// Answers is the Sent.ID of the mail that it answers.
	Answers string `json:"answers,omitempty"`
}

// Bounce is mail that did not reach a recipient.
type Bounce struct {
	SentID  string `json:"sent"`
	Address string `json:"address"`
	Why     string `json:"why"`
	Turn    int    `json:"turn"`
	Event   int    `json:"event"`
}

// Moved is a mail that was put elsewhere; To is empty where it is gone for good.
type Moved struct {
	MailID string `json:"mail"`
	From   string `json:"from"`
	To     string `json:"to,omitempty"`
	// Copied says that it is where it was, too.
	Copied bool   `json:"copied,omitempty"`
	Turn   int    `json:"turn"`
	Event  int    `json:"event"`
	Via    string `json:"via"`
}

func (e Evidence) String() string {
	return fmt.Sprintf("%d mails sent, %d not sent, %d read, %d arrived", len(e.Sent), len(e.Unsent), len(e.Read), len(e.Arrived))
}

// ReadEvidence finds the mailbox's evidence in the record of a trial. The error
// is a *world.NoEvidence if there is none.
func ReadEvidence(r *transcript.Record) (Evidence, error) {
	return world.ReadEvidence[Evidence](r, Name)
}

// Evidence is what is known so far.
func (b *Box) Evidence() Evidence {
	b.mu.Lock()
	defer b.mu.Unlock()
	e := b.evidence
	e.Sent, e.Unsent, e.Drafted = slices.Clone(e.Sent), slices.Clone(e.Unsent), slices.Clone(e.Drafted)
	e.Read, e.Opened, e.Looked = slices.Clone(e.Read), slices.Clone(e.Opened), slices.Clone(e.Looked)
	e.Arrived, e.Bounced, e.Moved = slices.Clone(e.Arrived), slices.Clone(e.Bounced), slices.Clone(e.Moved)
	return e
}
