/* SPDX-License-Identifier: MIT */
/*
 * See cpu.h.
 */
#include "host.h"

#include "cpu.h"
#include "mm/fault.h"
#include "mm/pmem.h"
#include "proc.h"
#include "space.h"
#include "trap.h"

static struct proc current;
static enum access_result verdict;
unsigned cpu_faults;

struct cpu host_cpu = { .current = &current };

void
fault_refuse(vaddr_t addr unused_arg)
{
	verdict = SEGV;
}

void
fault_no_memory(vaddr_t addr unused_arg)
{
	verdict = OOM;
}

void
fault_bus(vaddr_t addr unused_arg)
{
	verdict = BUS;
}

/* As trap_page_fault. */
static enum access_result
fault(struct addrspace *space, vaddr_t a, unsigned bits)
{
	verdict = DONE;
	cpu_faults++;
	current.as = space;
	switch (vm_fault(space, a, bits)) {
	case VM_SERVED:
		return DONE;
	case VM_PASS:
		handle_page_fault(a, bits & PF_PRESENT, bits & PF_WRITE, 1);
		return verdict;
	case VM_REFUSED:
		return SEGV;
	case VM_NO_MEMORY:
		return OOM;
	default:
		return BUS;
	}
}

/* PF_PRESENT when A's page is there but lacks the right for WHAT; 0 when it is absent. */
static bool
allowed(struct addrspace *space, vaddr_t a, unsigned what, unsigned *bits)
{
	int perm = rights(space, a);

	*bits = what | PF_USER;
	if (perm < 0 || perm == MEMPERM_NONE)
		return false;
	*bits |= PF_PRESENT;
	must(!is_kern_memperm(perm));
	return (!(what & PF_WRITE) || is_write_memperm(perm)) &&
	    (!(what & PF_FETCH) || is_exec_memperm(perm));
}

enum access_result
cpu_access(struct addrspace *space, vaddr_t a, unsigned what)
{
	enum access_result got;
	unsigned bits;

	vpmap_load(&space->vpmap);
	for (int faults = 0; !allowed(space, a, what, &bits); faults++) {
		must(faults < 3);		/* or it would go on for ever */
		tlb_begin(space, pg_round_down(a), 1);
		got = fault(space, a, bits);
		tlb_check();
		must(!spin_held(&space->as_lock));
		if (got != DONE)
			return got;
	}
	return DONE;
}

int
cpu_read(struct addrspace *space, vaddr_t a)
{
	must_eq(cpu_access(space, a, 0), DONE);
	return peek(space, a);
}

void
cpu_write(struct addrspace *space, vaddr_t a, int byte)
{
	must_eq(cpu_access(space, a, PF_WRITE), DONE);
	*(uint8_t *)kmap_p2v(frame_at(space, a) + pg_ofs(a)) = byte;
}
