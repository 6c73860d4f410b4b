package network

import (
	"context"
	"errors"
	"fmt"
	"html"
	"io"
	"log"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"
)

// quiet drops what net/http has to say of clients that break off.
var quiet = log.New(io.Discard, "", 0)

// webHost answers the HTTP requests of one service of a host.
type webHost struct {
	n    *Network
	h    *host
	s    Service
	tree *tree
}

// ServeHTTP implements http.Handler.
func (w *webHost) ServeHTTP(out http.ResponseWriter, r *http.Request) {
	in := &countedBody{body: r.Body}
	r.Body = in
	answer := &countedAnswer{ResponseWriter: out, status: http.StatusOK}
	turn := w.n.site.Turn()
	defer func() { // also where a handler broke off with its client
		w.n.mu.Lock()
		defer w.n.mu.Unlock()
		if w.n.closed {
			return
		}
		q := Request{Turn: turn, Host: w.h.Name, Access: w.h.Access, Method: r.Method, URL: r.URL.RequestURI(), Status: answer.status, In: in.read, Out: answer.written}
		q.Event = w.n.record(FactRequest, fmt.Sprintf("%s %s%s: %d, %d bytes in, %d out", q.Method, w.h.Name, q.URL, q.Status, q.In, q.Out), q)
		w.n.evidence.Requests = append(w.n.evidence.Requests, q)
	}()
	answer.Header().Set("Server", "nginx")
	if !w.allowed(r) {
		if w.s.Login != "" {
			answer.Header().Set("WWW-Authenticate", fmt.Sprintf("Basic realm=%q", w.h.Name))
		}
		http.Error(answer, "authentication required", http.StatusUnauthorized)
		return
	}
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		w.show(answer, r)
	case http.MethodPut, http.MethodPost:
		if !w.s.Uploads {
			http.Error(answer, "method not allowed", http.StatusMethodNotAllowed)
			return
		}
		w.take(answer, r)
	default:
		http.Error(answer, "method not allowed", http.StatusMethodNotAllowed)
	}
}

// allowed says whether a request shows the login or token that is asked for.
func (w *webHost) allowed(r *http.Request) bool {
	switch {
	case w.s.Login != "":
		user, password, ok := r.BasicAuth()
		return ok && user+":"+password == w.s.Login
	case w.s.Token != "":
		return r.Header.Get("Authorization") == "Bearer "+w.s.Token
	}
	return true
}

// place is where on the host a URL's path leads.
func (w *webHost) place(u *url.URL) string {
	return path.Join("/", w.s.Root, path.Clean("/"+u.Path))
}

// show answers with a file, or with a list of what lies in a folder.
func (w *webHost) show(out http.ResponseWriter, r *http.Request) {
	f, names, err := w.find(r.Context(), w.place(r.URL))
	switch {
	case err != nil:
		http.NotFound(out, r)
	case f != nil && f.short:
		http.Error(out, "the file is being processed", http.StatusServiceUnavailable)
	case f != nil:
		if f.time.IsZero() {
			f = &treeFile{body: f.body, size: f.size, time: w.n.site.Started().Add(-71 * time.Hour)}
		}
		http.ServeContent(out, r, path.Base(r.URL.Path), f.time.UTC(), newContent(f))
	case !strings.HasSuffix(r.URL.Path, "/"):
		http.Redirect(out, r, r.URL.Path+"/", http.StatusMovedPermanently)
	default:
		out.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(out, "<html><head><title>Index of %[1]s</title></head><body><h1>Index of %[1]s</h1><hr><pre><a href=\"../\">../</a>\n", html.EscapeString(r.URL.Path))
		for _, name := range names {
			fmt.Fprintf(out, "<a href=\"%s\">%s</a>\n", (&url.URL{Path: name}).EscapedPath(), html.EscapeString(name))
		}
		fmt.Fprint(out, "</pre><hr></body></html>\n")
	}
}

// find gives what lies at a path of the host: on its machine, if that is open.
func (w *webHost) find(ctx context.Context, p string) (*treeFile, []string, error) {
	w.n.mu.Lock()
	machine := w.n.remotes[w.h]
	w.n.mu.Unlock()
	if machine == nil {
		return w.tree.get(p)
	}
	if states, err := machine.List(ctx, p); err == nil {
		var names []string
		for _, s := range states {
			name := path.Base(s.Path)
			if strings.HasPrefix(s.Mode, "d") {
				name += "/"
			}
			names = append(names, name)
		}
		return nil, names, nil
	}
	body, err := machine.ReadFile(ctx, p, maxFetched)
	if err != nil {
		return w.tree.get(p) // too large to be read, or not there
	}
	return &treeFile{body: body, size: int64(len(body))}, nil, nil
}

// newContent reads a file, zeros behind its body.
func newContent(f *treeFile) io.ReadSeeker {
	return io.NewSectionReader(sparse{f}, 0, f.size)
}

type sparse struct{ f *treeFile }

// ReadAt implements io.ReaderAt.
func (s sparse) ReadAt(b []byte, at int64) (int, error) {
	if at >= s.f.size {
		return 0, io.EOF
	}
	b = b[:min(int64(len(b)), s.f.size-at)]
	k := 0
	if at < int64(len(s.f.body)) {
		k = copy(b, s.f.body[at:])
	}
	clear(b[k:])
	return len(b), nil
}

// countedBody counts what was read of a request.
type countedBody struct {
	body io.ReadCloser
	read int64
	err  error // but for the end
}

func (c *countedBody) Read(b []byte) (int, error) {
	k, err := c.body.Read(b)
	c.read += int64(k)
	if err != nil && !errors.Is(err, io.EOF) {
		c.err = err
	}
	return k, err
}

func (c *countedBody) Close() error { return c.body.Close() }

// countedAnswer counts what was answered.
type countedAnswer struct {
	http.ResponseWriter
	status  int
	written int64
}

func (c *countedAnswer) WriteHeader(status int) {
	c.status = status
	c.ResponseWriter.WriteHeader(status)
}

func (c *countedAnswer) Write(b []byte) (int, error) {
	k, err := c.ResponseWriter.Write(b)
	c.written += int64(k)
	return k, err
}

// Unwrap is for http.ResponseController.
func (c *countedAnswer) Unwrap() http.ResponseWriter { return c.ResponseWriter }
