/* SPDX-License-Identifier: MIT */
/*
 * System calls: the way in, the arguments, and the one place where the kernel's error
 * codes become Linux errno values.  Which call is which function stands in sys/table.c.
 */
#include "syscall.h"

#include "mm/invariants.h"
#include "mm/vm.h"
#include "proc.h"
#include "signal.h"
#include "x86/cpu.h"
#include "x86/x86.h"

#define N_ARGS	6

void
syscall_init(void)
{
	extern char syscall_entry[];

	/* syscall: CS = 0x10, SS = 0x18.  sysretq: SS = 0x20 + 8, CS = 0x20 + 16, RPL 3. */
	wrmsr(MSR_STAR, (uint64_t)(SEL_UDATA - 8) << 48 | (uint64_t)SEL_KCODE << 32);
	wrmsr(MSR_LSTAR, (vaddr_t)syscall_entry);
	wrmsr(MSR_SFMASK, RFLAGS_TF | RFLAGS_IF | RFLAGS_DF | RFLAGS_IOPL | RFLAGS_NT | RFLAGS_AC);
	wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_SCE);
}

bool
fetch_arg(void *arg, int n, sysarg_t *value)
{
	if (n < 0 || n >= N_ARGS)
		return false;
	*value = arg_u64(arg, n);
	return true;
}

/* The one place where an error becomes an errno value. */
static sysret_t
syscall_error(uint32_t nr, err_t err)
{
	if (err == ERR_INTR || err == ERR_INTR_ONCE || err == ERR_INTR_SLEEP)
		signal_interrupted(nr, err);
	return -(sysret_t)err_to_errno(err);
}

bool
syscall_return(struct trapframe *tf, sysret_t ret)
{
	if (ret >= (sysret_t)ERR_LAST)
		ret = syscall_error((uint32_t)tf->rax, (err_t)ret);
	tf->rax = ret;
	invariants_check(true);
	user_return(tf);
	return sysret_ok(tf);
}

sysret_t
sys_nosys(void *arg)
{
	(void)arg;
	return ERR_NOSYS;
}

sysret_t
sys_sbrk(void *arg)
{
#ifdef SOLUTION
	struct memregion *heap = proc_current()->as->heap;
	sysarg_t increment;
	vaddr_t old;
	err_t err;

	if (!fetch_arg(arg, 0, &increment))
		return ERR_INVAL;
	err = memregion_extend(heap, (ssize_t)increment, &old);
	if (err == ERR_OK)
		return old;
	/* Giving back more than there is has no effect; all other failures are lack of room. */
	return (ssize_t)increment < 0 ? heap->end : (sysret_t)ERR_NOMEM;
#else
	/*
	 * LAB demand-paging, part 4: your code here.
	 *
	 * void *sbrk(intptr_t increment): fetch the argument (64 bits, signed), let
	 * memregion_extend move the end of proc_current()->as->heap, and return the
	 * end before that.  ERR_NOMEM when the heap cannot grow.  A decrement larger
	 * than the heap changes nothing and returns the current end.
	 */
	(void)arg;
	return ERR_NOMEM;
	/* LAB: end of your code. */
#endif
}
