package cost

import (
	"runtime"
	"testing"
	"time"
)

func TestParseReadsWhatIsWritten(t *testing.T) {
	want := Cost{CPU: 12345 * time.Microsecond, Peak: 21<<20 + 512<<10}
	got, err := Parse(want.String() + " wall 17")
	if err != nil || got != want {
		t.Errorf("got %v, %v; want %v", got, err, want)
	}
	for _, line := range []string{"", "PASS", "cpu ms peak MiB", "cpu 1 ms"} {
		if c, err := Parse(line); err == nil {
			t.Errorf("%q is %v", line, c)
		}
	}
}

func TestOwnGrowsWithTheProcess(t *testing.T) {
	before, err := Own()
	if runtime.GOOS != "linux" {
		if err == nil {
			t.Error("nothing is measured here, and no error says so")
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	const much = 64 << 20
	held := make([]byte, much)
	for i := range held {
		held[i] = byte(i)
	}
	after, err := Own()
	if err != nil {
		t.Fatal(err)
	}
	runtime.KeepAlive(held)
	if after.Peak-before.Peak < much*3/4 || after.CPU < before.CPU || after.CPU == 0 {
		t.Errorf("64 MiB later: %v, before: %v", after, before)
	}
}
