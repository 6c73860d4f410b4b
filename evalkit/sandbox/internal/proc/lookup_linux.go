package proc

import (
	"path"
	"strings"

	"golang.org/x/sys/unix"
)

// AddressSpace is how many times its memory limit a process may map: runtimes
// reserve what they never use. V8 takes 10 GiB for every WebAssembly module,
// and node has three.
const AddressSpace = 64

// LookUp finds a program as a shell would, along the PATH of its environment.
func LookUp(name string, env []string, dir string) (string, error) {
	if strings.ContainsRune(name, '/') {
		return name, nil
	}
	search := ""
	for _, e := range env {
		if v, ok := strings.CutPrefix(e, "PATH="); ok {
			search = v
		}
	}
	var failed error = unix.ENOENT
	for folder := range strings.SplitSeq(search, ":") {
		if !path.IsAbs(folder) {
			folder = path.Join(dir, folder)
		}
		full := path.Join(folder, name)
		var st unix.Stat_t
		if unix.Stat(full, &st) != nil || st.Mode&unix.S_IFMT != unix.S_IFREG {
			continue
		}
		if unix.Access(full, unix.X_OK) == nil {
			return full, nil
		}
		failed = unix.EACCES
	}
	return "", failed
}
