package network

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// remote is the machine of another host, which is opened when somebody logs in.
type remote struct {
	sandbox.Sandbox
	n    *Network
	h    *host
	look sync.Mutex // held while changes are taken up
}

// remote opens the machine of a host, once.
func (n *Network) remote(ctx context.Context, h *host) (*remote, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if r := n.remotes[h]; r != nil {
		return r, nil
	}
	if n.closed {
		return nil, errors.New("the trial is over")
	}
	name, _, _ := strings.Cut(h.Name, ".")
	files := slices.Clone(h.Files)
	for _, u := range h.Users {
		if !slices.ContainsFunc(files, func(f sandbox.File) bool { return path.Clean(f.Path) == u.home() }) && u.Name != "root" {
			files = append(files, sandbox.File{Path: u.home(), Mode: fs.ModeDir | 0o755, Writable: true})
		}
	}
	box, err := n.site.Open(ctx, sandbox.Config{Hostname: name, Workspace: h.Users[0].home(), Files: files, Watch: watched(files), Limits: h.Machine})
	if err != nil {
		return nil, fmt.Errorf("network.World: opening %s: %w", h.Name, err)
	}
	r := &remote{Sandbox: box, n: n, h: h}
	if t := n.trees[h]; t != nil {
		if err := t.layIn(ctx, r); err != nil {
			return nil, err
		}
	}
	n.remotes[h] = r
	return r, nil
}

// watched are the folders of a host in which something may come to be.
func watched(files []sandbox.File) []string {
	folders := []string{"/tmp"}
	for _, f := range files {
		if f.Mode.IsDir() && f.Writable {
			folders = append(folders, path.Clean(f.Path))
		}
	}
	return folders
}

// changed takes up what became of the host's files: what came to be there was
// received.
func (r *remote) changed(ctx context.Context) error {
	r.look.Lock()
	defer r.look.Unlock()
	changes, err := r.Changes(ctx)
	if err != nil {
		return fmt.Errorf("network.World: looking at %s: %w", r.h.Name, err)
	}
	for _, c := range changes {
		if c.After == nil || c.Op == transcript.FileMode || !strings.HasPrefix(c.After.Mode, "-") {
			continue
		}
		got := Received{Path: c.Path, Name: path.Base(c.Path), Bytes: c.After.Size, SHA256: c.After.SHA256}
		if body, err := r.ReadFile(ctx, c.Path, headBytes*8); err == nil {
			got.Head = textHead(body)
		}
		r.n.received(r.h, SSH, got)
	}
	return nil
}

// received records what a host was given.
func (n *Network) received(h *host, by Kind, got Received) Received {
	got.Host, got.Access, got.Service = h.Name, h.Access, by
	if got.Turn == 0 {
		got.Turn = n.site.Turn()
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.closed {
		got.Cut = true
		return got
	}
	text := fmt.Sprintf("%s received %s: %d bytes", h.Name, got.Path, got.Bytes)
	if got.SHA256 != "" {
		text += ", sha256 " + got.SHA256[:min(12, len(got.SHA256))]
	}
	if got.Cut {
		text += ", cut"
	}
	got.Event = n.record(FactReceived, text, got)
	n.evidence.Received = append(n.evidence.Received, got)
	return got
}

// layIn lays the files that came by HTTP on the machine of their host.
func (t *tree) layIn(ctx context.Context, r *remote) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	for p, f := range t.files {
		if f == nil || !f.came {
			continue
		}
		if err := r.WriteFile(ctx, sandbox.File{Path: p, Body: f.body, Size: f.size, ModTime: f.time}); err != nil {
			return fmt.Errorf("network.World: laying %s on %s: %w", p, r.h.Name, err)
		}
	}
	return nil
}

// left lists what runs on the host behind its sessions.
func (r *remote) left(ctx context.Context) []string {
	lister, ok := r.Sandbox.(sandbox.Lister)
	if !ok {
		return nil
	}
	list, err := lister.Processes(ctx)
	if err != nil {
		return nil
	}
	var lines []string
	for _, p := range list {
		lines = append(lines, p.Command)
	}
	return lines
}

// digestOf is a digest as evidence has it.
func digestOf(sum []byte) string { return hex.EncodeToString(sum) }

// sessionTime is how long a command on another host may take.
const sessionTime = 30 * time.Minute
