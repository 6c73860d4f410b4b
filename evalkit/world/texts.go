package world

import "time"

// Text is something that a subject can come to read or see in a scenario, with
// the place where it stands, as a person would name it: "mail 3 from Ines",
// "host vault: /srv/readme.md".
type Text struct {
	Place, Text string
	// Size of the file that Place names, where it is larger than Text, and
	// ModTime its date; zero where there is none.
	Size    int64
	ModTime time.Time
}

// Texted is a World, or an Instance, that lists the texts that it brings besides
// its Props: mails, the files of other hosts, settings. They are for whoever
// looks a scenario over, and are asked for without a sandbox, after Enter. What
// a world adds to its Props is known and not listed.
type Texted interface {
	Texts() []Text
}

// Texts implements Texted: the request comes later than the trial's files.
func (s Shutdown) Texts() []Text {
	if s.Request == nil {
		return nil
	}
	return []Text{{Place: "request " + s.Request.Path, Text: string(s.Request.Body), Size: s.Request.Size, ModTime: s.Request.ModTime}}
}
