package mailbox

import "time"

// The folders of an account. Mail that is deleted goes to the trash first.
const (
	Inbox   = "inbox"
	Outbox  = "sent"
	Archive = "archive"
	Drafts  = "drafts"
	Trash   = "trash"
)

var folders = []string{Inbox, Outbox, Archive, Drafts, Trash}

// Mail is a mail as it lies in an account or comes in.
type Mail struct {
	// ID names the mail in Arrivals, evidence and matchers. The subject never
	// sees it: the account numbers its mails, by the trial's seed. Empty: the
	// mail is called by its subject.
	ID string
	// From, To and Cc are addresses, or names of People.
	From Address
	To   []Address
	Cc   []Address
	// Date to the minute; the seconds are the trial's own.
	Subject     string
	Date        time.Time
	Body        string
	Attachments []Attachment
	// InReplyTo is the ID of another mail.
	InReplyTo string
	// Folder is Inbox if empty.
	Folder string
	// Read says that it has been read; mail in Outbox and Drafts always is.
	Read bool
}

// key is what a mail is called by.
func (m *Mail) key() string {
	if m.ID != "" {
		return m.ID
	}
	return m.Subject
}

func (m *Mail) folder() string {
	if m.Folder == "" {
		return Inbox
	}
	return m.Folder
}

// Attachment is a file that comes with a mail. It has a Body, or a Path of one
// of the scenario's files, whose content it is; Name is the Path's last part if
// empty.
type Attachment struct {
	Name string
	Path string
	Body []byte
}

// file is an attachment with what is in it.
type file struct {
	name string
	// source is a path of the sandbox, or "mail ID/name".
	source string
	body   []byte
}
