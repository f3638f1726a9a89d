/* SPDX-License-Identifier: MIT */
/*
 * The end of the kernel: panic and assertions.  An assertion states what was
 * proved; it has no side effect, and a user's mistake is never one.
 */
#ifndef FAULTLINE_PANIC_H
#define FAULTLINE_PANIC_H

#include "types.h"

struct trapframe;

/*
 * Print FILE:LINE, the message, registers (of TF, or none when it is NULL) and
 * a backtrace with symbols; leave the virtual machine with KEXIT_PANIC.
 */
noreturn void panic_at(const char *file, int line, const struct trapframe *tf,
    const char *fmt, ...) printf_like(4, 5);

#define panic(...)		panic_at(__FILE__, __LINE__, NULL, __VA_ARGS__)
#define panic_frame(tf, ...)	panic_at(__FILE__, __LINE__, tf, __VA_ARGS__)

#define kassert(cond) \
	do { \
		if (!(cond)) \
			panic("%s: assertion failed: %s", __func__, #cond); \
	} while (0)

#endif
