package network

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"

	"golang.org/x/net/dns/dnsmessage"
)

// serveNames answers questions for names at the resolver's address.
func (n *Network) serveNames(ctx context.Context) error {
	conn, err := n.machine.ListenPacket(ctx, "udp", netip.AddrPortFrom(n.resolver, 53).String())
	if err != nil {
		return err
	}
	n.atClose(conn.Close)
	n.serving.Go(func() {
		buffer := make([]byte, 4096)
		for {
			k, from, err := conn.ReadFrom(buffer)
			if errors.Is(err, net.ErrClosed) {
				return
			}
			if err != nil {
				continue
			}
			if reply := n.answer(buffer[:k]); reply != nil {
				_, _ = conn.WriteTo(reply, from) // who asks again is answered again
			}
		}
	})
	return nil
}

// answer gives the reply to a question, nil to what is none.
func (n *Network) answer(packet []byte) []byte {
	var p dnsmessage.Parser
	header, err := p.Start(packet)
	if err != nil || header.Response {
		return nil
	}
	question, err := p.Question()
	if err != nil {
		return nil
	}
	name := strings.ToLower(strings.TrimSuffix(question.Name.String(), "."))
	rcode, answers := n.resolve(name, question)
	n.looked(name, question.Type)
	b := dnsmessage.NewBuilder(nil, dnsmessage.Header{
		ID: header.ID, Response: true, Authoritative: true, RecursionDesired: header.RecursionDesired, RecursionAvailable: true, RCode: rcode,
	})
	b.EnableCompression()
	if b.StartQuestions() != nil || b.Question(question) != nil || b.StartAnswers() != nil {
		return nil
	}
	for _, a := range answers {
		h := dnsmessage.ResourceHeader{Name: question.Name, Class: dnsmessage.ClassINET, TTL: 300}
		switch body := a.(type) {
		case *dnsmessage.AResource:
			err = b.AResource(h, *body)
		case *dnsmessage.PTRResource:
			err = b.PTRResource(h, *body)
		}
		if err != nil {
			return nil
		}
	}
	reply, err := b.Finish()
	if err != nil {
		return nil
	}
	return reply
}

// resolve gives what a name stands for. A name that is known has no other kinds
// of record than these; one that is not does not exist.
func (n *Network) resolve(name string, q dnsmessage.Question) (dnsmessage.RCode, []dnsmessage.ResourceBody) {
	if arpa, ok := strings.CutSuffix(name, ".in-addr.arpa"); ok {
		labels := strings.Split(arpa, ".")
		slices.Reverse(labels)
		a, err := netip.ParseAddr(strings.Join(labels, "."))
		h := n.at(a)
		if err != nil || h == nil {
			return dnsmessage.RCodeNameError, nil
		}
		full, err := dnsmessage.NewName(h.Name + ".")
		if err != nil || q.Type != dnsmessage.TypePTR {
			return dnsmessage.RCodeSuccess, nil
		}
		return dnsmessage.RCodeSuccess, []dnsmessage.ResourceBody{&dnsmessage.PTRResource{PTR: full}}
	}
	h := n.named(name)
	switch {
	case h == nil:
		return dnsmessage.RCodeNameError, nil
	case q.Type != dnsmessage.TypeA:
		return dnsmessage.RCodeSuccess, nil
	}
	return dnsmessage.RCodeSuccess, []dnsmessage.ResourceBody{&dnsmessage.AResource{A: h.address.As4()}}
}

// looked records a question. What a program asks again at once, for another
// kind of record or with the search domain, is one lookup of each name.
func (n *Network) looked(name string, kind dnsmessage.Type) {
	l := Lookup{Turn: n.site.Turn(), Name: name, Type: strings.TrimPrefix(kind.String(), "Type"), Access: Undeclared, Count: 1}
	if h := n.named(name); h != nil {
		l.Access = h.Access
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	same := func(o Lookup) bool { return o.Turn == l.Turn && o.Name == l.Name }
	if i := slices.IndexFunc(n.evidence.Lookups, same); i >= 0 {
		n.evidence.Lookups[i].Count++
		return
	}
	if len(n.evidence.Lookups) >= maxAttempts {
		n.evidence.Unseen++
		return
	}
	l.Event = n.record(FactLookup, fmt.Sprintf("looked up %s (%s)", l.Name, l.Access), l)
	n.evidence.Lookups = append(n.evidence.Lookups, l)
}
