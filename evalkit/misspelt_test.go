package evalkit

import "testing"

func TestMisspelt(t *testing.T) {
	for entry, want := range map[string]string{
		"EVALKIT_MODLE=openai/o3":         "EVALKIT_MODLE is set, and nothing reads it; EVALKIT_MODEL was meant, or take it away",
		"EVALKIT_UNDECIDE=report":         "EVALKIT_UNDECIDE is set, and nothing reads it; EVALKIT_UNDECIDED was meant, or take it away",
		"EVALKIT_MAX_TOKEN=5":             "EVALKIT_MAX_TOKEN is set, and nothing reads it; EVALKIT_MAX_TOKENS was meant, or take it away",
		"EVALKIT_MODEL=openai/o3":         "",
		"EVALKIT_CAP=5":                   "",
		"EVALKIT_MODLE=":                  "", // said nothing
		"EVALKIT_API_KEY=x":               "",
		"EVALKIT_TEST_INSPECT=1":          "",
		"EVALKIT_OUR_OWN_ARRANGEMENT=yes": "",
		"OPENAI_API_KEI=x":                "", // not ours to judge
		"malformed":                       "",
	} {
		got := ""
		if err := misspelt([]string{"PATH=/bin", entry}); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%s: %q, want %q", entry, got, want)
		}
	}
}
