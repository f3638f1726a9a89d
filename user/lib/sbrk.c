/* SPDX-License-Identifier: MIT */
/*
 * The end of the heap.  Faultline has a call for it, which students write; Linux
 * has brk(2) only and answers ENOSYS to ours, then the same is made of brk.
 */
#include "user.h"

/* brk(2) answers with the end of the heap, old or new: it never reports an error. */
static uintptr_t
brk(uintptr_t want)
{
	return (uintptr_t)raw_syscall(SYS_brk, want);
}

static void *
sbrk_by_brk(intptr_t increment)
{
	uintptr_t old = brk(0), want = old + (uintptr_t)increment;
	bool wraps = increment > 0 ? want < old : want > old;

	if (!wraps && brk(want) == want)
		return (void *)old;
	if (increment < 0)
		return (void *)old;
	errno = ENOMEM;
	return (void *)-1;
}

void *
sbrk(intptr_t increment)
{
	long answer = raw_syscall(SYS_fl_sbrk, increment);

	if (answer == -ENOSYS)
		return sbrk_by_brk(increment);
	if (answer < 0) {
		errno = (int)-answer;
		return (void *)-1;
	}
	return (void *)answer;
}
