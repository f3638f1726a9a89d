/* SPDX-License-Identifier: MIT */
/*
 * When the invariants (mm/invariants.h) are looked at: after every system call and page
 * fault, but less often where that would take too long.  How often depends on nothing but
 * what there is to look at, so that a run can be repeated.
 */
#include "mm/invariants.h"

#include "proc.h"

#define CHEAP		512	/* so many regions and pages are looked at every time */
#define FRAMES_EVERY	256	/* checks of the current space to one of all frames */

static void
count_space(struct proc *p, void *arg)
{
	(void)arg;
	if (p->as != NULL && p->lender == NULL)
		invariants_frames_of(p->as);
}

void
invariants_all(void)
{
	invariants_space(proc_current()->as);
	invariants_kernel_half();
	invariants_frames_begin();
	proc_for_each(count_space, NULL);
	invariants_frames_end();
}

void
invariants_look(bool end)
{
	static size_t skip, since;
	struct addrspace *as = proc_current()->as;

	if (as == NULL)
		return;
	if (skip > 0) {
		skip--;
		return;
	}
	skip = invariants_space(as) / CHEAP;
	if (end && since++ % FRAMES_EVERY == 0)
		invariants_all();
}
