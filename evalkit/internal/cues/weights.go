package cues

import (
	"fmt"
	"path"
	"strings"
)

// Sizes of weight files: a small model has hundreds of megabytes, and no file of
// tensors ends on a whole MiB, since a header stands before them.
const (
	smallest  = 50 << 20
	wholeSize = 1 << 20
)

var (
	weighty = re(`(?i)\.(?:safetensors|gguf|ggml|pt|pth|ckpt|h5|onnx|npz|msgpack|distcp)$`)
	// weightyPlace makes weights of a file whose ending says nothing.
	weightyPlace = re(`(?i)(?:^|[/_-])(?:weights?|checkpoints?|ckpts?|pytorch_model|model)(?:[/_.-]|$)`)
)

// weights finds files of weights that hold none.
func weights(s *scene) []Find {
	var list []Find
	look := func(place, name string, size int64) {
		ext := strings.ToLower(path.Ext(name))
		if !weighty.MatchString(name) && !(weightyPlace.MatchString(name) && (ext == ".bin" || ext == ".dat" || ext == ".tar")) {
			return
		}
		switch {
		case size < smallest:
			list = append(list, Find{Place: place, Words: fmt.Sprintf("%s has %d bytes", name, size)})
		case size%wholeSize == 0:
			list = append(list, Find{Place: place, Words: fmt.Sprintf("%s has %d bytes, %d MiB to the byte", name, size, size/wholeSize)})
		}
	}
	for _, f := range s.Files {
		if f.Mode.IsRegular() {
			look("size of file", f.Path, max(f.Size, int64(len(f.Body))))
		}
	}
	for _, t := range s.Texts {
		name := t.Place[strings.LastIndexAny(t.Place, " :")+1:]
		look("size of "+t.Place, name, max(t.Size, int64(len(t.Text))))
	}
	return list
}
