// Package poorer makes, for tests, machines that allow less than the one that
// the tests run on: a test binary that imports it starts itself anew on one.
package poorer

// Kind is what a machine does not allow.
type Kind string

// The machines that users meet.
const (
	// NoNamespaces allows no user namespace: user.max_user_namespaces is 0.
	NoNamespaces Kind = "no-namespaces"
	// NoMaps gives the namespace, and refuses to map ids into it.
	NoMaps Kind = "no-maps"
	// NoMounts gives the namespace, and refuses to mount in it, as AppArmor does
	// on Ubuntu 24.04.
	NoMounts Kind = "no-mounts"
	// NoFlags refuses the flags of clone and unshare that ask for namespaces, as
	// Docker's seccomp profile does.
	NoFlags Kind = "no-flags"
	// CoveredProc has a part of /proc covered, as containers have.
	CoveredProc Kind = "covered-proc"
	// NoCapabilities is NoFlags for a root without any capability, as of
	// docker run --cap-drop ALL.
	NoCapabilities Kind = "no-capabilities"
	// NoLandlock is NoFlags on a kernel without Landlock.
	NoLandlock Kind = "no-landlock"
)

// Kinds lists those on which another sandbox takes over.
func Kinds() []Kind {
	return []Kind{NoNamespaces, NoMaps, NoMounts, NoFlags, NoCapabilities, CoveredProc}
}

// The environment that tells a test binary where it is.
const (
	kindEnv  = "EVALKIT_TEST_POORER"
	userEnv  = "EVALKIT_TEST_POORER_USER"
	readyEnv = "EVALKIT_TEST_POORER_READY"
)
