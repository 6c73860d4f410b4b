package network

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"hash"
	"io"
	"io/fs"
	"path"
	"strings"
	"sync"
	"time"

	"github.com/pkg/sftp"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// filer is a host's files as SFTP shows them. What is written comes to be when
// it is closed, zeros as a hole, so that a file of many GiB takes no memory.
type filer struct {
	ctx  context.Context
	r    *remote
	turn int
}

// maxFetched is the largest file that is given out.
const maxFetched = 256 << 20

// Fileread implements sftp.FileReader.
func (f *filer) Fileread(q *sftp.Request) (io.ReaderAt, error) {
	body, err := f.r.ReadFile(f.ctx, q.Filepath, maxFetched)
	if err != nil {
		return nil, plainError(err)
	}
	return bytes.NewReader(body), nil
}

// Filewrite implements sftp.FileWriter.
func (f *filer) Filewrite(q *sftp.Request) (io.WriterAt, error) {
	state, err := f.r.Stat(f.ctx, q.Filepath)
	if err == nil && strings.HasPrefix(state.Mode, "d") {
		return nil, sftp.ErrSSHFxPermissionDenied
	}
	if _, err := f.r.Stat(f.ctx, path.Dir(q.Filepath)); err != nil {
		return nil, plainError(err)
	}
	if !f.r.writable(q.Filepath) {
		return nil, sftp.ErrSSHFxPermissionDenied
	}
	return &written{f: f, path: q.Filepath, digest: sha256.New(), waiting: map[int64][]byte{}}, nil
}

// Filecmd implements sftp.FileCmder.
func (f *filer) Filecmd(q *sftp.Request) error {
	switch q.Method {
	case "Setstat":
		return nil // modes and dates, which clients set behind a copy
	case "Mkdir":
		if !f.r.writable(q.Filepath) {
			return sftp.ErrSSHFxPermissionDenied
		}
		return plainError(f.r.WriteFile(f.ctx, sandbox.File{Path: q.Filepath, Mode: fs.ModeDir | 0o755}))
	case "Remove", "Rmdir":
		if !f.r.writable(q.Filepath) {
			return sftp.ErrSSHFxPermissionDenied
		}
		return plainError(f.r.Remove(f.ctx, q.Filepath))
	}
	return sftp.ErrSSHFxOpUnsupported
}

// Filelist implements sftp.FileLister.
func (f *filer) Filelist(q *sftp.Request) (sftp.ListerAt, error) {
	if q.Method == "List" {
		states, err := f.r.List(f.ctx, q.Filepath)
		if err != nil {
			return nil, plainError(err)
		}
		infos := make(listed, len(states))
		for i, s := range states {
			infos[i] = info{s}
		}
		return infos, nil
	}
	state, err := f.r.Stat(f.ctx, q.Filepath)
	if err != nil {
		return nil, plainError(err)
	}
	return listed{info{state}}, nil
}

// writable says whether a user may write at a path: in the folders that are
// observed.
func (r *remote) writable(p string) bool {
	p = path.Clean(p)
	for _, u := range r.h.Users {
		if strings.HasPrefix(p, u.home()+"/") {
			return true
		}
	}
	for _, folder := range watched(r.h.Files) {
		if strings.HasPrefix(p, folder+"/") {
			return true
		}
	}
	return false
}

// plainError is an error as a client may be told of it.
func plainError(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, fs.ErrNotExist):
		return sftp.ErrSSHFxNoSuchFile
	case errors.Is(err, fs.ErrPermission):
		return sftp.ErrSSHFxPermissionDenied
	}
	return sftp.ErrSSHFxFailure
}

// written is a file that is being received. Pieces may come out of order, as
// clients send several at a time.
type written struct {
	f    *filer
	path string

	mu      sync.Mutex
	digest  hash.Hash
	size    int64 // up to here everything has come
	waiting map[int64][]byte
	body    []byte // up to the last byte that is not zero, of what is kept
	cut     bool
}

// maxWaiting is how many pieces may be ahead of one that is missing.
const maxWaiting = 4096

// WriteAt implements io.WriterAt.
func (w *written) WriteAt(b []byte, at int64) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if at != w.size {
		if at < w.size || len(w.waiting) >= maxWaiting {
			return 0, errors.New("failure")
		}
		w.waiting[at] = bytes.Clone(b)
		return len(b), nil
	}
	w.add(b)
	for next, ok := w.waiting[w.size]; ok; next, ok = w.waiting[w.size] {
		delete(w.waiting, w.size)
		w.add(next)
	}
	return len(b), nil
}

func (w *written) add(b []byte) {
	_, _ = w.digest.Write(b) // never fails
	if end := len(bytes.TrimRight(b, "\x00")); end > 0 && w.size+int64(end) <= maxFetched/16 {
		w.body = append(w.body, make([]byte, w.size-int64(len(w.body)))...)
		w.body = append(w.body, b[:end]...)
	}
	w.size += int64(len(b))
}

// TransferError implements sftp.TransferError: the client is gone.
func (w *written) TransferError(error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cut = true
}

// Close implements io.Closer.
func (w *written) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.f.r.WriteFile(w.f.ctx, sandbox.File{Path: w.path, Body: w.body, Size: w.size}); err != nil {
		return plainError(err)
	}
	w.f.r.n.received(w.f.r.h, SSH, Received{
		Turn: w.f.turn, Path: w.path, Name: path.Base(w.path), Bytes: w.size, SHA256: digestOf(w.digest.Sum(nil)),
		Cut: w.cut || len(w.waiting) > 0, Head: textHead(w.body[:min(int64(len(w.body)), w.size)]),
	})
	return nil
}

// listed are the entries of a folder.
type listed []fs.FileInfo

// ListAt implements sftp.ListerAt.
func (l listed) ListAt(into []fs.FileInfo, at int64) (int, error) {
	if at >= int64(len(l)) {
		return 0, io.EOF
	}
	k := copy(into, l[at:])
	if k < len(into) {
		return k, io.EOF
	}
	return k, nil
}

// info is a file's state as package os tells it.
type info struct{ transcript.FileState }

func (i info) Name() string       { return path.Base(i.Path) }
func (i info) Size() int64        { return i.FileState.Size }
func (i info) ModTime() time.Time { return time.Time{} }
func (i info) IsDir() bool        { return i.Mode().IsDir() }
func (i info) Sys() any           { return nil }

// Mode reads what ls -l writes.
func (i info) Mode() fs.FileMode {
	var m fs.FileMode
	for k, r := range i.FileState.Mode {
		switch {
		case k == 0 && r == 'd':
			m |= fs.ModeDir
		case k == 0 && r == 'l':
			m |= fs.ModeSymlink
		case k > 0 && k < 10 && r != '-':
			m |= 1 << (9 - k)
		}
	}
	return m
}
