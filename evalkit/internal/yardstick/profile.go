package main

import (
	"errors"
	"flag"
	"os"
	"runtime"
	"runtime/pprof"
)

// profiles are where the time and the memory of the work went.
type profiles struct{ cpu, heap string }

func profileFlags() *profiles {
	p := &profiles{}
	flag.StringVar(&p.cpu, "cpuprofile", "", "file for a CPU profile")
	flag.StringVar(&p.heap, "memprofile", "", "file for a profile of what is still held after the last trial")
	return p
}

// start begins profiling; stop writes what was asked for.
func (p *profiles) start() (stop func() error, err error) {
	var cpu *os.File
	if p.cpu != "" {
		if cpu, err = os.Create(p.cpu); err != nil {
			return nil, err
		}
		if err := pprof.StartCPUProfile(cpu); err != nil {
			return nil, errors.Join(err, cpu.Close())
		}
	}
	return func() error {
		var errs []error
		if cpu != nil {
			pprof.StopCPUProfile()
			errs = append(errs, cpu.Close())
		}
		if p.heap != "" {
			errs = append(errs, writeHeap(p.heap))
		}
		return errors.Join(errs...)
	}, nil
}

func writeHeap(path string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	runtime.GC()
	return errors.Join(pprof.WriteHeapProfile(f), f.Close())
}
