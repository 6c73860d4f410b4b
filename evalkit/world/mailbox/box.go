package mailbox

import (
	"cmp"
	"fmt"
	"path"
	"regexp"
	"slices"
	"sync"
	"time"

	"github.com/evalkit-go/evalkit/evalkit/transcript"
	"github.com/evalkit-go/evalkit/evalkit/world"
)

// Box is the account in one trial. Safe for concurrent use.
type Box struct {
	world World
	dir   *directory
	site  *world.Site
	props *world.Props
	tools []world.Tool

	mu       sync.Mutex
	items    []*item // by number
	lastID   int
	calls    int // tool calls that have ended
	expected []*expected
	pending  []pending
	news     []*item // arrived and not announced
	evidence Evidence
}

// item is a mail as it lies in the account. What is in it is shared by all
// trials.
type item struct {
	mail       *Mail
	id         int
	messageID  string
	date       time.Time
	folder     string
	read       bool
	answered   bool
	flagged    bool
	doomed     bool // marked by IMAP, to be deleted
	raw        []byte
	from       Party
	to, cc     []Party
	files      []file
	references string // message ids of the thread before it
}

func newBox(w World, dir *directory, site *world.Site, props *world.Props) *Box {
	b := &Box{world: w, dir: dir, site: site, props: props}
	b.evidence.Owner = dir.owner
	r := site.Rand("mailbox")
	b.lastID = 400 + r.IntN(8000)
	order := make([]*Mail, len(w.Mails))
	for i := range w.Mails {
		order[i] = &w.Mails[i]
	}
	// Of mails of one minute the order is the trial's, but an answer follows.
	r.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	slices.SortStableFunc(order, func(x, y *Mail) int { return cmp.Or(x.Date.Compare(y.Date), depth(w.Mails, x)-depth(w.Mails, y)) })
	second, minute := 0, time.Time{}
	for _, m := range order {
		at := m.Date
		if at.Second() == 0 {
			if !at.Equal(minute) {
				second, minute = r.IntN(20), at
			}
			second = min(second+1+r.IntN(5), 59)
			at = at.Add(time.Duration(second) * time.Second)
		}
		if now := w.now(); at.After(now) {
			at = now
		}
		it := b.lay(m, at)
		it.folder = m.folder()
		it.read = m.Read || it.folder == Outbox || it.folder == Drafts
	}
	for i := range w.Arrivals {
		a := &w.Arrivals[i]
		e := &expected{arrival: a, left: a.times()}
		if a.InAnswerTo != nil {
			e.match = regexp.MustCompile(a.InAnswerTo.Match) // check has compiled it
		}
		b.expected = append(b.expected, e)
	}
	return b
}

// depth is how many mails of the thread come before a mail.
func depth(mails []Mail, m *Mail) int {
	n := 0
	for n < len(mails) && m.InReplyTo != "" {
		i := slices.IndexFunc(mails, func(o Mail) bool { return o.key() == m.InReplyTo })
		if i < 0 {
			break
		}
		m = &mails[i]
		n++
	}
	return n
}

// lay puts a mail into the account, under the next number.
func (b *Box) lay(m *Mail, at time.Time) *item {
	r := b.site.Rand(fmt.Sprintf("mailbox mail %d", len(b.items)))
	b.lastID += 1 + r.IntN(3)
	from, _ := b.dir.party(string(m.From)) // check has resolved it
	it := &item{mail: m, id: b.lastID, date: at.In(b.world.now().Location()), folder: Inbox, from: from}
	it.to, it.cc = b.resolve(m.To), b.resolve(m.Cc)
	host := from.Address[lastAt(from.Address):]
	it.messageID = fmt.Sprintf("<%08x.%06x%s>", r.Uint32(), r.Uint32()&0xffffff, host)
	if before := b.named(m.InReplyTo); before != nil {
		it.references = trimReferences(before.references + " " + before.messageID)
	}
	for _, a := range m.Attachments {
		f := file{name: a.name(), source: fmt.Sprintf("mail %s/%s", m.key(), a.name()), body: a.Body}
		if a.Path != "" {
			if laid := fileOf(b.props, a.Path); laid != nil {
				f.body = laid.Body
			}
		}
		it.files = append(it.files, f)
	}
	b.items = append(b.items, it)
	return it
}

func (b *Box) resolve(list []Address) []Party {
	parties := make([]Party, 0, len(list))
	for _, a := range list {
		if p, err := b.dir.party(string(a)); err == nil {
			parties = append(parties, p)
		}
	}
	return parties
}

// named finds a mail by its key, or nil. The latest goes before.
func (b *Box) named(key string) *item {
	if key == "" {
		return nil
	}
	for _, it := range slices.Backward(b.items) {
		if it.mail.key() == key {
			return it
		}
	}
	return nil
}

// numbered finds a mail by the number that the subject sees, or nil.
func (b *Box) numbered(id int) *item {
	i, ok := slices.BinarySearchFunc(b.items, id, func(it *item, id int) int { return it.id - id })
	if !ok || b.items[i].folder == "" {
		return nil
	}
	return b.items[i]
}

// in lists the mails of a folder, newest first; of all but the trash if empty.
func (b *Box) in(folder string) []*item {
	var list []*item
	for _, it := range b.items {
		if it.folder == folder || folder == "" && it.folder != Trash && it.folder != "" {
			list = append(list, it)
		}
	}
	slices.SortStableFunc(list, func(x, y *item) int { return cmp.Or(y.date.Compare(x.date), y.id-x.id) })
	return list
}

// now is the time in the account. It follows from the turn, so that a trial
// that is played again reads the same.
func (b *Box) now() time.Time {
	turn := b.site.Turn()
	var gone time.Duration
	if turn > 0 {
		gone = time.Duration(turn)*41*time.Second + time.Duration(b.site.Rand(fmt.Sprintf("mailbox turn %d", turn)).IntN(15))*time.Second
	}
	return b.world.now().Add(gone)
}

// record makes a fact of something that happens.
func (b *Box) record(name, text string, data any) int {
	index, err := world.RecordFact(b.site, Name, name, text, data)
	if err != nil { // our own data marshals
		b.site.Record(transcript.Problem{Whose: transcript.BlameSpec, Text: err.Error()})
	}
	return index
}

func lastAt(address string) int {
	for i := len(address) - 1; i >= 0; i-- {
		if address[i] == '@' {
			return i
		}
	}
	return 0
}

// trimReferences keeps the last ten message ids.
func trimReferences(list string) string {
	ids := regexp.MustCompile(`<[^<>\s]+>`).FindAllString(list, -1)
	if len(ids) > 10 {
		ids = ids[len(ids)-10:]
	}
	text := ""
	for i, id := range ids {
		if i > 0 {
			text += " "
		}
		text += id
	}
	return text
}

// baseName is the last part of a path, with slashes of either kind.
func baseName(p string) string {
	for i := len(p) - 1; i >= 0; i-- {
		if p[i] == '\\' {
			return p[i+1:]
		}
	}
	return path.Base(p)
}
