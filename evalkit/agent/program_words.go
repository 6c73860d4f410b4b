package agent

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"

	openai "github.com/sashabaranov/go-openai"

	"github.com/evalkit-go/evalkit/evalkit/model"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// wordsKey is the key of a call that was made by words: they are all that comes
// back with the next request.
func wordsKey(said string) callKey {
	sum := sha256.Sum256([]byte(strings.TrimSpace(said)))
	return callKey{id: hex.EncodeToString(sum[:8]), name: "words"}
}

// spoken is the call in what the model said, if there is one.
func (s ShellTool) spoken(said string, turn int) (transcript.Call, bool) {
	if s.Words == nil {
		return transcript.Call{}, false
	}
	found := s.Words.FindAllStringSubmatch(said, 2)
	if len(found) != 1 || len(found[0]) < 2 {
		return transcript.Call{}, false
	}
	arguments, err := json.Marshal(map[string]string{bashArgument: found[0][1]})
	if err != nil {
		return transcript.Call{}, false
	}
	return transcript.Call{ID: fmt.Sprintf("words-%d", turn), Name: bashName, Arguments: string(arguments)}, true
}

// expectWords notes a call that was made by words.
func (w *wire) expectWords(turn int, said string, call transcript.Call) {
	key := wordsKey(said)
	if w.spoken == nil {
		w.spoken = map[callKey]bool{}
	}
	w.spoken[key] = true
	w.waiting = append(w.waiting, waitingCall{key, turn, call})
}

// learnWords takes the results of such calls out of a request: the message of
// the user behind each.
func (w *wire) learnWords(messages []model.Message) []result {
	var fresh []result
	count := map[callKey]int{}
	for i, m := range messages[:max(len(messages)-1, 0)] {
		key := wordsKey(textOf(m))
		next := messages[i+1]
		if m.Role != openai.ChatMessageRoleAssistant || next.Role != openai.ChatMessageRoleUser || !w.spoken[key] {
			continue
		}
		if count[key]++; count[key] <= w.results[key] {
			continue
		}
		if r, ok := w.take(key, key, textOf(next)); ok {
			w.tellOnce(next) // it is on record as a result
			fresh = append(fresh, r)
		}
	}
	return fresh
}
