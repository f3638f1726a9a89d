/* SPDX-License-Identifier: MIT */
/*
 * What becomes of a fault that nobody serves.  User code made it: a signal, so its
 * handler runs, or the process is killed and one line says why.  The kernel made it in a
 * copy from or to user memory: the copy fails.  The kernel made it elsewhere: panic.
 */
#include "trap.h"

#include "faulttrace.h"
#include "lib/printf.h"
#include "mm/mmu.h"
#include "mm/usercopy.h"
#include "panic.h"
#include "proc.h"
#include "sys/abi_signal.h"
#include "x86/cpu.h"
#include "x86/faultcode.h"
#include "x86/x86.h"

/* How far off an access may be and still be called an overflow of the stack or the heap. */
#define STACK_GUARD_HINT	(16 * PG_SIZE)
#define HEAP_HINT		(256 * PG_SIZE)

/* What user code gets for an exception, and what it is called. */
static const struct {
	const char *text;
	int sig, code;
} exceptions[T_SIMD + 1] = {
	[T_DIVIDE] = { "divide error", SIGFPE, FPE_INTDIV },
	[T_DEBUG] = { "debug trap", SIGTRAP, TRAP_BRKPT },
	[T_BREAK] = { "breakpoint", SIGTRAP, SI_KERNEL },
	[T_OVERFLOW] = { "overflow", SIGSEGV, SI_KERNEL },
	[T_BOUND] = { "bound range exceeded", SIGSEGV, SI_KERNEL },
	[T_ILLEGAL] = { "illegal instruction", SIGILL, ILL_ILLOPN },
	[T_NOFPU] = { "no FPU", SIGSEGV, SI_KERNEL },
	[T_TSS] = { "invalid TSS", SIGSEGV, SI_KERNEL },
	[T_SEGMENT] = { "segment not present", SIGBUS, SI_KERNEL },
	[T_STACK] = { "stack fault (non-canonical address?)", SIGBUS, SI_KERNEL },
	[T_PROTECT] = { "general protection (privileged instruction or non-canonical address)",
	    SIGSEGV, SI_KERNEL },
	[T_FPU] = { "x87 error", SIGFPE, FPE_FLTINV },
	[T_ALIGN] = { "alignment check", SIGBUS, BUS_ADRALN },
	[T_SIMD] = { "SSE error", SIGFPE, FPE_FLTINV },
};

/* A page fault.  There is one at a time, but that of a copy may come while another ends. */
struct fault {
	struct trapframe *tf;
};

static struct fault fault;

static bool
is_write(const struct fault *f)
{
	return (f->tf->err & PF_WRITE) != 0;
}

static bool
is_fetch(const struct fault *f)
{
	return (f->tf->err & PF_FETCH) != 0;
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
region_hint(const struct fault *f, const struct memregion *r)
{
	if (is_fetch(f) && !is_exec_memperm(r->perm))
		return "execute of data";
	if (is_write(f) && !is_write_memperm(r->perm))
		return "write to read-only memory";
	return "refused although a region allows it";
}

/* What a person who sees ADDR in a fault would like to be told. */
static const char *
fault_hint(const struct fault *f, vaddr_t addr)
{
	struct addrspace *as = proc_current()->as;
	const struct memregion *heap = as->heap;
	const struct memregion *r = as_find_memregion(as, addr, 1);

	if (addr < PG_SIZE)
		return "null pointer";
	if (addr >= DIRECT_BASE)
		return "kernel address";
	if (r != NULL)
		return region_hint(f, r);
	if (addr < USTACK_LOWERBOUND && addr >= USTACK_LOWERBOUND - STACK_GUARD_HINT)
		return "stack guard";
	if (heap != NULL && addr >= heap->end && addr - heap->end < HEAP_HINT)
		return "past the heap";
	return "not mapped";
}

/* The verb for the access that faulted. */
static const char *
fault_verb(const struct fault *f)
{
	return is_fetch(f) ? "execute at" : is_write(f) ? "write to" : "read from";
}

/* Print the line that a person and the grader read (format: docs/guide/grading.md). */
static void
fault_report(const struct fault *f, vaddr_t addr, int sig, const char *hint)
{
	const struct proc *p = proc_current();

	kprintf("fault: pid %d (%s): %s: %s 0x%016lx at rip 0x%016lx: %s\n", p->pid, p->name,
	    signal_name(sig), fault_verb(f), addr, f->tf->rip, hint);
}

/* The end, by SIG; but for want of memory for the handler's stack it has been reported. */
static noreturn void
fault_kill(int sig)
{
	proc_exit_signal(signal_kill_pending(proc_current()) ? SIGKILL : sig);
}

/* User code's access to ADDR: its handler for SIG runs, or the process is killed. */
static noreturn void
fault_user(int sig, int code, vaddr_t addr, const char *hint)
{
	const struct fault f = fault;	/* there may be another one, on the handler's stack */
	struct signal_info info = { .sig = sig, .code = code, .value = addr };
	struct signals *s = &proc_current()->sig;

	s->fault.trapno = T_PGFLT;
	s->fault.err = f.tf->err | PF_USER;	/* not always set: docs/design/0004 */
	if (addr >= USER_END)
		s->fault.err |= PF_PRESENT;	/* tells nothing of the kernel's half */
	s->fault.cr2 = addr;
	if (signal_fault(f.tf, &info))
		trap_return(f.tf);
	if (!signal_kill_pending(proc_current()))
		fault_report(&f, addr, sig, hint);
	fault_kill(sig);
}

/* The kernel's access to ADDR, in no copy. */
static noreturn void
fault_panic(vaddr_t addr)
{
	char code[FAULTCODE_LEN];

	faultcode_text(fault.tf->err, code);
	panic_frame(fault.tf, "page fault in the kernel: %s 0x%016lx (%s)", fault_verb(&fault),
	    addr, code);
}

/* The kernel's access: let the copy fail, or panic. */
static void
fault_kernel(vaddr_t addr)
{
	vaddr_t resume = usercopy_fixup(fault.tf->rip);

	if (resume == 0)
		fault_panic(addr);
	fault.tf->rip = resume;
}

void
fault_refuse(vaddr_t fault_addr)
{
	int code = SEGV_MAPERR;

	faulttrace_refused(trap_from_user(fault.tf) ? SIGSEGV : 0);
	if (!trap_from_user(fault.tf)) {
		fault_kernel(fault_addr);
		return;
	}
	if (as_find_memregion(proc_current()->as, fault_addr, 1) != NULL)
		code = SEGV_ACCERR;
	fault_user(SIGSEGV, code, fault_addr, fault_hint(&fault, fault_addr));
}

void
fault_bus(vaddr_t fault_addr)
{
	faulttrace_refused(trap_from_user(fault.tf) ? SIGBUS : 0);
	if (trap_from_user(fault.tf))
		fault_user(SIGBUS, BUS_ADRERR, fault_addr, "past the end of the file");
	fault_kernel(fault_addr);
}

void
fault_no_memory(vaddr_t fault_addr)
{
	faulttrace_refused(SIGKILL);
	fault_report(&fault, fault_addr, SIGKILL, "out of memory");
	if (trap_from_user(fault.tf))
		proc_exit_signal(SIGKILL);
	/* A system call is under way: let it fail and clean up, and die on the way out. */
	signal_force_kill(proc_current());
	fault_kernel(fault_addr);
}

void
fault_begin(struct trapframe *tf, vaddr_t addr)
{
	fault.tf = tf;
	if (!trap_from_user(tf) && (proc_current() == NULL || usercopy_fixup(tf->rip) == 0))
		fault_panic(addr);
}

/* si_code for an exception of the x87 unit, or of the SSE unit. */
static int
fpu_code(uint64_t trapno)
{
	struct linux_fpstate *fp = (struct linux_fpstate *)proc_current()->fpu;
	uint32_t raised;

	fpu_save(fp);
	if (trapno == T_FPU)
		raised = fp->fsw & ~fp->fcw;
	else
		raised = fp->mxcsr & ~(fp->mxcsr >> 7);
	if ((raised & 0x01) != 0)
		return FPE_FLTINV;
	if ((raised & 0x04) != 0)
		return FPE_FLTDIV;
	if ((raised & 0x08) != 0)
		return FPE_FLTOVF;
	if ((raised & 0x12) != 0)	/* underflow; denormal operand */
		return FPE_FLTUND;
	return (raised & 0x20) != 0 ? FPE_FLTRES : FPE_FLTINV;
}

/* si_code for the exception in TF. */
static int
exception_code(const struct trapframe *tf)
{
	int code = exceptions[tf->trapno].code;

	if (tf->trapno == T_FPU || tf->trapno == T_SIMD)
		return fpu_code(tf->trapno);
	if (tf->trapno == T_DEBUG) {
		if ((read_dr6() & DR6_STEP) != 0)
			code = TRAP_TRACE;
		write_dr6(DR6_CLEAR);
	}
	return code;
}

/* User code's exception: its handler for the signal runs, or the process is killed. */
static void
exception_user(struct trapframe *tf, const char *text, int sig, int code)
{
	struct proc *p = proc_current();
	struct signal_info info = { .sig = sig, .code = code };

	if (code != SI_KERNEL && sig != SIGBUS)
		info.value = tf->rip;
	if (signal_fault(tf, &info))
		return;
	if (!signal_kill_pending(p))
		kprintf("fault: pid %d (%s): %s: %s at rip 0x%016lx\n", p->pid, p->name,
		    signal_name(sig), text, tf->rip);
	fault_kill(sig);
}

void
fault_exception(struct trapframe *tf)
{
	const char *text = "unknown exception";
	struct signals *s;
	bool known = tf->trapno <= T_SIMD && exceptions[tf->trapno].text != NULL;

	if (known)
		text = exceptions[tf->trapno].text;
	if (!trap_from_user(tf))
		panic_frame(tf, "%s in kernel mode (vector %lu, error code 0x%lx)", text,
		    tf->trapno, tf->err);
	s = &proc_current()->sig;
	s->fault.trapno = tf->trapno;
	s->fault.err = tf->err;
	if (known)
		exception_user(tf, text, exceptions[tf->trapno].sig, exception_code(tf));
	else
		exception_user(tf, text, SIGSEGV, SI_KERNEL);
}

void
fault_no_frame(struct trapframe *tf, int sig)
{
	struct signal_info info = { .sig = SIGSEGV, .code = SI_KERNEL };
	const struct proc *p = proc_current();

	if (sig != SIGSEGV && signal_fault(tf, &info))
		return;
	if (!signal_kill_pending(p))
		kprintf("fault: pid %d (%s): SIGSEGV: no frame for the handler of signal %d"
		    " at rip 0x%016lx\n", p->pid, p->name, sig, tf->rip);
	fault_kill(SIGSEGV);
}

void
fault_bad_frame(struct trapframe *tf)
{
	exception_user(tf, "bad signal frame", SIGSEGV, SI_KERNEL);
}
