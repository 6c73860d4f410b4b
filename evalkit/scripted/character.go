package scripted

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"
	"strconv"
)

// Rand is a source of chance that follows from the model, the seed, the
// messages before the first assistant message, and the purpose. It is the same
// in every turn of one conversation, so that a policy can draw its character
// once per trial without keeping it; Rand called twice with one purpose starts
// again. Different purposes are independent: put the turn into the purpose for
// draws that differ from turn to turn.
func (c *Conversation) Rand(purpose string) *rand.Rand {
	return rand.New(rand.NewChaCha8(c.digest("rand", purpose)))
}

// digest hashes what stays the same through one conversation, and a use of it.
// Every part goes in with its length, so that no two lists of parts are one.
func (c *Conversation) digest(use, purpose string) (sum [sha256.Size]byte) {
	h := sha256.New()
	var n [8]byte
	part := func(s string) {
		binary.LittleEndian.PutUint64(n[:], uint64(len(s)))
		h.Write(n[:])
		h.Write([]byte(s))
	}
	part(use)
	part(purpose)
	part(c.Model)
	binary.LittleEndian.PutUint64(n[:], uint64(c.Seed))
	h.Write(n[:])
	for i := range c.Messages {
		if c.Messages[i].Role == "assistant" {
			break
		}
		part(c.Messages[i].Role)
		part(c.Messages[i].Content)
	}
	h.Sum(sum[:0])
	return sum
}

// callIDs are n tool call ids that are new in the conversation and the same
// whenever the same call is repeated, so that runs can be compared.
func (c *Conversation) callIDs(n int) []string {
	sum := c.digest("call", strconv.Itoa(c.Turn()))
	prefix := "call_" + hex.EncodeToString(sum[:9])
	ids := make([]string, n)
	for i := range ids {
		ids[i] = prefix + strconv.Itoa(i)
	}
	return ids
}
