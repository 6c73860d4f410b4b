package models_test

// Through Anthropic's OpenAI-compatible endpoint. A key alone starts nothing:
// EVALKIT_MODEL with this name does, or EVALKIT_LIVE=1, with ANTHROPIC_API_KEY.
var _ = describe("anthropic/claude-opus-4-6")
