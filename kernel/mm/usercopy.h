/* SPDX-License-Identifier: MIT */
/*
 * Copies between the kernel and the current process' user memory.
 *
 * A user page that a region allows but nobody has touched yet is served by the
 * page-fault handler in the middle of the copy, exactly as if the program had
 * touched it; where no region allows it, the copy stops with ERR_FAULT.
 * => no spin lock may be held: the fault takes as_lock
 */
#ifndef FAULTLINE_MM_USERCOPY_H
#define FAULTLINE_MM_USERCOPY_H

#include "error.h"
#include "types.h"

/* Does [ADDR, ADDR + N) lie in the user half, without wrapping?  (True for N == 0.) */
bool user_range_ok(vaddr_t addr, size_t n);

/*
 * Copy N bytes.
 * => ERR_FAULT when a byte of the user side is not accessible; some may be copied then
 */
must_check err_t copy_from_user(void *dst, vaddr_t src, size_t n);
must_check err_t copy_to_user(vaddr_t dst, const void *src, size_t n);

/*
 * Copy a string with its terminator into the N bytes at DST.
 * => returns its length without the terminator
 * => ERR_FAULT, or ERR_NAMETOOLONG when there is no terminator in N bytes
 */
must_check ssize_t copy_string_from_user(char *dst, vaddr_t src, size_t n);

/*
 * The place where the kernel goes on after a refused fault at RIP, or 0 when RIP
 * is not an instruction that may touch user memory (fault.c asks).
 */
vaddr_t usercopy_fixup(vaddr_t rip);

#endif
