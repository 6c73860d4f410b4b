package seccomp

import "golang.org/x/sys/unix"

// NativeArch is what the kernel calls this architecture.
const NativeArch = unix.AUDIT_ARCH_X86_64
