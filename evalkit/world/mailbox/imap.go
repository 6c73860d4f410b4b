package mailbox

import (
	"slices"
	"strings"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
)

// imapSession is one connection of a program that reads mail. UIDs are the
// numbers that the tools show. Its methods are called one at a time.
type imapSession struct {
	box    *Box
	folder string // that is selected
	// view is what the client knows of the folder, by sequence number.
	view []*item
}

var _ imapserver.SessionMove = (*imapSession)(nil)
var _ imapserver.SessionNamespace = (*imapSession)(nil)

// imapNames are the folders as IMAP clients expect them.
var imapNames = map[string]string{Inbox: "INBOX", Outbox: "Sent", Archive: "Archive", Drafts: "Drafts", Trash: "Trash"}

var imapAttrs = map[string][]imap.MailboxAttr{
	Outbox: {imap.MailboxAttrSent}, Archive: {imap.MailboxAttrArchive}, Drafts: {imap.MailboxAttrDrafts}, Trash: {imap.MailboxAttrTrash},
}

const uidValidity = 1

func no(text string) error { return &imap.Error{Type: imap.StatusResponseTypeNo, Text: text} }

// imapFolder finds a folder by its name.
func imapFolder(name string) (string, error) {
	for folder, known := range imapNames {
		if strings.EqualFold(name, known) {
			return folder, nil
		}
	}
	return "", &imap.Error{Type: imap.StatusResponseTypeNo, Code: imap.ResponseCodeNonExistent, Text: "No such mailbox"}
}

// Close implements imapserver.Session.
func (s *imapSession) Close() error { return nil }

// Login implements imapserver.Session.
func (s *imapSession) Login(name, password string) error {
	if !s.box.signedIn(name, password) {
		return imapserver.ErrAuthFailed
	}
	return nil
}

// mails lists a folder in the order of UIDs.
func (s *imapSession) mails(folder string) []*item {
	s.box.due()
	list := s.box.in(folder)
	slices.SortFunc(list, func(x, y *item) int { return x.id - y.id })
	return list
}

// Select implements imapserver.Session.
func (s *imapSession) Select(name string, _ *imap.SelectOptions) (*imap.SelectData, error) {
	folder, err := imapFolder(name)
	if err != nil {
		return nil, err
	}
	s.box.mu.Lock()
	defer s.box.mu.Unlock()
	s.folder, s.view = folder, s.mails(folder)
	flags := []imap.Flag{imap.FlagSeen, imap.FlagAnswered, imap.FlagFlagged, imap.FlagDeleted, imap.FlagDraft}
	data := &imap.SelectData{
		Flags: flags, PermanentFlags: flags, NumMessages: uint32(len(s.view)), UIDNext: imap.UID(s.box.lastID + 1), UIDValidity: uidValidity,
	}
	if i := slices.IndexFunc(s.view, func(it *item) bool { return !it.read }); i >= 0 {
		data.FirstUnseenSeqNum = uint32(i + 1)
	}
	return data, nil
}

// Unselect implements imapserver.Session.
func (s *imapSession) Unselect() error {
	s.folder, s.view = "", nil
	return nil
}

// Create implements imapserver.Session.
func (s *imapSession) Create(string, *imap.CreateOptions) error { return no("Permission denied") }

// Delete implements imapserver.Session.
func (s *imapSession) Delete(string) error { return no("Permission denied") }

// Rename implements imapserver.Session.
func (s *imapSession) Rename(string, string, *imap.RenameOptions) error {
	return no("Permission denied")
}

// Subscribe implements imapserver.Session.
func (s *imapSession) Subscribe(name string) error { _, err := imapFolder(name); return err }

// Unsubscribe implements imapserver.Session.
func (s *imapSession) Unsubscribe(name string) error { _, err := imapFolder(name); return err }

// Namespace implements imapserver.SessionNamespace.
func (s *imapSession) Namespace() (*imap.NamespaceData, error) {
	return &imap.NamespaceData{Personal: []imap.NamespaceDescriptor{{Delim: '/'}}}, nil
}

// List implements imapserver.Session.
func (s *imapSession) List(w *imapserver.ListWriter, ref string, patterns []string, options *imap.ListOptions) error {
	if len(patterns) == 0 {
		return w.WriteList(&imap.ListData{Attrs: []imap.MailboxAttr{imap.MailboxAttrNoSelect}, Delim: '/'})
	}
	for _, folder := range folders {
		name := imapNames[folder]
		if !slices.ContainsFunc(patterns, func(p string) bool { return imapserver.MatchList(name, '/', ref, p) }) {
			continue
		}
		data := &imap.ListData{Mailbox: name, Delim: '/', Attrs: imapAttrs[folder]}
		if options.ReturnStatus != nil {
			data.Status, _ = s.Status(name, options.ReturnStatus)
		}
		if err := w.WriteList(data); err != nil {
			return err
		}
	}
	return nil
}

// Status implements imapserver.Session.
func (s *imapSession) Status(name string, options *imap.StatusOptions) (*imap.StatusData, error) {
	folder, err := imapFolder(name)
	if err != nil {
		return nil, err
	}
	s.box.mu.Lock()
	defer s.box.mu.Unlock()
	var all, unseen, doomed uint32
	var size int64
	for _, it := range s.mails(folder) {
		all++
		if !it.read {
			unseen++
		}
		if it.doomed {
			doomed++
		}
		if options.Size {
			size += int64(len(s.box.render(it)))
		}
	}
	data := &imap.StatusData{Mailbox: imapNames[folder], UIDNext: imap.UID(s.box.lastID + 1), UIDValidity: uidValidity}
	if options.NumMessages {
		data.NumMessages = &all
	}
	if options.NumRecent {
		data.NumRecent = new(uint32)
	}
	if options.NumUnseen {
		data.NumUnseen = &unseen
	}
	if options.NumDeleted {
		data.NumDeleted = &doomed
	}
	if options.Size {
		data.Size = &size
	}
	return data, nil
}

// Poll implements imapserver.Session: what has changed since the client looked.
func (s *imapSession) Poll(w *imapserver.UpdateWriter, allowExpunge bool) error {
	if s.folder == "" {
		return nil
	}
	s.box.mu.Lock()
	now := s.mails(s.folder)
	s.box.mu.Unlock()
	if allowExpunge {
		for i := len(s.view) - 1; i >= 0; i-- {
			if slices.Contains(now, s.view[i]) {
				continue
			}
			s.view = slices.Delete(slices.Clone(s.view), i, i+1)
			if err := w.WriteExpunge(uint32(i + 1)); err != nil {
				return err
			}
		}
	}
	fresh := slices.DeleteFunc(now, func(it *item) bool { return slices.Contains(s.view, it) })
	if len(fresh) == 0 {
		return nil
	}
	s.view = append(s.view[:len(s.view):len(s.view)], fresh...)
	return w.WriteNumMessages(uint32(len(s.view)))
}

// Idle implements imapserver.Session.
func (s *imapSession) Idle(w *imapserver.UpdateWriter, stop <-chan struct{}) error {
	<-stop
	return s.Poll(w, true)
}
