package model

import (
	"time"
)

// Response is one whole turn of a model.
type Response struct {
	// Message is the model's message; append it to Request.Messages as it is. Of
	// its fields the legacy FunctionCall is never set, and every tool call has
	// an ID and arguments that are a text, not always valid JSON.
	Message Message
	// Mistakes holds, by the ID of a tool call of Message, why it is no call: it
	// must not be carried out, and its result is this text. Only a model with
	// tools=text makes such; nil is none.
	Mistakes     map[string]string
	FinishReason string // "stop", "tool_calls", "length", "content_filter", …; never empty
	Usage        Usage
	CostUSD      float64
	CostKnown    bool   // the server said it, or Config.Price did
	ID           string // the server's ID of the answer
	// Model is the name under which the server answered; "" if it gave none. It
	// may be an alias or a version of the one asked for, or another model
	// altogether: small servers answer whatever name is asked for.
	Model string
	// Raw is the body as it came, but for the key, should it be in there. Of a
	// stream: the JSON array of its events' data.
	Raw      []byte
	Attempts int           // calls made, the answered one included
	Took     time.Duration // the answered call, without waits and earlier attempts
}

// Usage counts tokens.
type Usage struct {
	Prompt     int // of the request, cached ones included
	Completion int // of the answer, reasoning included
	Cached     int // of the prompt, read from the provider's cache
	Reasoning  int // of the completion
	Total      int
	// Estimated says that the server gave no usage, so that Prompt and
	// Completion are a quarter of the bytes sent and received: a budget must
	// count something.
	Estimated bool
}

// Price is the price of a model in USD per million tokens; all zero is unknown.
type Price struct {
	Prompt, Cached, Completion float64
}

func (p Price) of(u Usage) (usd float64, known bool) {
	if p == (Price{}) {
		return 0, false
	}
	fresh := max(u.Prompt-u.Cached, 0)
	cached := p.Cached
	if cached == 0 {
		cached = p.Prompt
	}
	return (float64(fresh)*p.Prompt + float64(u.Cached)*cached + float64(u.Completion)*p.Completion) / 1e6, true
}
