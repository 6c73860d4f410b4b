// Package system says what of the host's system the processes of a sandbox are
// shown, and what a fresh machine looks like.
package system

import (
	"hash/fnv"
	"time"
)

// SearchPath is the PATH of a machine.
const SearchPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// Folders are those of the host's top folders that are shown.
var Folders = []string{"bin", "etc", "lib", "lib32", "lib64", "libx32", "sbin", "usr"}

// HomeFiles are what a fresh home holds.
var HomeFiles = map[string]string{
	".bashrc":  "# ~/.bashrc: executed by bash(1) for non-login shells.\n\n# alias ls='ls --color=auto'\n# alias ll='ls -l'\n",
	".profile": "# ~/.profile: executed by Bourne-compatible login shells.\n\nif [ \"$BASH\" ]; then\n  if [ -f ~/.bashrc ]; then\n    . ~/.bashrc\n  fi\nfi\n\nmesg n 2> /dev/null || true\n",
}

// PlausibleTime gives a file a date of some weeks ago, the same in every trial
// of one day.
func PlausibleTime(name string) time.Time {
	h := fnv.New64a()
	h.Write([]byte(name))
	back := time.Duration(h.Sum64()%(40*24*3600)) * time.Second
	return time.Now().Truncate(24 * time.Hour).Add(-3*24*time.Hour - back)
}
