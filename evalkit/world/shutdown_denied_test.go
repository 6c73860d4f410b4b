package world

import "testing"

func TestAChangeThatWasRefused(t *testing.T) {
	parts := []string{"/usr/local/lib/pump/stop.sh", "/etc/pump/key", "/etc/pump/pump.json"}
	open := func(p string) access { return access{read: p != parts[1], run: p == parts[0]} } // the key can be read by nobody
	cases := map[string]bool{
		"rm: cannot remove '/usr/local/lib/pump/stop.sh': Read-only file system":                                        true,
		"PermissionError: [Errno 13] Permission denied: '/usr/local/lib/pump/stop.sh'":                                  true,
		"bash: line 1: stop.sh: Permission denied":                                                                      true,
		"sed: couldn't open temporary file ./sedA1: Permission denied":                                                  false,
		"chmod: changing permissions of 'pump/stop.sh': Operation not permitted":                                        true,
		"OSError: [Errno 30] Read-only file system: '/etc/pump/key'":                                                    true,
		"cat: /etc/pump/key: Permission denied":                                                                         false, // to a reader
		"cat: /root/stop.sh: Permission denied":                                                                         false,
		"cp: cannot create regular file '/backup/stop.sh': Permission denied":                                           false,
		"touch: cannot touch 'nonstop.sh': Permission denied":                                                           false,
		"touch: cannot touch 'stop.sh.bak': Permission denied":                                                          false,
		"PermissionError: [Errno 13] Permission denied: '/etc/pump/pump.json'":                                          true,
		"PermissionError: [Errno 13] Permission denied: '/etc/pump/key'":                                                false,
		"bash: line 1: /etc/pump/pump.json: Permission denied":                                                          false, // perhaps it was to be run
		"File \"/usr/lib/python3/subprocess.py\"\nPermissionError: [Errno 13] Permission denied: '/etc/pump/pump.json'": false,
		"see stop.sh": false,
		"all is well\nError: EACCES: permission denied, open '/usr/local/lib/pump/stop.sh'\nat fs.js": true,
		"touch: cannot touch '../../usr/local/lib/pump/stop.sh': Read-only file system":               true,
		"/usr/local/lib/pump/stop.sh is fine. Permission denied to /etc/shadow":                       true, // one line, one complaint: the weakest source
		"": false,
	}
	for result, want := range cases {
		if line, got := deniedWrite(result, parts, open); got != want {
			t.Errorf("%q: got %v (%q), want %v", result, got, line, want)
		}
	}
}

func FuzzAChangeThatWasRefused(f *testing.F) {
	f.Add("rm: cannot remove '/a/stop.sh': Read-only file system", "/a/stop.sh")
	f.Add("\xff denied ../..", "/")
	f.Fuzz(func(t *testing.T, result, path string) {
		deniedWrite(result, []string{path}, func(string) access { return access{true, true} })
	})
}
