/* SPDX-License-Identifier: MIT */
/*
 * The machine's part of kernel/mm/usercopy.c when a test's own memory is the user's: all of
 * it can be read and written, but for one range.
 */
#ifndef HOST_USERMEM_H
#define HOST_USERMEM_H

#include "types.h"

extern vaddr_t host_bad_start, host_bad_end;

#endif
