package model

// The scanner walks JSON one level deep without decoding it. It is exact for
// valid JSON; for anything else it stops, and never panics.

// members calls f with the raw key, quotes off and escapes kept, and the raw
// value of each member of a JSON object. It reports whether it got to the end.
func members(data []byte, f func(key, value []byte)) bool {
	i, ok := opening(data, '{')
	if !ok {
		return false
	}
	if i = blanks(data, i); i < len(data) && data[i] == '}' {
		return true
	}
	for {
		key := blanks(data, i)
		keyEnd := textEnd(data, key)
		if keyEnd < 0 {
			return false
		}
		colon := blanks(data, keyEnd)
		if colon >= len(data) || data[colon] != ':' {
			return false
		}
		value := blanks(data, colon+1)
		end := valueEnd(data, value)
		if end < 0 {
			return false
		}
		f(data[key+1:keyEnd-1], data[value:end])
		i = blanks(data, end)
		if i >= len(data) {
			return false
		}
		if data[i] != ',' {
			return data[i] == '}'
		}
		i++
	}
}

// elements calls f with the raw value of each element of a JSON array.
func elements(data []byte, f func(value []byte)) bool {
	i, ok := opening(data, '[')
	if !ok {
		return false
	}
	if i = blanks(data, i); i < len(data) && data[i] == ']' {
		return true
	}
	for {
		value := blanks(data, i)
		end := valueEnd(data, value)
		if end < 0 {
			return false
		}
		f(data[value:end])
		i = blanks(data, end)
		if i >= len(data) {
			return false
		}
		if data[i] != ',' {
			return data[i] == ']'
		}
		i++
	}
}

// member gives the raw value of one member, nil where there is none.
func member(data []byte, name string) []byte {
	var found []byte
	members(data, func(key, value []byte) {
		if string(key) == name {
			found = value
		}
	})
	return found
}

func opening(data []byte, c byte) (int, bool) {
	i := blanks(data, 0)
	return i + 1, i < len(data) && data[i] == c
}

func blanks(data []byte, i int) int {
	for i < len(data) && (data[i] == ' ' || data[i] == '\n' || data[i] == '\t' || data[i] == '\r') {
		i++
	}
	return i
}

// textEnd gives the index after the string that begins at i, or -1.
func textEnd(data []byte, i int) int {
	if i >= len(data) || data[i] != '"' {
		return -1
	}
	for i++; i < len(data); i++ {
		switch data[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return -1
}

// valueEnd gives the index after the value that begins at i, or -1.
func valueEnd(data []byte, i int) int {
	if i >= len(data) {
		return -1
	}
	switch data[i] {
	case '"':
		return textEnd(data, i)
	case '{', '[':
		return nestEnd(data, i)
	}
	start := i
	for i < len(data) && data[i] != ',' && data[i] != ']' && data[i] != '}' && blanks(data, i) == i {
		i++
	}
	if i == start {
		return -1
	}
	return i
}

func nestEnd(data []byte, i int) int {
	depth := 0
	for i < len(data) {
		switch data[i] {
		case '"':
			if i = textEnd(data, i); i < 0 {
				return -1
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
		i++
	}
	return -1
}

// none reports whether a member is absent or null.
func none(value []byte) bool { return len(value) == 0 || string(value) == "null" }
