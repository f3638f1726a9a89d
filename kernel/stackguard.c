/* SPDX-License-Identifier: MIT */
/*
 * The stack protector: the compiler puts a guard above the arrays in a function's frame, below
 * the return address, and looks at it before the function returns.
 */
#include "stackguard.h"

#include "ksyms.h"
#include "panic.h"
#include "random.h"

uintptr_t __stack_chk_guard;

void
stackguard_init(void)
{
	/* It begins with a zero, at which a string that is too long would stop. */
	__stack_chk_guard = random_word() & ~0xfful;
}

noreturn void
__stack_chk_fail(void)
{
	size_t ofs;
	vaddr_t caller = (vaddr_t)__builtin_return_address(0);
	const char *name = ksyms_find(caller - 1, &ofs);

	panic("%s has written over the end of its frame", name != NULL ? name : "a function");
}
