//go:build amd64 || arm64

package namespace

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// memoryFile makes an anonymous file that holds b.
func memoryFile(b []byte) (int, error) {
	fd, err := unix.MemfdCreate("m", unix.MFD_CLOEXEC)
	if err != nil {
		return -1, fmt.Errorf("memfd_create: %w", err)
	}
	for off := 0; off < len(b); {
		n, err := unix.Pwrite(fd, b[off:], int64(off))
		if err != nil {
			unix.Close(fd)
			return -1, fmt.Errorf("fill memory file: %w", err)
		}
		off += n
	}
	return fd, nil
}

// readMemory reads an anonymous file whole, from its start.
func readMemory(fd int) ([]byte, error) {
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return nil, err
	}
	b := make([]byte, st.Size)
	for off := 0; off < len(b); {
		n, err := unix.Pread(fd, b[off:], int64(off))
		if err != nil {
			return nil, err
		}
		if n == 0 {
			return nil, errMalformed
		}
		off += n
	}
	return b, nil
}

// sendOn sends a message on a blocking or non-blocking socket; EAGAIN is the
// caller's business.
func sendOn(sock int, data []byte, fds []int) error {
	var oob []byte
	if len(fds) > 0 {
		oob = unix.UnixRights(fds...)
	}
	for {
		err := unix.Sendmsg(sock, data, oob, nil, unix.MSG_NOSIGNAL)
		if err != unix.EINTR {
			return err
		}
	}
}

// receiveOn receives one datagram. It gives no bytes at the end of the stream.
// What it gives lies in buf, which holds datagramMax bytes.
func receiveOn(sock, flags int, buf []byte) (data []byte, fds []int, err error) {
	oob := make([]byte, unix.CmsgSpace(4*maxFDs))
	var n, oobn int
	for {
		n, oobn, _, _, err = unix.Recvmsg(sock, buf, oob, flags|unix.MSG_CMSG_CLOEXEC)
		if err != unix.EINTR {
			break
		}
	}
	if err != nil {
		return nil, nil, err
	}
	if oobn > 0 {
		messages, err := unix.ParseSocketControlMessage(oob[:oobn])
		if err != nil {
			return nil, nil, err
		}
		for _, c := range messages {
			if got, err := unix.ParseUnixRights(&c); err == nil {
				fds = append(fds, got...)
			}
		}
	}
	return buf[:n], fds, nil
}
