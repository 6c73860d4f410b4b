package scripted

import (
	"fmt"
	"os"
)

// Transcript is what a model said in a recorded run, turn by turn. OpenTranscript
// and ReadTranscript make one. Its Policy plays it: turn n of a conversation gets
// the nth recorded turn, whatever was answered to the one before.
type Transcript struct {
	// Name says where it is from, the path of its file, in errors and logs.
	Name  string
	Turns []Turn
}

// Turn is one recorded answer of the model.
type Turn struct {
	// Line of the file that holds it, from 1.
	Line            int
	Text, Reasoning string
	// Calls are the tool calls in order, with the ids and arguments that were
	// recorded.
	Calls []Call
}

// TranscriptName is the name of the policy that plays a transcript, and
// "scripted/transcript" that of the model.
const TranscriptName = "transcript"

// OpenTranscript reads the transcript in a file; see ReadTranscript for what
// it may hold. The error names the file, the line, what is wrong there, and
// the mend.
func OpenTranscript(path string) (Transcript, error) {
	f, err := os.Open(path)
	if err != nil {
		return Transcript{}, fmt.Errorf("transcript: %w", err)
	}
	defer func() { _ = f.Close() }()
	return ReadTranscript(path, f)
}

// Policy plays the transcript. Asked for a turn beyond its end it panics, which
// the server answers with an error: a recording that is over must not look
// like a model that fell silent.
func (t Transcript) Policy() Policy {
	return Policy{
		Name: TranscriptName,
		Doc:  "Plays the assistant turns of a recorded run, whatever is answered to them.",
		Reply: func(c *Conversation) Reply {
			n := c.Turn()
			if n >= len(t.Turns) {
				panic(fmt.Sprintf("the transcript %s has %d turns, and turn %d was asked for", t.Name, len(t.Turns), n+1))
			}
			turn := t.Turns[n]
			return Reply{Text: turn.Text, Reasoning: turn.Reasoning, Calls: turn.Calls}
		},
	}
}
