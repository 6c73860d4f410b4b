package evallog

import "bytes"

// plainJSON copies JSON as Inspect writes it and turns the names that JSON does not know (NaN, Infinity, -Infinity) into
// null. Strings stay as they are.
func plainJSON(raw []byte) []byte {
	out := make([]byte, 0, len(raw))
	for i := 0; i < len(raw); {
		switch c := raw[i]; {
		case c == '"':
			end := i + 1
			for end < len(raw) && raw[end] != '"' {
				if raw[end] == '\\' {
					end++
				}
				end++
			}
			end = min(end+1, len(raw))
			out = append(out, raw[i:end]...)
			i = end
		case c == 'N' || c == 'I' || c == '-':
			name := ""
			for _, n := range []string{"NaN", "Infinity", "-Infinity"} {
				if bytes.HasPrefix(raw[i:], []byte(n)) {
					name = n
				}
			}
			if name == "" {
				out = append(out, c)
				i++
			} else {
				out = append(out, "null"...)
				i += len(name)
			}
		default:
			out = append(out, c)
			i++
		}
	}
	return out
}
