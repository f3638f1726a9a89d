/* SPDX-License-Identifier: MIT */
/*
 * Loading programs: ELF64 executables for x86-64, statically linked (System V
 * ABI, chapters 4 and 5; elf(5)).
 */
#ifndef FAULTLINE_ELF_H
#define FAULTLINE_ELF_H

#include "error.h"
#include "mm/vm.h"
#include "types.h"

struct inode;
struct exec_info;

/*
 * Load the program in IP into AS, an empty space: a region for each segment, its
 * pages present (but for read-only zeros), and an empty heap region above them.
 * => INFO gets entry, phdr and phnum
 * => ERR_NOEXEC when it is not such a program or claims impossible addresses;
 *    ERR_NOMEM; AS is then to be destroyed by the caller
 */
must_check err_t elf_load(struct addrspace *as, struct inode *ip, struct exec_info *info);

#endif
