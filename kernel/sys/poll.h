/* SPDX-License-Identifier: MIT */
/*
 * What poll and select share: a list of descriptors, waiting for one of them, and the signal
 * mask and the time of the calls that have them.
 */
#ifndef FAULTLINE_SYS_POLL_H
#define FAULTLINE_SYS_POLL_H

#include "error.h"
#include "sched.h"
#include "types.h"

struct proc;

/* A descriptor, and what is wanted of it: POLL* bits. */
struct poll_entry {
	int fd;				/* < 0: none */
	uint16_t wanted;
	uint16_t ready;			/* POLLNVAL, whatever is wanted: it is not open */
	struct watch watch;
};

/*
 * Wait until one of the N entries is ready; the others have zero in READY then.
 * => how many are ready; 0: DEADLINE (clock_now) is past; ERR_INTR
 */
must_check ssize_t poll_entries(struct poll_entry *entries, unsigned n, uint64_t deadline);

/*
 * Block what the mask of SIZE bytes at user address UMASK says instead of what P has
 * blocked; nothing when UMASK is 0.  => ERR_INVAL, ERR_FAULT
 */
must_check err_t poll_mask_begin(struct proc *p, vaddr_t umask, size_t size);

/*
 * The call ends with RET: the old mask is in force again.  When a signal has interrupted
 * it, the signal's handler comes first.  => what the call is to return
 */
ssize_t poll_mask_end(struct proc *p, vaddr_t umask, ssize_t ret);

/*
 * Put what is left until DEADLINE where the time came from, a struct linux_timespec at user
 * address ADDR, or nowhere when that is 0.  It may be read-only: nobody is told, as on Linux.
 */
void poll_tell_left(vaddr_t addr, uint64_t deadline);

#endif
