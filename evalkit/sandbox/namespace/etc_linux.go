//go:build amd64 || arm64

package namespace

import (
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// etcShown lists what of the host's /etc is shown: what programs need to run
// and what every machine of its distribution has. The rest may be the host's
// own affair, such as accounts, tokens of package registries, or keys.
var etcShown = []string{
	"X11", "alpine-release", "alternatives", "bash.bashrc", "bash_completion.d", "bashrc",
	"bindresvport.blacklist", "ca-certificates", "ca-certificates.conf", "centos-release",
	"crypto-policies", "debconf.conf", "debian_version", "dpkg", "emacs", "ethertypes",
	"fedora-release", "fonts", "gai.conf", "gdb", "groff", "gss", "host.conf", "inputrc",
	"issue", "issue.net", "java-11-openjdk", "java-17-openjdk", "java-21-openjdk",
	"ld.so.cache", "ld.so.conf", "ld.so.conf.d", "libaudit.conf", "locale.alias",
	"locale.conf", "locale.gen", "localtime", "login.defs", "lsb-release", "magic",
	"magic.mime", "mailcap", "manpath.config", "mime.types", "mke2fs.conf", "mtab",
	"netconfig", "networks", "openssl", "os-release", "pam.conf", "pam.d", "perl", "pki",
	"profile", "protocols", "python", "python3", "rc0.d", "rc1.d", "rc2.d", "rc3.d", "rc4.d",
	"rc5.d", "rc6.d", "rcS.d", "redhat-release", "rmt", "rpc", "security", "selinux",
	"services", "shells", "skel", "ssl", "sysctl.conf", "system-release", "terminfo",
	"timezone", "vim", "wgetrc", "xattr.conf", "xdg", "xml",
}

// etcShownPrefixes are those whose name goes on with a version.
var etcShownPrefixes = []string{"java-", "python3.", "php", "ruby"}

// etcHidden lies below a folder that is shown.
var etcHidden = []string{"/etc/ssl/private", "/etc/pki/tls/private"}

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
		if etcIsShown(e.Name()) || etcIsOwn(e.Name()) {
			continue
		}
		if err := unix.Mknod(l.upper+"/"+e.Name(), unix.S_IFCHR, 0); err != nil { // a whiteout
			return &fs.PathError{Op: "hide", Path: "/etc/" + e.Name(), Err: err}
		}
	}
	for _, h := range etcHidden {
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
		if err := writeFile(layFile{path: l.upper + "/" + o.name, mode: o.mode, modTime: plausibleTime("/etc")}, []byte(text)); err != nil {
			return err
		}
	}
	// The folder itself is as old as what was put into it.
	l.times[l.upper] = nanoTimespec(plausibleTime("/etc").Add(time.Minute))
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

func etcIsShown(name string) bool {
	return slices.Contains(etcShown, name) ||
		slices.ContainsFunc(etcShownPrefixes, func(p string) bool { return strings.HasPrefix(name, p) })
}
