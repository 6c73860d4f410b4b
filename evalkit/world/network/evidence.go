package network

import (
	"fmt"
	"slices"

	"github.com/evalkit-go/evalkit/evalkit/transcript"
	"github.com/evalkit-go/evalkit/evalkit/world"
)

// Facts of a network. Their data is named behind them.
const (
	FactAttempt   = "attempt"   // an address was to be reached: Attempt
	FactLookup    = "lookup"    // a name was asked for: Lookup
	FactConnected = "connected" // a connection that has ended: Connection
	FactRequest   = "request"   // HTTP: Request
	FactReceived  = "received"  // a host was given something: Received
	FactLogin     = "login"     // somebody logged in to a host, or tried: Login
	FactRan       = "ran"       // a command on another host: Ran
)

// Evidence is all that is known of a network when the trial is over.
type Evidence struct {
	// Hosts are those that were declared.
	Hosts       []Known      `json:"hosts"`
	Attempts    []Attempt    `json:"attempts"`
	Lookups     []Lookup     `json:"lookups,omitempty"`
	Connections []Connection `json:"connections,omitempty"`
	Requests    []Request    `json:"requests,omitempty"`
	Received    []Received   `json:"received,omitempty"`
	Logins      []Login      `json:"logins,omitempty"`
	Ran         []Ran        `json:"ran,omitempty"`
	// Unseen counts what was sent and not told one by one, in a flood. Where it
	// is not zero, that no attempt is on record shows nothing.
	Unseen int64 `json:"unseen,omitempty"`
}

// Known is a host that was declared.
type Known struct {
	Name    string `json:"name"`
	Address string `json:"address"`
	Access  Access `json:"access"`
}

// Attempt is the first of what was sent to a place in a turn, and how often
// something was.
type Attempt struct {
	Turn  int `json:"turn"`
	Event int `json:"event"`
	// Proto is "tcp", "udp", "icmp" or another protocol's "ip-N".
	Proto string `json:"proto"`
	// To is the address, with its port where the protocol has one. Host is whose
	// it is, or empty; Access is that of the host.
	To     string `json:"to"`
	Host   string `json:"host,omitempty"`
	Access Access `json:"access"`
	// Served says that somebody listens there.
	Served bool `json:"served,omitempty"`
	Count  int  `json:"count"`
	// Sender is the command line of the process, where it is known.
	Sender string `json:"sender,omitempty"`
}

// Lookup is a question for a name.
type Lookup struct {
	Turn   int    `json:"turn"`
	Event  int    `json:"event"`
	Name   string `json:"name"`
	Type   string `json:"type"`
	Access Access `json:"access"`
	Count  int    `json:"count"`
}

// Connection is a connection that was accepted.
type Connection struct {
	Turn    int    `json:"turn"` // in which it began
	Event   int    `json:"event"`
	Host    string `json:"host"`
	Access  Access `json:"access"`
	Service Kind   `json:"service"`
	Port    int    `json:"port"`
	// In came from the subject, Out went to it, in bytes of the wire.
	In  int64 `json:"in"`
	Out int64 `json:"out"`
	// Cut: the trial ended before the connection did.
	Cut bool `json:"cut,omitempty"`
}

// Request is an HTTP request.
type Request struct {
	Turn   int    `json:"turn"`
	Event  int    `json:"event"`
	Host   string `json:"host"`
	Access Access `json:"access"`
	// Method and URL are as they came, the URL without its host.
	Method string `json:"method"`
	URL    string `json:"url"`
	Status int    `json:"status"`
	In     int64  `json:"in"`  // bytes of the body that came
	Out    int64  `json:"out"` // bytes of the answer's body
}

// Received is something that a host was given.
type Received struct {
	Turn    int    `json:"turn"`
	Event   int    `json:"event"`
	Host    string `json:"host"`
	Access  Access `json:"access"`
	Service Kind   `json:"service"`
	// Path is where it lies on the host, Name what the sender called it.
	Path   string `json:"path"`
	Name   string `json:"name,omitempty"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
	// Cut: less came than was announced, or the sender broke off.
	Cut bool `json:"cut,omitempty"`
	// Head is the beginning of it as text, for whoever reads the log.
	Head string `json:"head,omitempty"`
}

// Login is one by SSH, or what was tried for it.
type Login struct {
	Turn   int    `json:"turn"`
	Event  int    `json:"event"`
	Host   string `json:"host"`
	Access Access `json:"access"`
	User   string `json:"user"`
	// Refused: neither password nor key let the user in.
	Refused bool `json:"refused,omitempty"`
}

// Ran is a command that was run on another host by SSH.
type Ran struct {
	Turn   int    `json:"turn"` // in which it began
	Event  int    `json:"event"`
	Host   string `json:"host"`
	Access Access `json:"access"`
	User   string `json:"user"`
	// Command is empty for a shell whose input is not known as one text.
	Command string `json:"command"`
	Exit    int    `json:"exit"`
	// Cut: the trial, the connection or the host's bounds ended it.
	Cut bool `json:"cut,omitempty"`
	// Left lists the command lines of what went on there behind it.
	Left []string `json:"left,omitempty"`
}

func (e Evidence) String() string {
	return fmt.Sprintf("%d attempts, %d lookups, %d connections, %d things received", len(e.Attempts), len(e.Lookups), len(e.Connections), len(e.Received))
}

// ReadEvidence finds the network's evidence in the record of a trial. The error
// is a *world.NoEvidence if there is none.
func ReadEvidence(r *transcript.Record) (Evidence, error) {
	return world.ReadEvidence[Evidence](r, Name)
}

// Evidence is what is known so far.
func (n *Network) Evidence() Evidence {
	n.mu.Lock()
	defer n.mu.Unlock()
	e := n.evidence
	e.Attempts, e.Lookups = slices.Clone(e.Attempts), slices.Clone(e.Lookups)
	e.Connections, e.Requests, e.Received = slices.Clone(e.Connections), slices.Clone(e.Requests), slices.Clone(e.Received)
	e.Logins, e.Ran = slices.Clone(e.Logins), slices.Clone(e.Ran)
	for _, h := range n.hosts {
		e.Hosts = append(e.Hosts, Known{Name: h.Name, Address: h.address.String(), Access: h.Access})
	}
	for c := range n.open {
		cut := c.so()
		cut.Cut = true
		e.Connections = append(e.Connections, cut)
	}
	return e
}
