/* SPDX-License-Identifier: MIT */
/*
 * Formatted output.  The conversions are %c %s %d %i %u %x %X %p %% with the
 * flags - 0 +, a width, a precision (also as *), and the lengths hh h l ll z.
 * No floating point.
 */
#ifndef FAULTLINE_LIB_PRINTF_H
#define FAULTLINE_LIB_PRINTF_H

#include <stdarg.h>
#include "types.h"

/*
 * Format into the N bytes at BUF, cut if need be, terminated when N > 0.
 * => returns the length of the whole text, as ISO C11 7.21.6.12 has it
 */
int kvsnprintf(char *buf, size_t n, const char *fmt, va_list ap);
int ksnprintf(char *buf, size_t n, const char *fmt, ...) printf_like(3, 4);

/* Format to the console.  May be called from anywhere, with any lock held. */
void kprintf(const char *fmt, ...) printf_like(1, 2);

#endif
