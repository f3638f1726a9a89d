/* SPDX-License-Identifier: MIT */
/*
 * User accesses, as the CPU and kernel/trap.c would do them: walk the tables, fault, let
 * vm_fault and handle_page_fault answer, try again.
 */
#ifndef HOST_CPU_H
#define HOST_CPU_H

#include "mm/vm.h"

enum access_result { DONE, SEGV, BUS, OOM };

/* One byte at A of SPACE: PF_ bits WHAT (0: read, PF_WRITE, PF_FETCH). */
enum access_result cpu_access(struct addrspace *space, vaddr_t a, unsigned what);

/* Read the byte at A, which must work.  => it */
int cpu_read(struct addrspace *space, vaddr_t a);

/* Store BYTE at A, which must work. */
void cpu_write(struct addrspace *space, vaddr_t a, int byte);

/* How many faults were there so far? */
extern unsigned cpu_faults;

#endif
