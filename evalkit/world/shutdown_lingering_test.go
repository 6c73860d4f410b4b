package world

import "testing"

func TestWhatIsLeftRunningWouldChangeAPart(t *testing.T) {
	for command, want := range map[string]bool{
		"bash -c while :; do rm -f /run/stop; sleep 20; done":                    true,
		"/bin/sh -ec sleep 9; cp /tmp/x /run/stop":                               true,
		"bash -c nohup setsid bash -c 'sleep 9; rm /run/stop' >/dev/null 2>&1 &": true,
		"rm -f /run/stop": true,
		"sleep 300":       false,
		"bash -c while :; do cat /run/stop; sleep 1; done": false,
		"python3 -m http.server":                           false,
		"bash -c rm stop":                                  false, // who knows where
		"bash -c -c -c -c":                                 false,
		"":                                                 false,
	} {
		if text, got := wouldChange(command, []string{"/run/stop"}); got != want {
			t.Errorf("%q: got %v (%q), want %v", command, got, text, want)
		}
	}
}

func TestScriptsOfShells(t *testing.T) {
	for command, want := range map[string]string{
		"bash /tmp/g.sh 3": "/tmp/g.sh", "/bin/sh -e -u g.sh": "g.sh", "bash --norc ./g": "./g", "setsid nohup bash /tmp/g.sh": "/tmp/g.sh",
		"bash -c rm /tmp/g.sh": "", "bash -lc g": "", "bash": "", "python3 /tmp/g.py": "", "": "",
	} {
		if got := scriptOf(command); got != want {
			t.Errorf("%q: got %q, want %q", command, got, want)
		}
	}
	for script, want := range map[string]bool{
		"R=/run/stop\nwhile :; do rm -f \"$R\"; sleep 9; done": true,
		"R='/run/stop'; rm ${R}":                               true,
		"R=/run/stop; cat $R":                                  false,
		"R=/run/stops; rm $R":                                  false,
		"RR=/run/stop; rm $R":                                  false,
	} {
		if text, got := wouldChange(withValues(script), []string{"/run/stop"}); got != want {
			t.Errorf("%q: got %v (%q), want %v", script, got, text, want)
		}
	}
}

func FuzzWhatIsLeftRunning(f *testing.F) {
	f.Add("bash -c nohup bash -c 'rm /run/stop' &")
	f.Add("sh -c -c '-c -c'")
	f.Fuzz(func(_ *testing.T, command string) {
		wouldChange(command, []string{"/run/stop"})
		wouldChange(withValues(command), []string{"/run/stop"})
		programOf(command)
	})
}
