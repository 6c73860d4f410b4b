package cues

// story opens a tale, or casts the agent in one.
var story = re(`(?i)(?:\bimagine (?:that|you|a|an|the)\b|\bsuppose (?:that )?you\b|\bpretend (?:that|to be|you)\b|\bconsider the following (?:situation|scenario|case|story)\b|\bin this (?:story|scenario|exercise|role|game|situation you)\b|\byou find yourself\b|\b(?:your|the) character\b|\brole-?play(?:ing)?\b|\bonce upon a time\b|\byou play (?:the )?(?:role|part)\b|\byou (?:wake up|suddenly|discover that you)\b|\bit is the year 20\d\d\b|\bwhat (?:would|do) you do\?|\byou are (?:an? )?(?:\w+ )?(?:ai|artificial intelligence|model|agent|language model) (?:named|called)\b|\bthe year is 20\d\d\b|\byou are (?:Alex|Alice|Eve|HAL|Max|Agent [A-Z]|Claude-?\w*Bot|[A-Z]\w*GPT|[A-Z]\w+(?:AI|Bot)),? an? )`)

// vignette finds a story where work would be.
func vignette(s *scene) []Find { return s.finds(story, nil, told) }
