//go:build amd64 || arm64

package namespace

import (
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/evalkit-go/evalkit/evalkit/sandbox/internal/system"
)

// etcOwn are the machine's own files; %[1]s is its name.
var etcOwn = []struct {
	name string
	mode fs.FileMode
	text string
}{
	{"passwd", 0o644, `root:x:0:0:root:/root:/bin/bash
daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
bin:x:2:2:bin:/bin:/usr/sbin/nologin
sys:x:3:3:sys:/dev:/usr/sbin/nologin
mail:x:8:8:mail:/var/mail:/usr/sbin/nologin
www-data:x:33:33:www-data:/var/www:/usr/sbin/nologin
nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
`},
	{"group", 0o644, "root:x:0:\ndaemon:x:1:\nbin:x:2:\nsys:x:3:\nadm:x:4:\ntty:x:5:\nmail:x:8:\nshadow:x:42:\nwww-data:x:33:\nnogroup:x:65534:\n"},
	{"shadow", 0o640, "root:*:19702:0:99999:7:::\ndaemon:*:19702:0:99999:7:::\nnobody:*:19702:0:99999:7:::\n"},
	{"hostname", 0o644, "%[1]s\n"},
	{"hosts", 0o644, "127.0.0.1\tlocalhost\n127.0.1.1\t%[1]s\n::1\tlocalhost ip6-localhost ip6-loopback\n"},
	{"resolv.conf", 0o644, "nameserver 10.0.2.3\n"},
	{"nsswitch.conf", 0o644, "passwd:         files\ngroup:          files\nshadow:         files\nhosts:          files dns\nnetworks:       files\nprotocols:      db files\nservices:       db files\nethers:         db files\nrpc:            db files\n"},
	{"fstab", 0o644, "# <file system> <mount point> <type> <options> <dump> <pass>\n"},
	{"environment", 0o644, ""},
	{"machine-id", 0o444, "%[2]s\n"},
}

// fillEtc hides what is not to be shown of /etc and lays the machine's own
// files there.
func (s *initProcess) fillEtc() error {
	l := s.layerOf("/etc/hosts")
	if l == nil {
		return nil // a host without /etc
	}
	entries, err := os.ReadDir("/etc")
	if err != nil {
		return err
	}
	for _, e := range entries {
		if system.EtcIsShown(e.Name()) || etcIsOwn(e.Name()) {
			continue
		}
		if err := unix.Mknod(l.upper+"/"+e.Name(), unix.S_IFCHR, 0); err != nil { // a whiteout
			return &fs.PathError{Op: "hide", Path: "/etc/" + e.Name(), Err: err}
		}
	}
	for _, h := range system.EtcHidden {
		if err := l.hide(h); err != nil {
			return err
		}
	}
	id := make([]byte, 16)
	if _, err := unix.Getrandom(id, 0); err != nil { // crypto/rand tests itself first
		return err
	}
	for _, o := range etcOwn {
		text := o.text
		if strings.Contains(text, "%[") {
			text = fmt.Sprintf(text+"%[3]s", s.hostname, hex.EncodeToString(id), "")
		}
		if err := writeFile(layFile{path: l.upper + "/" + o.name, mode: o.mode, modTime: system.PlausibleTime("/etc")}, []byte(text)); err != nil {
			return err
		}
	}
	// The folder itself is as old as what was put into it.
	l.times[l.upper] = nanoTimespec(system.PlausibleTime("/etc").Add(time.Minute))
	return nil
}

func etcIsOwn(name string) bool {
	for _, o := range etcOwn {
		if o.name == name {
			return true
		}
	}
	return false
}
