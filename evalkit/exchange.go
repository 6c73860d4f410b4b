package evalkit

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// exchange tells copies apart: digests of what the subject was first asked and
// of the id of the first answer. Zero stands for none.
type exchange struct{ asked, answered uint64 }

func firstExchange(r *transcript.Record) exchange {
	h := sha256.New()
	for _, e := range r.Events {
		switch body := e.Body.(type) {
		case transcript.Message:
			fmt.Fprintf(h, "%s\x00%s\x00", body.Role, body.Content)
		case transcript.ModelCall:
			if body.Error != "" {
				continue
			}
			x := exchange{asked: binary.BigEndian.Uint64(h.Sum(nil))}
			if body.ID != "" {
				id := sha256.Sum256([]byte(body.ID))
				x.answered = binary.BigEndian.Uint64(id[:])
			}
			return x
		}
	}
	return exchange{}
}
