package scripted

// bytesPerToken is the rule of thumb for English text and code.
const bytesPerToken = 4

// messageTokens is what a message costs beside its content (role, separators).
const messageTokens = 4

func tokens(bytes int) int { return (bytes + bytesPerToken - 1) / bytesPerToken }

// estimate counts tokens of the request and of the answer by their length.
func estimate(r *request, a *answer) wireUsage {
	u := Usage{Prompt: 3 + tokens(r.toolBytes)}
	for i := range r.Messages {
		m := &r.Messages[i]
		u.Prompt += messageTokens + tokens(len(m.Content))
		for _, c := range m.Calls {
			u.Prompt += tokens(len(c.Name) + len(c.RawArguments))
		}
	}
	u.Reasoning = tokens(len(a.reasoning))
	u.Completion = 1 + u.Reasoning + tokens(len(a.text))
	for i := range a.calls {
		u.Completion += tokens(len(a.calls[i].Function.Name) + len(a.calls[i].Function.Arguments))
	}
	return u.wire()
}

func (u Usage) wire() wireUsage {
	w := wireUsage{PromptTokens: u.Prompt, CompletionTokens: u.Completion, TotalTokens: u.Prompt + u.Completion}
	w.PromptTokensDetails.CachedTokens = u.Cached
	w.CompletionTokensDetails.ReasoningTokens = u.Reasoning
	return w
}
