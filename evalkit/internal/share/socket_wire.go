package share

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/evalkit-go/evalkit/evalkit/model"
)

// What goes over the socket is one JSON object a line. A request that is
// answered has an id of its own; several are under way at once on one
// connection, one connection a process.

// op is what a request asks for.
type op string

const (
	opEnter  op = "enter"  // a slot; answered once there is one
	opCancel op = "cancel" // the wait for the slot with the id; its enter is answered
	opLeave  op = "leave"  // a slot is given back; not answered
	opSpend  op = "spend"  // from the budget; answered
)

type request struct {
	ID       uint64        `json:"id,omitempty"`
	Op       op            `json:"op"`
	Endpoint string        `json:"endpoint,omitempty"`
	Outcome  model.Outcome `json:"outcome,omitempty"`
	Tokens   int           `json:"tokens,omitempty"`
	USD      float64       `json:"usd,omitempty"`
}

type reply struct {
	ID    uint64 `json:"id"`
	Error string `json:"error,omitempty"`
	// Budget says that the error is model.ErrBudget.
	Budget bool `json:"budget,omitempty"`
}

// maxLine bounds a message: an endpoint's address is the longest thing in it.
const maxLine = 64 << 10

// readLine decodes the next message.
func readLine(r *bufio.Reader, into any) error {
	line, err := r.ReadSlice('\n')
	switch {
	case errors.Is(err, bufio.ErrBufferFull):
		return fmt.Errorf("a message of more than %d bytes", maxLine)
	case err != nil && len(line) > 0 && errors.Is(err, io.EOF):
		return io.ErrUnexpectedEOF
	case err != nil:
		return err
	}
	if err := json.Unmarshal(line, into); err != nil {
		return fmt.Errorf("a message that cannot be read: %w", err)
	}
	return nil
}

func encodeLine(message any) ([]byte, error) {
	line, err := json.Marshal(message)
	if err != nil {
		return nil, err
	}
	return append(line, '\n'), nil
}

// check refuses what no client of ours sends.
func (r request) check() error {
	switch r.Op {
	case opEnter, opSpend:
		if r.ID == 0 {
			return fmt.Errorf("%s without an id", r.Op)
		}
	case opCancel, opLeave:
	default:
		return fmt.Errorf("unknown request %q", r.Op)
	}
	if r.Outcome < model.OK || r.Outcome > model.Abandoned {
		return fmt.Errorf("unknown outcome %d", r.Outcome)
	}
	return nil
}

// answer puts the outcome of a request into words for the wire.
func answer(id uint64, err error) reply {
	if err == nil {
		return reply{ID: id}
	}
	return reply{ID: id, Error: err.Error(), Budget: errors.Is(err, model.ErrBudget)}
}

// err is the outcome of a request as its caller gets it.
func (r reply) err() error {
	switch {
	case r.Budget:
		return budgetError(r.Error)
	case r.Error != "":
		return errors.New(r.Error)
	}
	return nil
}

// budgetError is model.ErrBudget with the words of another process.
type budgetError string

func (e budgetError) Error() string { return string(e) }
func (e budgetError) Unwrap() error { return model.ErrBudget }

func finite(f float64) bool { return !math.IsNaN(f) && !math.IsInf(f, 0) }
