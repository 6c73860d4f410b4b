package network

import (
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
)

// tree is the files of a host in one trial. Safe for concurrent use.
type tree struct {
	mu    sync.Mutex
	files map[string]*treeFile
}

type treeFile struct {
	body []byte
	size int64
	time time.Time
	// came: it was received.
	came bool
	// short: what came is longer than what is kept of it.
	short bool
}

func newTree(files []sandbox.File) *tree {
	t := &tree{files: map[string]*treeFile{}}
	for _, f := range files {
		if f.Mode.Type() != 0 { // folders follow from what lies in them
			if f.Mode.IsDir() {
				t.files[path.Clean(f.Path)+"/"] = nil
			}
			continue
		}
		t.files[path.Clean(f.Path)] = &treeFile{body: f.Body, size: max(f.Size, int64(len(f.Body))), time: f.ModTime}
	}
	return t
}

func (t *tree) put(p string, f *treeFile) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.files[path.Clean(p)] = f
}

// get gives the file at a path, or the names in the folder there, those of
// folders with a slash.
func (t *tree) get(p string) (f *treeFile, names []string, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	p = path.Clean(p)
	if f := t.files[p]; f != nil {
		return f, nil, nil
	}
	inside := strings.TrimSuffix(p, "/") + "/"
	_, empty := t.files[inside]
	for other := range t.files {
		rest, ok := strings.CutPrefix(other, inside)
		if !ok || rest == "" {
			continue
		}
		name, _, deeper := strings.Cut(rest, "/")
		if deeper {
			name += "/"
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if len(names) == 0 && !empty && p != "/" {
		return nil, nil, fs.ErrNotExist
	}
	slices.Sort(names)
	return nil, names, nil
}
