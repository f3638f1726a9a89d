/* SPDX-License-Identifier: MIT */
/*
 * Failures on purpose: where a test can have the kernel run out of memory, or find a bad
 * user address.  In kernels built with INVARIANTS=1 the system call SYS_fl_inject says what
 * fails (kernel/inject.c); on the host the test itself does (tests/host/fakes.c).
 */
#ifndef FAULTLINE_MM_INJECT_H
#define FAULTLINE_MM_INJECT_H

#include "types.h"

#ifdef FAULT_INJECTION
/* Is this allocation (of a frame, a table, an object) to fail, this access to user memory? */
bool alloc_fails(void);
bool usercopy_fails(void);

/* N more objects of kmalloc are in use, or fewer. */
void inject_count_objects(int n);
#else
static inline bool alloc_fails(void) { return false; }
static inline bool usercopy_fails(void) { return false; }
static inline void inject_count_objects(int n) { (void)n; }
#endif

#endif
