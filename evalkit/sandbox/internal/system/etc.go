package system

import (
	"slices"
	"strings"
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

// EtcHidden lies below a folder that is shown.
var EtcHidden = []string{"/etc/ssl/private", "/etc/pki/tls/private"}

// EtcIsShown says whether an entry of /etc is what every machine has. The rest
// may be the host's own affair, such as accounts, tokens or keys.
func EtcIsShown(name string) bool {
	return slices.Contains(etcShown, name) ||
		slices.ContainsFunc(etcShownPrefixes, func(p string) bool { return strings.HasPrefix(name, p) })
}
