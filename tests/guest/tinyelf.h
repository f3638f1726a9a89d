/* SPDX-License-Identifier: MIT */
/*
 * Make programs by hand: an ELF64 header, one program header and a few bytes of
 * code.  For tests that need a program without a library, or a broken one.
 * Layouts: System V ABI, chapters 4 and 5.
 */
#ifndef FAULTLINE_TINYELF_H
#define FAULTLINE_TINYELF_H

#include "user.h"

#define TINY_BASE	0x400000
#define TINY_ENTRY	(TINY_BASE + (uint64_t)offsetof(struct tinyelf, code))
#define TINY_CODE	512

struct tinyelf {
	/* ELF header */
	uint8_t magic[4], class, data, ident_version, osabi, pad[8];
	uint16_t type, machine;
	uint32_t version;
	uint64_t entry, phoff, shoff;
	uint32_t flags;
	uint16_t ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
	/* program header */
	uint32_t p_type, p_flags;
	uint64_t p_offset, p_vaddr, p_paddr, p_filesz, p_memsz, p_align;
	/* text */
	uint8_t code[TINY_CODE];
};

_Static_assert(offsetof(struct tinyelf, code) == 64 + 56, "ELF64 layout");

/* A good program: read and execute, the N bytes at CODE (position-independent). */
static inline void
tinyelf_init(struct tinyelf *e, const void *code, size_t n)
{
	*e = (struct tinyelf){
		.magic = { 0x7f, 'E', 'L', 'F' }, .class = 2, .data = 1, .ident_version = 1,
		.type = 2, .machine = 62, .version = 1,
		.entry = TINY_ENTRY, .phoff = offsetof(struct tinyelf, p_type),
		.ehsize = 64, .phentsize = 56, .phnum = 1,
		.p_type = 1, .p_flags = 5, .p_vaddr = TINY_BASE, .p_paddr = TINY_BASE,
		.p_filesz = sizeof(*e), .p_memsz = sizeof(*e), .p_align = PAGE_SIZE,
	};
	memcpy(e->code, code, n < TINY_CODE ? n : TINY_CODE);
}

/* Write the N bytes at IMAGE to the file PATH, which gets the rights MODE.  => 0, or -1 */
static inline int
image_write(const char *path, const void *image, size_t n, mode_t mode)
{
	int fd, result;

	unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL, mode);
	if (fd < 0)
		return -1;
	result = write_all(fd, image, n);
	close(fd);
	return result;
}

#endif
