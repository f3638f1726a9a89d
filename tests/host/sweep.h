/* SPDX-License-Identifier: MIT */
/*
 * Failure sweeps: of what an operation asks for, the k-th is refused, for every k until there
 * are not so many, alone and with all that follow.
 */
#ifndef HOST_SWEEP_H
#define HOST_SWEEP_H

#include <stdbool.h>
#include <stddef.h>

/* One attempt at the operation ARG, which lets it run once between these two. */
typedef void sweep_fn(const void *arg);
void sweep_arm(void);
bool sweep_disarm(void);		/* => was anything refused? */

/*
 * Refuse what WHAT counts (&fail_alloc, &fail_usercopy: host.h) of the operation NAME, which
 * ATTEMPT tries once for each k.  After each attempt frames and objects are as many as before,
 * and no lock is held.
 * => how many k there are
 */
size_t sweep(unsigned long *what, const char *name, sweep_fn *attempt, const void *arg);

#endif
