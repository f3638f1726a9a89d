/* SPDX-License-Identifier: MIT */
/*
 * Spin locks of a kernel on one CPU: see lock.h.
 */
#include "lock.h"

#include "panic.h"

#ifdef INVARIANTS
int spin_depth;
#endif

void
spin_init(struct spinlock *l, const char *name)
{
	l->name = name;
	l->held = 0;
}

noreturn void
spin_wrong(const struct spinlock *l)
{
	if (l->held)
		panic("spin_lock: %s is held already: this would hang for ever", l->name);
	panic("spin_unlock: %s is not held", l->name);
}
