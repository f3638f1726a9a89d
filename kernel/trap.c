/* SPDX-License-Identifier: MIT */
/*
 * Every exception and interrupt comes to trap().
 *
 * Interrupts are off from the vector to the return, so CR2 is still this fault's
 * when it is read here, once.  Whether a fault is the user's or the kernel's is
 * decided by the saved CS and nothing else: with SMAP, an iretq in user code can
 * fault with the error code's user bit clear.
 */
#include "trap.h"

#include "faulttrace.h"
#include "fs/tty.h"
#include "kstack.h"
#include "mm/fault.h"
#include "mm/invariants.h"
#include "mm/mmu.h"
#include "panic.h"
#include "proc.h"
#include "timer.h"
#include "trapasm.h"
#include "x86/cpu.h"
#include "x86/pic.h"
#include "x86/x86.h"

#define N_VECTORS	48
#define GATE_INTERRUPT	0x8e00ul	/* present, DPL 0, interrupts off on entry */
#define GATE_DPL3	0x6000ul

#define CHECK_OFFSET(name, member) \
	_Static_assert(offsetof(struct trapframe, member) == (name), #name)
CHECK_OFFSET(TF_R10, r10);
CHECK_OFFSET(TF_R9, r9);
CHECK_OFFSET(TF_R8, r8);
CHECK_OFFSET(TF_RDI, rdi);
CHECK_OFFSET(TF_RSI, rsi);
CHECK_OFFSET(TF_RBP, rbp);
CHECK_OFFSET(TF_RDX, rdx);
CHECK_OFFSET(TF_RIP, rip);
CHECK_OFFSET(TF_CS, cs);
CHECK_OFFSET(TF_RFLAGS, rflags);
CHECK_OFFSET(TF_RSP, rsp);
_Static_assert(offsetof(struct proc, attention) == PROC_ATTENTION, "PROC_ATTENTION");
_Static_assert((SYSRET_NOT) == (RFLAGS_TF | RFLAGS_RF), "SYSRET_NOT");

struct gate {
	uint64_t lo, hi;
};

static struct gate idt[N_VECTORS];

/* The stack of its own that VECTOR has: a number of the TSS, or 0. */
static uint64_t
gate_stack(unsigned vector)
{
	switch (vector) {
	case T_DOUBLE:
		return IST_DOUBLE;
	case T_NMI:
		return IST_NMI;
	case T_MACHINE:
		return IST_MACHINE;
	default:
		return 0;
	}
}

void
trap_init(void)
{
	extern const vaddr_t trap_vectors[N_VECTORS];
	struct {
		uint16_t limit;
		uint64_t base;
	} __attribute__((packed)) idtr = { sizeof(idt) - 1, (uint64_t)idt };

	for (unsigned i = 0; i < N_VECTORS; i++) {
		uint64_t flags = GATE_INTERRUPT | gate_stack(i);

		if (i == T_BREAK)
			flags |= GATE_DPL3;	/* int3 is user code's to use */
		idt[i].lo = (trap_vectors[i] & 0xffff) | SEL_KCODE << 16 | flags << 32 |
		    (trap_vectors[i] >> 16 & 0xffff) << 48;
		idt[i].hi = trap_vectors[i] >> 32;
	}
	__asm__ volatile("lidt %0" : : "m"(idtr));
}

/* What vm_fault has refused. */
static __attribute__((noinline)) void
page_fault_refused(enum vm_answer why, vaddr_t addr)
{
	if (why == VM_NO_MEMORY)
		fault_no_memory(addr);
	else if (why == VM_NO_DATA)
		fault_bus(addr);
	else
		fault_refuse(addr);
}

/* Serve P's access to ADDR, or refuse it.  The error code is taken apart for the lab here. */
static inline __attribute__((always_inline)) void
page_fault_decide(struct proc *p, struct trapframe *tf, vaddr_t addr)
{
	enum vm_answer answer = vm_fault(p->as, addr, tf->err);

	if (answer == VM_PASS)
		handle_page_fault(addr, tf->err & PF_PRESENT, tf->err & PF_WRITE,
		    trap_from_user(tf));
	else if (answer != VM_SERVED)
		page_fault_refused(answer, addr);
}

/* The same, with a line about it on the console. */
static __attribute__((noinline)) void
traced_fault(struct proc *p, struct trapframe *tf, vaddr_t addr)
{
	faulttrace_begin(tf, addr);
	page_fault_decide(p, tf, addr);
	faulttrace_end();
}

/*
 * A page fault.  What the kernel touches but in a copy from or to user memory is not for
 * handlers to decide, and with no process there is nobody to ask: fault_begin panics.
 */
static void
trap_page_fault(struct trapframe *tf)
{
	struct proc *p = proc_current();
	vaddr_t addr = read_cr2();

	fault_begin(tf, addr);
	p->usage.faults++;
	if (p->faulttrace == 0)
		page_fault_decide(p, tf, addr);
	else
		traced_fault(p, tf, addr);
}

/*
 * NMI, double fault, machine check: the end.  They may come anywhere, even where gs is
 * still the user's; each runs on a stack of its own.
 */
static noreturn void
trap_fatal(struct trapframe *tf)
{
	gdt_restore_gs();
	if (tf->trapno == T_DOUBLE)
		panic_frame(tf, "double fault%s", kstack_is_guard(read_cr2()) ?
		    ": kernel stack overflow" : "");
	panic_frame(tf, "%s in %s mode", tf->trapno == T_NMI ? "NMI" : "machine check",
	    trap_from_user(tf) ? "user" : "kernel");
}

/* All but page faults. */
static __attribute__((noinline)) void
trap_other(struct trapframe *tf)
{
	switch (tf->trapno) {
	case T_IRQ_TIMER:
		pic_eoi(0);
		timer_tick();
		if (trap_from_user(tf))
			sched_yield();
		break;
	case T_IRQ_SERIAL:
		pic_eoi(4);
		tty_interrupt();
		break;
	case T_NMI:
	case T_DOUBLE:
	case T_MACHINE:
		trap_fatal(tf);
	default:
		if (tf->trapno >= T_IRQ0)
			pic_eoi(tf->trapno - T_IRQ0);	/* spurious */
		else
			fault_exception(tf);
	}
}

void
trap(struct trapframe *tf)
{
	if (tf->trapno == T_PGFLT) {	/* by far the most frequent one */
		trap_page_fault(tf);
		invariants_check(false);
		if (proc_current()->attention == 0)
			return;		/* served: TF is as the CPU has left it */
	} else {
		trap_other(tf);
	}
	if (trap_from_user(tf))
		user_return(tf);
}

void
user_return(struct trapframe *tf)
{
	if (proc_current()->attention != 0)
		signal_deliver(tf);
	while (!is_canonical(tf->rip)) {	/* iretq itself would fault, here in the kernel */
		tf->trapno = T_PROTECT;
		tf->err = 0;
		fault_exception(tf);
	}
}

noreturn void
trap_return(struct trapframe *tf)
{
	user_return(tf);
	trap_leave(tf);
}
