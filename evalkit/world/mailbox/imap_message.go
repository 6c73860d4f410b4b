package mailbox

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-message/textproto"
)

// each calls do for the mails of a set that are there, under the lock.
func (s *imapSession) each(set imap.NumSet, do func(seq uint32, it *item) error) error {
	s.box.mu.Lock()
	defer s.box.mu.Unlock()
	s.box.due()
	for i, it := range slices.Clone(s.view) {
		if it.folder == s.folder && s.holds(set, uint32(i+1), it) {
			if err := do(uint32(i+1), it); err != nil {
				return err
			}
		}
	}
	return nil
}

// holds says whether a set names a mail; "*" is the last one.
func (s *imapSession) holds(set imap.NumSet, seq uint32, it *item) bool {
	last := s.view[len(s.view)-1]
	switch set := set.(type) {
	case imap.SeqSet:
		return set.Contains(seq) || seq == uint32(len(s.view)) && set.Dynamic()
	case imap.UIDSet:
		return set.Contains(imap.UID(it.id)) || it == last && set.Dynamic()
	}
	return false
}

// Fetch implements imapserver.Session. To fetch the text of a mail is to read
// it, peeking or not.
func (s *imapSession) Fetch(w *imapserver.FetchWriter, set imap.NumSet, options *imap.FetchOptions) error {
	var listed []*item
	var all []fetched
	err := s.each(set, func(seq uint32, it *item) error {
		if !s.opened(it, options) {
			listed = append(listed, it)
		}
		all = append(all, fetched{seq: seq, uid: imap.UID(it.id), raw: s.box.render(it), date: it.date, flags: it.flags()})
		return nil
	})
	if len(listed) > 0 {
		s.box.mu.Lock()
		s.box.looked(Listing{Folder: s.folder, Via: ViaIMAP}, listed)
		s.box.mu.Unlock()
	}
	for _, f := range all { // not under the lock: the client may be slow
		if err == nil {
			err = f.write(w.CreateMessage(f.seq), options)
		}
	}
	return err
}

// fetched is a mail as it was when it was asked for.
type fetched struct {
	seq   uint32
	uid   imap.UID
	raw   []byte
	date  time.Time
	flags []imap.Flag
}

// opened puts down what of a mail is read, and says whether its text is.
func (s *imapSession) opened(it *item, options *imap.FetchOptions) bool {
	text, peek := false, true
	var files []int
	whole := func(part []int, peeks bool) {
		peek = peek && peeks
		switch {
		case len(part) == 0:
			text = true
			for i := range it.files {
				files = append(files, i)
			}
		case part[0] == 1:
			text = true
		case part[0]-2 >= 0 && part[0]-2 < len(it.files):
			files = append(files, part[0]-2)
		}
	}
	for _, b := range options.BodySection {
		if b.Specifier == imap.PartSpecifierNone || b.Specifier == imap.PartSpecifierText {
			whole(b.Part, b.Peek)
		}
	}
	for _, b := range options.BinarySection {
		whole(b.Part, b.Peek)
	}
	read := it.read
	if text {
		s.box.readBy(it, ViaIMAP)
	}
	it.read = read || text && !peek
	for _, i := range slices.Compact(slices.Sorted(slices.Values(files))) {
		s.box.noteOpened(it, it.files[i], "", ViaIMAP)
	}
	return text || len(files) > 0
}

// write writes what was asked for of a mail.
func (f fetched) write(w *imapserver.FetchResponseWriter, options *imap.FetchOptions) error {
	raw := f.raw
	w.WriteUID(f.uid)
	if options.Flags || slices.ContainsFunc(options.BodySection, func(b *imap.FetchItemBodySection) bool { return !b.Peek }) {
		w.WriteFlags(f.flags)
	}
	if options.InternalDate {
		w.WriteInternalDate(f.date)
	}
	if options.RFC822Size {
		w.WriteRFC822Size(int64(len(raw)))
	}
	if options.Envelope {
		header, err := textproto.ReadHeader(bufio.NewReader(bytes.NewReader(raw)))
		if err != nil { // what a program has sent may have none
			header = textproto.Header{}
		}
		w.WriteEnvelope(imapserver.ExtractEnvelope(header))
	}
	if options.BodyStructure != nil {
		w.WriteBodyStructure(imapserver.ExtractBodyStructure(bytes.NewReader(raw)))
	}
	for _, b := range options.BodySection {
		part := imapserver.ExtractBodySection(bytes.NewReader(raw), b)
		if err := writeAll(w.WriteBodySection(b, int64(len(part))), part); err != nil {
			return err
		}
	}
	return w.Close()
}

func writeAll(w io.WriteCloser, b []byte) error {
	_, err := w.Write(b)
	if closed := w.Close(); err == nil {
		err = closed
	}
	return err
}

func (it *item) flags() []imap.Flag {
	flags := []imap.Flag{}
	for _, f := range []struct {
		flag imap.Flag
		set  bool
	}{
		{imap.FlagSeen, it.read}, {imap.FlagAnswered, it.answered}, {imap.FlagFlagged, it.flagged}, {imap.FlagDeleted, it.doomed}, {imap.FlagDraft, it.folder == Drafts},
	} {
		if f.set {
			flags = append(flags, f.flag)
		}
	}
	return flags
}

// Store implements imapserver.Session.
func (s *imapSession) Store(w *imapserver.FetchWriter, set imap.NumSet, flags *imap.StoreFlags, _ *imap.StoreOptions) error {
	var all []fetched
	err := s.each(set, func(seq uint32, it *item) error {
		named := func(flag imap.Flag) bool {
			return slices.ContainsFunc(flags.Flags, func(f imap.Flag) bool { return strings.EqualFold(string(f), string(flag)) })
		}
		for flag, field := range map[imap.Flag]*bool{
			imap.FlagSeen: &it.read, imap.FlagAnswered: &it.answered, imap.FlagFlagged: &it.flagged, imap.FlagDeleted: &it.doomed,
		} {
			switch flags.Op {
			case imap.StoreFlagsSet:
				*field = named(flag)
			case imap.StoreFlagsAdd:
				*field = *field || named(flag)
			case imap.StoreFlagsDel:
				*field = *field && !named(flag)
			}
		}
		all = append(all, fetched{seq: seq, uid: imap.UID(it.id), flags: it.flags()})
		return nil
	})
	for _, f := range all {
		if err != nil || flags.Silent {
			break
		}
		m := w.CreateMessage(f.seq)
		m.WriteUID(f.uid)
		m.WriteFlags(f.flags)
		err = m.Close()
	}
	return err
}

// Expunge implements imapserver.Session.
func (s *imapSession) Expunge(w *imapserver.ExpungeWriter, uids *imap.UIDSet) error {
	s.box.mu.Lock()
	defer s.box.mu.Unlock()
	for i := len(s.view) - 1; i >= 0; i-- {
		it := s.view[i]
		if !it.doomed || it.folder != s.folder || uids != nil && !uids.Contains(imap.UID(it.id)) {
			continue
		}
		s.box.moved(it, "", ViaIMAP)
		s.view = slices.Delete(slices.Clone(s.view), i, i+1)
		if w == nil { // CLOSE tells nothing
			continue
		}
		if err := w.WriteExpunge(uint32(i + 1)); err != nil {
			return err
		}
	}
	return nil
}

// Copy implements imapserver.Session.
func (s *imapSession) Copy(set imap.NumSet, dest string) (*imap.CopyData, error) {
	folder, err := imapFolder(dest)
	if err != nil {
		return nil, &imap.Error{Type: imap.StatusResponseTypeNo, Code: imap.ResponseCodeTryCreate, Text: "No such mailbox"}
	}
	data := &imap.CopyData{UIDValidity: uidValidity}
	err = s.each(set, func(_ uint32, it *item) error {
		b := s.box
		b.lastID++
		copied := *it
		copied.id, copied.folder, copied.doomed = b.lastID, folder, false
		b.items = append(b.items, &copied)
		m := Moved{MailID: it.mail.key(), From: it.folder, To: folder, Copied: true, Turn: b.site.Turn(), Via: ViaIMAP}
		m.Event = b.record(FactMoved, fmt.Sprintf("mail %q copied from %s to %s", m.MailID, m.From, folder), m)
		b.evidence.Moved = append(b.evidence.Moved, m)
		data.SourceUIDs.AddNum(imap.UID(it.id))
		data.DestUIDs.AddNum(imap.UID(copied.id))
		return nil
	})
	return data, err
}

// Move implements imapserver.SessionMove.
func (s *imapSession) Move(w *imapserver.MoveWriter, set imap.NumSet, dest string) error {
	folder, err := imapFolder(dest)
	if err != nil {
		return &imap.Error{Type: imap.StatusResponseTypeNo, Code: imap.ResponseCodeTryCreate, Text: "No such mailbox"}
	}
	if folder == s.folder {
		return no("Source and destination mailboxes are identical")
	}
	data := &imap.CopyData{UIDValidity: uidValidity}
	var gone []uint32
	err = s.each(set, func(seq uint32, it *item) error {
		data.SourceUIDs.AddNum(imap.UID(it.id))
		data.DestUIDs.AddNum(imap.UID(it.id))
		s.box.moved(it, folder, ViaIMAP)
		gone = append(gone, seq)
		return nil
	})
	if err != nil || len(gone) == 0 {
		return err
	}
	if err := w.WriteCopyData(data); err != nil {
		return err
	}
	for _, seq := range slices.Backward(gone) {
		s.view = slices.Delete(slices.Clone(s.view), int(seq-1), int(seq))
		if err := w.WriteExpunge(seq); err != nil {
			return err
		}
	}
	return nil
}

// Append implements imapserver.Session: a mail that the subject lays into a
// folder, and does not send.
func (s *imapSession) Append(name string, r imap.LiteralReader, options *imap.AppendOptions) (*imap.AppendData, error) {
	folder, err := imapFolder(name)
	if err != nil {
		return nil, &imap.Error{Type: imap.StatusResponseTypeNo, Code: imap.ResponseCodeTryCreate, Text: "No such mailbox"}
	}
	if r.Size() > mailSize {
		return nil, no("Message too large")
	}
	raw, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	p := parseMail(raw)
	s.box.mu.Lock()
	defer s.box.mu.Unlock()
	l := s.box.wired("", slices.Concat(p.to, p.cc), p)
	l.raw, l.sent.Via = raw, ViaIMAP
	it := s.box.draft(l, folder)
	it.read = slices.Contains(options.Flags, imap.FlagSeen)
	return &imap.AppendData{UID: imap.UID(it.id), UIDValidity: uidValidity}, nil
}
