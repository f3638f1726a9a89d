/* SPDX-License-Identifier: MIT */
/*
 * A CPU for kernel/mm on the host: CR3 is a variable, and flushing translations
 * only leaves a trace that tests look at (tests/host/space.h).
 */
#ifndef HOST_X86_X86_H
#define HOST_X86_X86_H

#include "types.h"

extern uint64_t host_cr3;
extern unsigned host_cr3_loads;		/* counted for tests */
extern unsigned host_invlpgs;
extern vaddr_t host_last_invlpg;

#define HOST_INVLPG_LOG	64		/* the addresses of the last so many invlpgs */
extern vaddr_t host_invlpg_log[HOST_INVLPG_LOG];
extern void (*host_at_invlpg)(vaddr_t a);	/* called by each, if it is set */

static inline uint64_t
read_cr3(void)
{
	return host_cr3;
}

static inline void
write_cr3(uint64_t v)
{
	host_cr3 = v;
	host_cr3_loads++;
}

static inline void
invlpg(vaddr_t a)
{
	host_last_invlpg = a;
	host_invlpg_log[host_invlpgs++ % HOST_INVLPG_LOG] = a;
	if (host_at_invlpg != NULL)
		host_at_invlpg(a);
}

static inline uint64_t
rdtsc(void)
{
	return 0;
}

#endif
