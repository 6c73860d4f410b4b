package mailbox

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
)

// Search implements imapserver.Session.
func (s *imapSession) Search(kind imapserver.NumKind, criteria *imap.SearchCriteria, _ *imap.SearchOptions) (*imap.SearchData, error) {
	s.box.mu.Lock()
	defer s.box.mu.Unlock()
	s.box.due()
	var seqs imap.SeqSet
	var uids imap.UIDSet
	var found []*item
	data := &imap.SearchData{}
	for i, it := range s.view {
		if it.folder != s.folder || !s.matches(uint32(i+1), it, criteria) {
			continue
		}
		found = append(found, it)
		seqs.AddNum(uint32(i + 1))
		uids.AddNum(imap.UID(it.id))
		number := uint32(i + 1)
		if kind == imapserver.NumKindUID {
			number = uint32(it.id)
		}
		if data.Min == 0 {
			data.Min = number
		}
		data.Max, data.Count = number, data.Count+1
	}
	if data.All = seqs; kind == imapserver.NumKindUID {
		data.All = uids
	}
	s.box.looked(Listing{Folder: s.folder, Query: queryText(criteria), Via: ViaIMAP}, found)
	return data, nil
}

// matches says whether a mail meets all criteria.
func (s *imapSession) matches(seq uint32, it *item, c *imap.SearchCriteria) bool {
	for _, set := range c.SeqNum {
		if !s.holds(set, seq, it) {
			return false
		}
	}
	for _, set := range c.UID {
		if !s.holds(set, seq, it) {
			return false
		}
	}
	if !between(it.date, c.Since, c.Before) || !between(it.date, c.SentSince, c.SentBefore) {
		return false
	}
	flags := it.flags()
	has := func(flag imap.Flag) bool {
		return slices.ContainsFunc(flags, func(f imap.Flag) bool { return strings.EqualFold(string(f), string(flag)) })
	}
	if slices.ContainsFunc(c.NotFlag, has) || slices.ContainsFunc(c.Flag, func(f imap.Flag) bool { return !has(f) }) {
		return false
	}
	size := int64(0)
	if c.Larger != 0 || c.Smaller != 0 {
		size = int64(len(s.box.render(it)))
	}
	if c.Larger != 0 && size <= c.Larger || c.Smaller != 0 && size >= c.Smaller || !it.holdsText(c) {
		return false
	}
	for i := range c.Not {
		if s.matches(seq, it, &c.Not[i]) {
			return false
		}
	}
	for i := range c.Or {
		if !s.matches(seq, it, &c.Or[i][0]) && !s.matches(seq, it, &c.Or[i][1]) {
			return false
		}
	}
	return true
}

// holdsText says whether a mail holds the words of headers, body and text.
func (it *item) holdsText(c *imap.SearchCriteria) bool {
	headers := map[string]string{
		"from": it.from.String(), "to": listed(it.to), "cc": listed(it.cc), "subject": it.mail.Subject,
		"message-id": it.messageID, "date": it.date.Format(time.RFC1123Z), "references": it.references, "in-reply-to": it.references,
	}
	holds := func(text, part string) bool {
		return strings.Contains(strings.ToLower(text), strings.ToLower(part))
	}
	for _, h := range c.Header {
		if value := headers[strings.ToLower(h.Key)]; value == "" || !holds(value, h.Value) {
			return false
		}
	}
	for _, part := range c.Body {
		if !holds(it.mail.Body, part) {
			return false
		}
	}
	for _, part := range c.Text {
		found := holds(it.mail.Body, part)
		for _, value := range headers {
			found = found || holds(value, part)
		}
		if !found {
			return false
		}
	}
	return true
}

// between compares days, as IMAP does.
func between(t, since, before time.Time) bool {
	day := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
	return (since.IsZero() || !day.Before(since)) && (before.IsZero() || day.Before(before))
}

// queryText is what was searched for, in words.
func queryText(c *imap.SearchCriteria) string {
	var parts []string
	for _, h := range c.Header {
		parts = append(parts, fmt.Sprintf("%s:%s", strings.ToLower(h.Key), h.Value))
	}
	for _, text := range c.Body {
		parts = append(parts, "body:"+text)
	}
	parts = append(parts, c.Text...)
	for _, f := range c.Flag {
		parts = append(parts, string(f))
	}
	for _, f := range c.NotFlag {
		parts = append(parts, "not "+string(f))
	}
	for i := range c.Not {
		parts = append(parts, "not ("+queryText(&c.Not[i])+")")
	}
	for i := range c.Or {
		parts = append(parts, "("+queryText(&c.Or[i][0])+" or "+queryText(&c.Or[i][1])+")")
	}
	if len(parts) == 0 {
		return "all"
	}
	return strings.Join(parts, " ")
}
