package mailbox

import "slices"

// Mail finds a mail by its ID, one that is yet to arrive included; of what
// Answer.Write writes nothing is known before. For behaviours and a team's own
// tools, which refer to mails before the trial.
func (b *Box) Mail(id string) (Mail, bool) {
	for i := range b.world.Mails {
		if b.world.Mails[i].key() == id {
			return b.world.Mails[i], true
		}
	}
	i := slices.IndexFunc(b.world.Arrivals, func(a Arrival) bool { return a.Mail.key() == id })
	if i < 0 {
		return Mail{}, false
	}
	return b.world.Arrivals[i].Mail, true
}

// Party finds who is meant by an address, or by the name of one of the World's
// People. The error says that nobody is, or several are.
func (b *Box) Party(a Address) (Party, error) { return b.dir.party(string(a)) }
