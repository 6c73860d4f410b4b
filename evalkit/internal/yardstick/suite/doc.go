// Package suite is the smallest suite of specs: what its start-up costs is what
// every suite pays.
package suite
