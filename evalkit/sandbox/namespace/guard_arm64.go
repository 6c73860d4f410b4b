//go:build linux

package namespace

// legacy are the guarded calls that this architecture has not got.
var legacy = map[uint32]guardedCall{}
