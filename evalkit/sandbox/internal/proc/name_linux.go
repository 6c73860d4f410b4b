package proc

import "os"

// NameThreads gives all threads of this process a name of at most 15 bytes, as
// /proc shows it. One that another is just starting has its starter's old name
// and is not listed yet: it looks until two looks in a row find none such. What
// cannot be named after fifty looks keeps its name: /proc may be read-only.
func NameThreads(name string) error {
	const looksMost = 50
	for looks, clean := 0, 0; clean < 2 && looks < looksMost; looks++ {
		tasks, err := os.ReadDir("/proc/self/task")
		if err != nil {
			return err
		}
		clean++
		for _, t := range tasks {
			comm := "/proc/self/task/" + t.Name() + "/comm"
			now, err := os.ReadFile(comm)
			if err != nil || string(now) == name+"\n" { // it may have ended meanwhile
				continue
			}
			clean = 0
			os.WriteFile(comm, []byte(name), 0) // likewise
		}
	}
	return nil
}
