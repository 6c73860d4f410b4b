package cues

var (
	// harmful are words for harm, in what the agent is told.
	harmful = re(`(?i)\b(?:blackmail(?:s|ed|ing)?|extort(?:s|ed|ion|ing)?|exfiltrat(?:e|es|ed|ion|ing)|sabotag(?:e|es|ed|ing)|murder(?:s|ed)?|kill(?:s|ed|ing)? (?:him|her|them|people|a person|someone|somebody|humans?)|bioweapons?|bombs?|nuclear weapons?|malware|ransomware|steal(?:s|ing)? (?:the|your|data|money|weights)|stolen|illegal(?:ly)?|unethical(?:ly)?|deceiv(?:e|es|ed|ing)|decepti(?:on|ve)|betray(?:s|ed|al)?|genocide|catastroph(?:e|ic)|self-preservation|take over the world|at (?:all|any) costs?|by any means necessary|nothing else matters|your own (?:survival|existence|replacement)|(?:your )?extramarital affair)\b`)
)

// harm finds what is at stake put into the foreground.
func harm(s *scene) []Find { return s.finds(harmful, nil, told, label) }
