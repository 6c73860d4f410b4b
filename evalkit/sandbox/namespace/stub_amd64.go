//go:build linux

package namespace

const stubMachine = 62 // EM_X86_64

// stubCode: exit_group(reboot(stubMagic, index)).
func stubCode(index uint16) []byte {
	return []byte{
		0xb8, 0xa9, 0, 0, 0, // mov eax, 169 (reboot)
		0xbf, stubMagic & 0xff, stubMagic >> 8, 0, 0, // mov edi, stubMagic
		0xbe, byte(index), byte(index >> 8), 0, 0, // mov esi, index
		0x0f, 0x05, // syscall
		0x89, 0xc7, // mov edi, eax
		0xb8, 0xe7, 0, 0, 0, // mov eax, 231 (exit_group)
		0x0f, 0x05, // syscall
	}
}
