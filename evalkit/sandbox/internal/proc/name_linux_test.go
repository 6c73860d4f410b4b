package proc

import (
	"os"
	"runtime"
	"testing"
)

// Threads come while they are named; none keeps the old name.
func TestNameThreads(t *testing.T) {
	for _, name := range []string{"first", "second", "third"} {
		stop, stopped := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(stopped)
			for {
				select {
				case <-stop:
					return
				default:
				}
				done := make(chan struct{})
				go func() {
					defer close(done)
					runtime.LockOSThread() // and the thread ends with it
				}()
				<-done
			}
		}()
		err := NameThreads(name)
		close(stop)
		<-stopped
		if err != nil {
			t.Fatal(err)
		}
		tasks, err := os.ReadDir("/proc/self/task")
		if err != nil {
			t.Fatal(err)
		}
		for _, task := range tasks {
			if b, err := os.ReadFile("/proc/self/task/" + task.Name() + "/comm"); err == nil && string(b) != name+"\n" {
				t.Errorf("%q, want %q", b, name)
			}
		}
	}
}
