/* SPDX-License-Identifier: MIT */
/*
 * See usermem.h.
 */
#include "host.h"

#include "usermem.h"

vaddr_t host_bad_start, host_bad_end;

/* The kernel's fix-up table (kernel/boot/kernel.ld) is empty: no access here faults. */
static const vaddr_t no_fixups[1] __attribute__((used));
__asm__(
    ".globl __ex_table_start, __ex_table_end\n"
    "__ex_table_start = no_fixups\n"
    "__ex_table_end = no_fixups\n");

size_t usercopy_bytes(void *dst, const void *src, size_t n);
ssize_t usercopy_string(char *dst, const char *src, size_t n);

/* How many of the N bytes from ADDR on come before the bad ones. */
static size_t
good_bytes(const void *addr, size_t n)
{
	vaddr_t a = (vaddr_t)addr;

	if (a >= host_bad_end || a + n <= host_bad_start)
		return n;
	return a < host_bad_start ? host_bad_start - a : 0;
}

size_t
usercopy_bytes(void *dst, const void *src, size_t n)
{
	size_t good = min(good_bytes(dst, n), good_bytes(src, n));

	memcpy(dst, src, good);
	return n - good;
}

ssize_t
usercopy_string(char *dst, const char *src, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (good_bytes(src + i, 1) == 0)
			return -1;
		dst[i] = src[i];
		if (src[i] == '\0')
			return i;
	}
	return n;
}
