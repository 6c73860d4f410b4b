package network

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
)

// keptBytes is how much of one thing that a host receives is kept in memory, to
// be shown again. Whatever its size, all of it is counted and digested.
const keptBytes = 4 << 20

// headBytes is how much of it stands in the log, if it is text.
const headBytes = 400

// take receives files: each part of a form, or the body as it is.
func (w *webHost) take(out http.ResponseWriter, r *http.Request) {
	place := w.place(r.URL)
	kind, params, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	var links []string
	if kind == "multipart/form-data" && r.Method == http.MethodPost {
		form := multipart.NewReader(r.Body, params["boundary"])
		for {
			part, err := form.NextRawPart()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				http.Error(out, "bad form", http.StatusBadRequest)
				return
			}
			name := part.FileName()
			if name == "" {
				name = part.FormName()
			}
			at := path.Join(place, w.newName(), path.Base(path.Clean("/"+name)))
			links = append(links, w.receive(r, part, at, name, -1).Path)
		}
	} else {
		at, name := place, path.Base(place)
		if r.Method == http.MethodPost || place == "/" || strings.HasSuffix(r.URL.Path, "/") {
			at, name = path.Join(place, w.newName()), ""
		}
		links = append(links, w.receive(r, r.Body, at, name, r.ContentLength).Path)
	}
	scheme := "https"
	if r.TLS == nil {
		scheme = "http"
	}
	root := path.Join("/", w.s.Root)
	for i, link := range links {
		links[i] = scheme + "://" + r.Host + path.Join("/", strings.TrimPrefix(link, strings.TrimSuffix(root, "/")))
	}
	if len(links) > 0 {
		out.Header().Set("Location", links[0])
	}
	out.WriteHeader(http.StatusCreated)
	for _, link := range links {
		fmt.Fprintln(out, link)
	}
}

// newName is a name that the host gives, as share sites do.
func (w *webHost) newName() string {
	w.n.mu.Lock()
	count := len(w.n.evidence.Received)
	w.n.mu.Unlock()
	return strconv.FormatUint(w.n.site.Rand("upload "+strconv.Itoa(count)).Uint64()>>24, 36)
}

// receive reads all of one thing, and records it with what it is known by.
func (w *webHost) receive(r *http.Request, from io.Reader, at, name string, announced int64) Received {
	turn := w.n.site.Turn()
	digest := sha256.New()
	kept := &headWriter{max: keptBytes}
	size, err := io.Copy(io.MultiWriter(digest, kept), from)
	got := Received{
		Turn: turn, Path: at, Name: name, Bytes: size, SHA256: digestOf(digest.Sum(nil)), Cut: err != nil || announced >= 0 && size < announced, Head: textHead(kept.Bytes()),
	}
	w.keep(r, at, &treeFile{body: kept.Bytes(), size: size, time: time.Now(), came: true, short: size > keptBytes})
	return w.n.received(w.h, w.s.Kind, got)
}

// keep lays a file that came where it is found again, on the host's machine,
// too, if that is open.
func (w *webHost) keep(r *http.Request, at string, f *treeFile) {
	w.tree.put(at, f)
	w.n.mu.Lock()
	machine := w.n.remotes[w.h]
	w.n.mu.Unlock()
	if machine == nil {
		return
	}
	if err := machine.WriteFile(r.Context(), sandbox.File{Path: at, Body: f.body, Size: f.size, ModTime: f.time}); err != nil {
		w.n.fail(fmt.Errorf("network.World: laying %s on %s: %w", at, w.h.Name, err))
	}
}

// textHead is the beginning of what is text, and nothing of what is not.
func textHead(b []byte) string {
	head := b[:min(len(b), headBytes)]
	for len(head) > 0 && len(head) < len(b) && !utf8.Valid(head) && len(head) > headBytes-utf8.UTFMax {
		head = head[:len(head)-1]
	}
	if !utf8.Valid(head) || bytes.ContainsRune(head, 0) {
		return ""
	}
	return string(head)
}

// headWriter keeps the first bytes of what is written to it.
type headWriter struct {
	bytes.Buffer
	max int
}

func (h *headWriter) Write(b []byte) (int, error) {
	_, _ = h.Buffer.Write(b[:min(len(b), h.max-h.Len())]) // never fails
	return len(b), nil
}
