/* SPDX-License-Identifier: MIT */
/*
 * Segments: the parts of an ELF file that are to lie in memory (System V ABI, chapter 5).
 */
#ifndef FAULTLINE_SEGMENT_H
#define FAULTLINE_SEGMENT_H

#include "error.h"
#include "mm/vm.h"
#include "types.h"

#define PT_LOAD		1
#define PT_INTERP	3
#define PT_GNU_STACK	0x6474e551
#define PF_X		1
#define PF_W		2

struct inode;

/* A program header, as the file has it. */
struct elf_phdr {
	uint32_t type, flags;
	uint64_t offset, vaddr, paddr, filesz, memsz, align;
};

_Static_assert(sizeof(struct elf_phdr) == 56, "Elf64_Phdr");

/* Read exactly N bytes of IP at OFS.  => ERR_NOEXEC: a short file is not a program */
must_check err_t segment_read(struct inode *ip, void *buf, size_t n, offset_t ofs);

/*
 * Have the segment PH of the file IP in AS, BIAS bytes above the address that PH says: the
 * file's part as a private mapping of it, zeros behind.
 * => ERR_NOEXEC when it claims what cannot be or meets another segment; ERR_NOMEM
 */
must_check err_t segment_load(struct addrspace *as, struct inode *ip, const struct elf_phdr *ph,
    vaddr_t bias);

#endif
