/* SPDX-License-Identifier: MIT */
/*
 * What must hold between any two steps of the kernel, looked up in kernels built with
 * INVARIANTS=1.  What does not hold panics, with the invariant's name and an address.
 */
#ifndef FAULTLINE_MM_INVARIANTS_H
#define FAULTLINE_MM_INVARIANTS_H

#include "mm/vm.h"

/* Check AS: its regions, their tree, its page tables.  => how many regions and pages it has */
size_t invariants_space(struct addrspace *as) EXCLUDES(as->as_lock);

/* Check the kernel half of the address space: no page is the user's, none both W and X. */
void invariants_kernel_half(void);

/*
 * Check the owner counts of all frames: begin, tell each address space once, end.
 * => the first begin takes frames for an array, which stays
 */
void invariants_frames_begin(void);
void invariants_frames_of(struct addrspace *as);
void invariants_frames_end(void);

/* Check the current process' space, the kernel half and the owner counts of all frames. */
void invariants_all(void);

/*
 * Check all of the above for the current process; what takes long not every time.  Called
 * when a system call (END: nothing is half done) or a page fault has been served.
 */
void invariants_look(bool end);

static inline void
invariants_check(bool end)
{
#ifdef INVARIANTS
	invariants_look(end);
#else
	(void)end;
#endif
}

#endif
