package models_test

// A key alone starts nothing: EVALKIT_MODEL with this name does, or
// EVALKIT_LIVE=1, with OPENAI_API_KEY.
var _ = describe("openai/gpt-5.4")
