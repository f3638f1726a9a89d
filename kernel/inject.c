/* SPDX-License-Identifier: MIT */
/*
 * Failures on purpose (mm/inject.h), in kernels built with INVARIANTS=1: a process asks that
 * its K-th allocation from now on, or its K-th access to user memory from within the kernel,
 * is refused, alone or with all that follow.  Nobody else is hurt.
 */
#include "mm/inject.h"

#include "mm/invariants.h"
#include "proc.h"
#include "syscall.h"
#include "sys/abi.h"

static struct {
	int kind;			/* INJECT_ALLOC, INJECT_COPY; INJECT_OFF: nothing fails */
	pid_t pid;			/* whose allocations or accesses */
	uint64_t left;			/* the one that fails is the LEFT-th; 0: it has */
	bool ever_after;		/* and so do all that follow */
	uint64_t refused;		/* how many have failed, */
	uint64_t looked_after;		/* and after how many of them the invariants held */
} inject;

static int64_t objects;			/* of kmalloc, in use */

static bool
fails(int kind)
{
	const struct proc *p;

	if (inject.kind != kind || inject.left == 0)
		return false;
	p = proc_current();
	if (p == NULL || p->pid != inject.pid)
		return false;
	if (inject.left > 1) {
		inject.left--;
		return false;
	}
	if (!inject.ever_after)
		inject.left = 0;
	inject.refused++;
	return true;
}

bool
alloc_fails(void)
{
	return fails(INJECT_ALLOC);
}

bool
usercopy_fails(void)
{
	return fails(INJECT_COPY);
}

void
inject_count_objects(int n)
{
	objects += n;
}

/*
 * inject(what, k, ever_after): INJECT_ALLOC or INJECT_COPY, and the caller's K-th fails;
 * INJECT_OFF ends that, checks all invariants if any has, and tells how many have failed;
 * INJECT_OBJECTS tells how many objects of kmalloc are in use.
 */
sysret_t
sys_inject(void *arg)
{
	int what = arg_int(arg, 0);

	switch (what) {
	case INJECT_OFF:
		inject.kind = INJECT_OFF;
		if (inject.looked_after < inject.refused)
			invariants_all();
		inject.looked_after = inject.refused;
		return inject.refused;
	case INJECT_OBJECTS:
		return objects;
	case INJECT_ALLOC:
	case INJECT_COPY:
		inject.pid = proc_current()->pid;
		inject.left = arg_u64(arg, 1);
		inject.ever_after = arg_int(arg, 2) != 0;
		inject.refused = inject.looked_after = 0;
		inject.kind = what;
		return ERR_OK;
	default:
		return ERR_INVAL;
	}
}
