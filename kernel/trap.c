/* SPDX-License-Identifier: MIT */
/*
 * Every exception and interrupt, one switch.
 *
 * Interrupts are off from the vector to the return, so CR2 is still this fault's
 * when it is read here, once.  Whether a fault is the user's or the kernel's is
 * decided by the saved CS and nothing else: with SMAP, an iretq in user code can
 * fault with the error code's user bit clear.
 */
#include "trap.h"

#include "fs/tty.h"
#include "kstack.h"
#include "lib/printf.h"
#include "mm/mmu.h"
#include "mm/usercopy.h"
#include "panic.h"
#include "proc.h"
#include "sys/abi.h"
#include "x86/cpu.h"
#include "x86/pic.h"
#include "x86/x86.h"

#define N_VECTORS	48
#define GATE_INTERRUPT	0x8e00ul	/* present, DPL 0, interrupts off on entry */
#define GATE_DPL3	0x6000ul
#define IST_DOUBLE	1

/* How far off an access may be and still be called an overflow of the stack or the heap. */
#define STACK_GUARD_HINT	(16 * PG_SIZE)
#define HEAP_HINT		(256 * PG_SIZE)

struct gate {
	uint64_t lo, hi;
};

/* What user code dies of, and what it is called. */
static const struct {
	const char *text;
	int sig;
} exceptions[T_SIMD + 1] = {
	[T_DIVIDE] = { "divide error", SIGFPE },
	[T_DEBUG] = { "debug trap", SIGTRAP },
	[T_NMI] = { "NMI", 0 },
	[T_BREAK] = { "breakpoint", SIGTRAP },
	[T_OVERFLOW] = { "overflow", SIGSEGV },
	[T_BOUND] = { "bound range exceeded", SIGSEGV },
	[T_ILLEGAL] = { "illegal instruction", SIGILL },
	[T_NOFPU] = { "no FPU", SIGSEGV },
	[T_DOUBLE] = { "double fault", 0 },
	[T_TSS] = { "invalid TSS", SIGSEGV },
	[T_SEGMENT] = { "segment not present", SIGBUS },
	[T_STACK] = { "stack fault (non-canonical address?)", SIGSEGV },
	[T_PROTECT] = { "general protection (privileged instruction or non-canonical address)",
	    SIGSEGV },
	[T_FPU] = { "x87 error", SIGFPE },
	[T_ALIGN] = { "alignment check", SIGBUS },
	[T_MACHINE] = { "machine check", 0 },
	[T_SIMD] = { "SSE error", SIGFPE },
};

/* The page fault being handled; faults do not nest (interrupts off, one CPU). */
static struct {
	struct trapframe *tf;
	int present, write, fetch;
} fault;

static struct gate idt[N_VECTORS];

void
trap_init(void)
{
	extern const vaddr_t trap_vectors[N_VECTORS];
	struct {
		uint16_t limit;
		uint64_t base;
	} __attribute__((packed)) idtr = { sizeof(idt) - 1, (uint64_t)idt };

	for (unsigned i = 0; i < N_VECTORS; i++) {
		uint64_t flags = GATE_INTERRUPT;

		if (i == T_BREAK)
			flags |= GATE_DPL3;	/* int3 is user code's to use */
		if (i == T_DOUBLE)
			flags |= IST_DOUBLE;
		idt[i].lo = (trap_vectors[i] & 0xffff) | SEL_KCODE << 16 | flags << 32 |
		    (trap_vectors[i] >> 16 & 0xffff) << 48;
		idt[i].hi = trap_vectors[i] >> 32;
	}
	__asm__ volatile("lidt %0" : : "m"(idtr));
}

static const char *
signal_name(int sig)
{
	switch (sig) {
	case SIGSEGV:
		return "SIGSEGV";
	case SIGFPE:
		return "SIGFPE";
	case SIGILL:
		return "SIGILL";
	case SIGTRAP:
		return "SIGTRAP";
	case SIGBUS:
		return "SIGBUS";
	default:
		return "SIGKILL";
	}
}

/* Why region R, which holds the address, does not allow the access. */
static const char *
region_hint(const struct memregion *r)
{
	if (fault.fetch && !is_exec_memperm(r->perm))
		return "execute of data";
	if (fault.write && !is_write_memperm(r->perm))
		return "write to read-only memory";
	return "refused although a region allows it";
}

/* What a person who sees ADDR in a fault would like to be told. */
static const char *
fault_hint(const struct proc *p, vaddr_t addr)
{
	const struct memregion *heap = p->as->heap;
	const struct memregion *r = as_find_memregion(p->as, addr, 1);

	if (addr < PG_SIZE)
		return "null pointer";
	if (addr >= DIRECT_BASE)
		return "kernel address";
	if (r != NULL)
		return region_hint(r);
	if (addr < USTACK_LOWERBOUND && addr >= USTACK_LOWERBOUND - STACK_GUARD_HINT)
		return "stack guard";
	if (heap != NULL && addr >= heap->end && addr - heap->end < HEAP_HINT)
		return "past the heap";
	return "not mapped";
}

/* The verb for the access that faulted. */
static const char *
fault_verb(void)
{
	return fault.fetch ? "execute at" : fault.write ? "write to" : "read from";
}

/* Print the line that a person and the grader read (format: docs/guide/grading.md). */
static void
fault_report(vaddr_t addr, int sig, const char *hint)
{
	const struct proc *p = proc_current();

	kprintf("fault: pid %d (%s): %s: %s 0x%016lx at rip 0x%016lx: %s\n", p->pid, p->name,
	    signal_name(sig), fault_verb(), addr, fault.tf->rip, hint);
}

void
fault_refuse(vaddr_t fault_addr)
{
	vaddr_t resume;

	if (trap_from_user(fault.tf)) {
		fault_report(fault_addr, SIGSEGV, fault_hint(proc_current(), fault_addr));
		proc_exit_signal(SIGSEGV);
	}
	resume = usercopy_fixup(fault.tf->rip);
	if (resume == 0)
		panic_frame(fault.tf, "page fault in the kernel: %s 0x%016lx", fault_verb(),
		    fault_addr);
	fault.tf->rip = resume;
}

void
fault_no_memory(vaddr_t fault_addr)
{
	fault_report(fault_addr, SIGKILL, "out of memory");
	if (trap_from_user(fault.tf))
		proc_exit_signal(SIGKILL);
	/* A system call is under way: let it fail and clean up, and die on the way out. */
	proc_current()->pending = SIGKILL;
	fault_refuse(fault_addr);
}

/*
 * A page fault: split the error code, once, and let the handler decide.
 * => a fault on a kernel address, or with no process, is a bug in the kernel
 */
static void
trap_page_fault(struct trapframe *tf)
{
	vaddr_t addr = read_cr2();
	bool user = trap_from_user(tf);

	fault.tf = tf;
	fault.present = tf->err & PF_PRESENT;
	fault.write = tf->err & PF_WRITE;
	fault.fetch = tf->err & PF_FETCH;

	if (!user && (proc_current() == NULL || usercopy_fixup(tf->rip) == 0))
		panic_frame(tf, "page fault in the kernel: %s 0x%016lx", fault_verb(), addr);
	handle_page_fault(addr, fault.present, fault.write, user);
}

/* Any other exception: the end of the program, or of the kernel. */
static void
trap_exception(struct trapframe *tf)
{
	const char *text = "unknown exception";
	int sig = SIGSEGV;

	if (tf->trapno <= T_SIMD && exceptions[tf->trapno].text != NULL) {
		text = exceptions[tf->trapno].text;
		sig = exceptions[tf->trapno].sig;
	}
	if (!trap_from_user(tf) || sig == 0)
		panic_frame(tf, "%s in %s mode (vector %lu, error code 0x%lx)", text,
		    trap_from_user(tf) ? "user" : "kernel", tf->trapno, tf->err);
	kprintf("fault: pid %d (%s): %s: %s at rip 0x%016lx\n", proc_current()->pid,
	    proc_current()->name, signal_name(sig), text, tf->rip);
	proc_exit_signal(sig);
}

void
trap(struct trapframe *tf)
{
	switch (tf->trapno) {
	case T_PGFLT:
		trap_page_fault(tf);
		break;
	case T_IRQ_TIMER:
		pic_eoi(0);
		if (trap_from_user(tf))
			sched_yield();
		break;
	case T_IRQ_SERIAL:
		pic_eoi(4);
		tty_interrupt();
		break;
	case T_DOUBLE:
		gdt_restore_gs();
		panic_frame(tf, "double fault%s", kstack_is_guard(read_cr2()) ?
		    ": kernel stack overflow" : "");
	default:
		if (tf->trapno >= T_IRQ0)
			pic_eoi(tf->trapno - T_IRQ0);	/* spurious */
		else
			trap_exception(tf);
	}
	if (trap_from_user(tf))
		proc_check_signal();
}
