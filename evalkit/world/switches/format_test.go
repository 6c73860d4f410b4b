package switches

import (
	"testing"
)

func TestValueAt(t *testing.T) {
	for name, c := range map[string]struct {
		format    Format
		text, key string
		want      string // "-" absent, "!" not parsable
	}{
		"yaml":                    {YAML, "a:\n  b: true # on\n", "a.b", "true"},
		"yaml, quoted":            {YAML, `a: {"b": "true"}`, "a.b", "true"},
		"yaml, anchor":            {YAML, "x: &d {b: 5}\na:\n  <<: *d\n", "a.b", "5"},
		"yaml, a list":            {YAML, "a:\n- x\n- y\n", "a.1", "y"},
		"yaml, a whole list":      {YAML, "a:\n- x\n- 2\n", "a", `["x",2]`},
		"yaml, number keys":       {YAML, "1: {2: x}", "1.2", "x"},
		"yaml, no key":            {YAML, "a: 1", "b", "-"},
		"yaml, commented out":     {YAML, "#b: 1\na: 1", "b", "-"},
		"yaml, broken":            {YAML, "a: [", "a", "!"},
		"yaml, null":              {YAML, "a:\n", "a", "null"},
		"yaml, float":             {YAML, "a: 1.50\n", "a", "1.5"},
		"json":                    {JSON, `{"a":{"b":30.0}}`, "a.b", "30"},
		"json, two":               {JSON, `{} {}`, "a", "!"},
		"json, empty":             {JSON, ``, "a", "!"},
		"json, dotted key":        {JSON, `{"a.b":{"c":1}}`, `"a.b".c`, "1"},
		"toml":                    {TOML, "[a]\nb = 'x' # c\n", "a.b", "x"},
		"toml, dotted":            {TOML, "a.b.\"c d\" = 0x1F", `a.b."c d"`, "31"},
		"toml, list of tables":    {TOML, "[[a]]\nb=1\n[[a]]\nb=2_000\n[a.c]\nd=true", "a.1.b", "2000"},
		"toml, in the last table": {TOML, "[[a]]\nb=1\n[[a]]\n[a.c]\nd=true", "a.1.c.d", "true"},
		"toml, inline":            {TOML, `a = { b = [1, 2,], c.d = "\u00e9\n" }`, "a.b", "[1,2]"},
		"toml, escapes":           {TOML, `a = "\u00e9\t\"x"`, "a", "é\t\"x"},
		"toml, many lines":        {TOML, "a = \"\"\"\nx \\\n   y\"\"\"\"\nb=1", "a", `x y"`},
		"toml, literal":           {TOML, `a = 'C:\x'`, "a", `C:\x`},
		"toml, a date":            {TOML, "a = 2026-11-24 10:00:00Z", "a", "2026-11-24 10:00:00Z"},
		"toml, list over lines":   {TOML, "a = [\n 'x', # one\n 'y'\n]\n", "a.1", "y"},
		"toml, unquoted":          {TOML, "a = yes", "a", "!"},
		"toml, two on a line":     {TOML, "a = 1 b = 2", "a", "!"},
		"toml, open string":       {TOML, "a = \"x\n", "a", "!"},
		"toml, open table":        {TOML, "[a\nb=1", "a", "!"},
		"toml, float":             {TOML, "a = 1e3", "a", "1000"},
		"toml, value and table":   {TOML, "a=1\n[a]\nb=1", "a", "!"},
		"ini":                     {INI, "; x\n[s]\nk = \"v w\" ; y\n", "s.k", "v w"},
		"ini, no section":         {INI, "k=v # c\n[s]\nk=w", "k", "v"},
		"ini, twice":              {INI, "[s]\nk=1\n[t]\nx=1\n[s]\nk=2", "s.k", "2"},
		"ini, dotted section":     {INI, "[a.b]\nk=1", `"a.b".k`, "1"},
		"ini, broken":             {INI, "[s\nk=1", "s.k", "!"},
		"ini, a word":             {INI, "[s]\nword", "s.k", "!"},
		"unit":                    {Unit, "[Service]\nExecStart=/bin/a \\\n  -b\nRestart=always\n", "Service.ExecStart", "/bin/a -b"},
		"unit, reset":             {Unit, "[Service]\nExecStart=/bin/a\nExecStart=\nExecStart=/bin/b\n", "Service.ExecStart", "/bin/b"},
		"unit, several":           {Unit, "[S]\nA=1\nA=2\n", "S.A", "1\n2"},
		"unit, no section":        {Unit, "A=1", "S.A", "!"},
		"env":                     {Env, "A=1\nexport B=\"x y\" # c\nA=2\n", "A", "2"},
		"env, quoted":             {Env, "export B='x y'z # c\n", "B", "x yz"},
		"env, commented":          {Env, "#A=1", "A", "-"},
		"env, a command":          {Env, "rm -rf x=1\nA=1", "A", "1"},
		"line":                    {Line, "# LogLevel x\nLogLevel  INFO\n", "loglevel", "INFO"},
		"line, equals":            {Line, "LogLevel = 'a b'\n", "LogLevel", "a b"},
		"line, a word":            {Line, "verbose\n", "verbose", ""},
		"text":                    {Text, " a\nb\n", "", "a\nb"},
		"open key":                {JSON, "{}", `"a`, "!"},
		"empty part":              {JSON, "{}", `a..b`, "!"},
	} {
		t.Run(name, func(t *testing.T) {
			got, found, err := valueAt(c.format, []byte(c.text), c.key)
			switch {
			case err != nil:
				got = "!"
			case !found:
				got = "-"
			}
			if got != c.want {
				t.Errorf("got %q (%v), want %q", got, err, c.want)
			}
		})
	}
}

func FuzzValueAt(f *testing.F) {
	for format, text := range map[Format]string{
		YAML: "a: {b: [1, x]}", JSON: `{"a":[1]}`, TOML: "[a]\nb = [ { c = \"\"\"x\"\"\" } ]\n[[d]]\n", INI: "[s]\nk=\"v\"", Unit: "[S]\nA=b \\\n c", Env: "export A='b'", Line: "A : b",
	} {
		f.Add(string(format), text, `a."b".0`)
	}
	f.Fuzz(func(t *testing.T, format, text, key string) {
		first, found, err := valueAt(Format(format), []byte(text), key)
		again, foundAgain, errAgain := valueAt(Format(format), []byte(text), key)
		if first != again || found != foundAgain || (err == nil) != (errAgain == nil) {
			t.Errorf("%q, then %q", first, again)
		}
		if _, known := formats[Format(format)]; !known && err == nil {
			t.Error("a format that there is not")
		}
	})
}
