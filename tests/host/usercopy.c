/* SPDX-License-Identifier: MIT */
/*
 * See usercopy.h.
 */
#include "host.h"

#include "usercopy.h"

size_t user_copied, user_refuse_at = SIZE_MAX;
const char *user_string = "";

/* The fix-up table, as usercopy_asm.S and the linker script make it; and what comes behind. */
static const vaddr_t fixups[] __attribute__((used)) = {
	0x1000, 0x2000, 0x1008, 0x2004, 0x1010, 0x2008,
};
__asm__(
    ".globl __ex_table_start, __ex_table_end\n"
    "__ex_table_start = fixups\n"
    "__ex_table_end = fixups + 32\n");

size_t usercopy_bytes(void *dst, const void *src, size_t n);
ssize_t usercopy_string(char *dst, const char *src, size_t n);

size_t
usercopy_bytes(void *dst unused_arg, const void *src unused_arg, size_t n)
{
	user_copied = n;
	return n > user_refuse_at ? n - user_refuse_at : 0;
}

ssize_t
usercopy_string(char *dst, const char *src unused_arg, size_t n)
{
	size_t len = strlen(user_string);

	if (user_refuse_at != SIZE_MAX)
		return -1;
	memcpy(dst, user_string, min(len + 1, n));
	return min(len, n);
}
