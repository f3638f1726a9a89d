/* SPDX-License-Identifier: MIT */
/*
 * Spin locks, and the annotations by which Clang's -Wthread-safety checks who
 * holds which (make lint).
 *
 * One CPU runs the kernel today and interrupts are off while it does, so a
 * lock is never contended: finding it held means that this very path already
 * holds it.  spin_lock() then panics and names the lock instead of hanging.
 *
 * Lock order, outermost first:
 *   fs_lock -> proc_lock -> pipe.lock, tty.lock -> as_lock -> kmalloc_lock -> pmem_lock
 * kstack_lock is held alone.
 * No spin lock is held across a user copy (it may fault and take as_lock) or
 * across a context switch (waitq_wait releases the one it is given).
 */
#ifndef FAULTLINE_LOCK_H
#define FAULTLINE_LOCK_H

#include "types.h"

#if defined(__clang__)
#define LOCK_ATTR(x)	__attribute__((x))
#else
#define LOCK_ATTR(x)
#endif

#define CAPABILITY(name)	LOCK_ATTR(capability(name))
#define ACQUIRES(...)		LOCK_ATTR(acquire_capability(__VA_ARGS__))
#define RELEASES(...)		LOCK_ATTR(release_capability(__VA_ARGS__))
#define REQUIRES(...)		LOCK_ATTR(requires_capability(__VA_ARGS__))
#define EXCLUDES(...)		LOCK_ATTR(locks_excluded(__VA_ARGS__))
#define NO_LOCK_ANALYSIS	LOCK_ATTR(no_thread_safety_analysis)

struct CAPABILITY("spinlock") spinlock {
	const char *name;	/* for the panic message */
	uint32_t held;		/* bit 0 */
};

#define SPINLOCK_INIT(n)	{ .name = (n), .held = 0 }

/* Make L a free lock called NAME (not copied). */
void spin_init(struct spinlock *l, const char *name);

/* L is held, or is not, and should not, or should, be: panic. */
noreturn void spin_wrong(const struct spinlock *l);

#ifdef INVARIANTS
extern int spin_depth;		/* how many are held */
static inline void spin_note(int n) { spin_depth += n; }
static inline bool spin_none_held(void) { return spin_depth == 0; }
#else
static inline void spin_note(int n) { (void)n; }
static inline bool spin_none_held(void) { return true; }	/* who knows */
#endif

/*
 * Take lock L, and give it back.  bts and btr set or clear a bit and tell what it was: with a
 * lock prefix, and in a loop, this would do on several CPUs.
 */
static inline void
spin_lock(struct spinlock *l) ACQUIRES(*l) NO_LOCK_ANALYSIS
{
	bool was_held;

	__asm__ volatile ("btsl $0, %0" : "+m"(l->held), "=@ccc"(was_held));
	if (was_held)
		spin_wrong(l);
	spin_note(1);
}

static inline void
spin_unlock(struct spinlock *l) RELEASES(*l) NO_LOCK_ANALYSIS
{
	bool was_held;

	__asm__ volatile ("btrl $0, %0" : "+m"(l->held), "=@ccc"(was_held));
	if (!was_held)
		spin_wrong(l);
	spin_note(-1);
}

static inline bool
spin_held(const struct spinlock *l)
{
	return l->held != 0;
}

#endif
