/* SPDX-License-Identifier: MIT */
/*
 * Loading programs: ELF64 executables for x86-64, with their interpreter if they name one
 * (System V ABI, chapters 4 and 5; elf(5)).
 */
#ifndef FAULTLINE_ELF_H
#define FAULTLINE_ELF_H

#include "error.h"
#include "mm/vm.h"
#include "types.h"

struct inode;
struct exec_info;

/*
 * Load the program in IP into AS, an empty space: regions for each segment and an empty
 * heap region above them; and its interpreter where mmap would put it.
 * => INFO gets start, entry, base, phdr, phnum and exec_stack
 * => ERR_NOEXEC when it is not such a program or claims impossible addresses; ERR_LIBBAD
 *    when its interpreter does; as exec_open when that cannot be had; ERR_NOMEM
 * => on an error AS is to be destroyed by the caller
 */
must_check err_t elf_load(struct addrspace *as, struct inode *ip, struct exec_info *info);

#endif
