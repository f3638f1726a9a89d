/* SPDX-License-Identifier: MIT */
/*
 * Spin locks of a kernel on one CPU: see lock.h.
 */
#include "lock.h"

#include "panic.h"

void
spin_init(struct spinlock *l, const char *name)
{
	l->name = name;
	l->held = false;
}

void NO_LOCK_ANALYSIS
spin_lock(struct spinlock *l)
{
	if (l->held)
		panic("spin_lock: %s is held already: this would hang for ever", l->name);
	l->held = true;
}

void NO_LOCK_ANALYSIS
spin_unlock(struct spinlock *l)
{
	if (!l->held)
		panic("spin_unlock: %s is not held", l->name);
	l->held = false;
}

bool
spin_held(const struct spinlock *l)
{
	return l->held;
}
