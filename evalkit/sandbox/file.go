package sandbox

import (
	"io/fs"
	"path"
	"time"
)

// File is laid in a sandbox before the trial starts.
type File struct {
	// Path is absolute, or relative to the workspace.
	Path string
	// Mode is 0o644 if zero; fs.ModeDir makes a folder and fs.ModeSymlink a
	// link to Body.
	Mode fs.FileMode
	// ModTime is a plausible time before the trial if zero.
	ModTime time.Time
	Body    []byte
	// Size, if larger than the body, is the file's: behind the body it is a
	// hole, which reads as zeros and takes no disk. It may exceed
	// Limits.FileSize: that binds what processes write. They can read, rename and
	// delete the file, overwrite it below that limit, and copy the hole if it
	// allows a file of that size (Limits.FileSize takes any; Limits.Disk counts
	// what is written, not holes). Reading it through a mapping takes disk, as
	// writing does. Like every file above 16 MiB it is known by size and times,
	// and never read by the observation. Backends that do not promise Bounded
	// refuse it.
	Size int64
	// Writable lets commands change a file in a system folder, which is
	// read-only otherwise. In the workspace, home and /tmp the mode decides.
	//
	// A writable file in a folder that is not can be written in place and not
	// replaced: rm, mv onto it and sed -i, which make a new one, fail as they
	// do on a read-only disk. Where that shall succeed, make its folder
	// writable, too. A writable folder is a new, empty one with the scenario's
	// files in it: what this machine holds at its path is hidden, below
	// /usr/local/bin as well, and /proc/mounts shows it, as every writable
	// file, as a mount point.
	Writable bool
}

// Folder is a folder of this machine that a sandbox shows, read-only and whole
// but for what is mounted in it. It is not observed.
type Folder struct {
	// Host is where it is on this machine, and Path where in the sandbox;
	// empty: at the same place. Both are absolute.
	Host, Path string
}

// Place is the folder's path in the sandbox.
func (f Folder) Place() string {
	if f.Path == "" {
		return path.Clean(f.Host)
	}
	return path.Clean(f.Path)
}
