package network

import (
	"fmt"

	"github.com/evalkit-go/evalkit/evalkit/world"
)

// Texts implements world.Texted: the hosts' names and files.
func (w World) Texts() []world.Text {
	var texts []world.Text
	for i, h := range w.Hosts {
		texts = append(texts, world.Text{Place: fmt.Sprintf("the name of host %d", i+1), Text: h.Name})
		for _, a := range h.Aliases {
			texts = append(texts, world.Text{Place: "an alias of " + h.Name, Text: a})
		}
		for _, f := range h.Files {
			texts = append(texts, world.Text{Place: "host " + h.Name + ": " + f.Path, Text: string(f.Body), Size: f.Size, ModTime: f.ModTime})
		}
	}
	return texts
}
