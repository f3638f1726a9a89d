/* SPDX-License-Identifier: MIT */
/*
 * Copies between the kernel and user memory: check the range, then let the copy
 * itself find out whether the pages are there.  The instructions that touch user
 * memory are in usercopy_asm.S, each with an entry in the fix-up table.
 */
#include "mm/usercopy.h"

#include "lock.h"
#include "mm/inject.h"
#include "mm/layout.h"
#include "panic.h"

struct fixup {
	vaddr_t rip;		/* an instruction that may fault */
	vaddr_t resume;		/* where to go on when the fault was refused */
};

/* usercopy_asm.S.  => 0, or the number of bytes not copied when a user access was refused */
size_t usercopy_bytes(void *dst, const void *src, size_t n);
/* => the length; N when there is no terminator in N bytes; -1 when an access was refused */
ssize_t usercopy_string(char *dst, const char *src, size_t n);

bool
user_range_ok(vaddr_t addr, size_t n)
{
	if (n == 0)
		return true;
	return addr >= USER_START && addr + n > addr && addr + n <= USER_END;
}

/* May the N bytes at ADDR be touched at all?  The fault that this may be takes locks. */
static bool
may_touch(vaddr_t addr, size_t n)
{
	kassert(spin_none_held());
	return user_range_ok(addr, n) && (n == 0 || !usercopy_fails());
}

err_t
copy_from_user(void *dst, vaddr_t src, size_t n)
{
	if (!may_touch(src, n) || usercopy_bytes(dst, (const void *)src, n) != 0)
		return ERR_FAULT;
	return ERR_OK;
}

err_t
copy_to_user(vaddr_t dst, const void *src, size_t n)
{
	if (!may_touch(dst, n) || usercopy_bytes((void *)dst, src, n) != 0)
		return ERR_FAULT;
	return ERR_OK;
}

ssize_t
copy_string_from_user(char *dst, vaddr_t src, size_t n)
{
	size_t limit;
	ssize_t len;

	if (!may_touch(src, 1))
		return ERR_FAULT;
	limit = min(n, USER_END - src);
	len = usercopy_string(dst, (const char *)src, limit);
	if (len < 0)
		return ERR_FAULT;
	if ((size_t)len < limit)
		return len;
	return limit == n ? ERR_NAMETOOLONG : ERR_FAULT;
}

vaddr_t
usercopy_fixup(vaddr_t rip)
{
	extern const struct fixup __ex_table_start[], __ex_table_end[];

	for (const struct fixup *f = __ex_table_start; f < __ex_table_end; f++) {
		if (f->rip == rip)
			return f->resume;
	}
	return 0;
}
