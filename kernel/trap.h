/* SPDX-License-Identifier: MIT */
/*
 * Traps: the frame that trapasm.S builds, and what the page-fault handler may
 * decide.
 */
#ifndef FAULTLINE_TRAP_H
#define FAULTLINE_TRAP_H

#include "mm/layout.h"
#include "trapasm.h"
#include "types.h"

/* Exception vectors (Intel SDM volume 3, table 6-1) and where the PIC's lines go. */
enum {
	T_DIVIDE = 0, T_DEBUG = 1, T_NMI = 2, T_BREAK = 3, T_OVERFLOW = 4, T_BOUND = 5,
	T_ILLEGAL = 6, T_NOFPU = 7, T_DOUBLE = 8, T_TSS = 10, T_SEGMENT = 11, T_STACK = 12,
	T_PROTECT = 13, T_PGFLT = 14, T_FPU = 16, T_ALIGN = 17, T_MACHINE = 18, T_SIMD = 19,
	T_IRQ0 = 32, T_IRQ_TIMER = T_IRQ0, T_IRQ_SERIAL = T_IRQ0 + 4, T_IRQ_END = T_IRQ0 + 16,
};

/*
 * Registers of interrupted code, in the order trapasm.S pushes them.  The same
 * frame serves exceptions, interrupts and system calls.
 */
struct trapframe {
	uint64_t r15, r14, r13, r12, r11, r10, r9, r8;
	uint64_t rdi, rsi, rbp, rbx, rdx, rcx, rax;
	uint64_t trapno;	/* not set by a system call; nor is err */
	uint64_t err;		/* the CPU's error code, or 0 */
	uint64_t rip, cs, rflags, rsp, ss;	/* what iretq pops */
};

/* Was user code interrupted?  The saved CS alone says so (docs/design/0004). */
static inline bool
trap_from_user(const struct trapframe *tf)
{
	return (tf->cs & 3) == 3;
}

/* Is A an address at all: bits 47 to 63 all the same? */
static inline bool
is_canonical(vaddr_t a)
{
	return (vaddr_t)((int64_t)(a << 16) >> 16) == a;
}

/*
 * May TF, of a system call, be returned to by sysretq?  It takes rip from rcx and rflags
 * from r11; and on Intel, a rip that is not canonical would fault in the kernel, on the
 * user's stack.  Else iretq.
 */
static inline bool
sysret_ok(const struct trapframe *tf)
{
	return tf->rcx == tf->rip && tf->r11 == tf->rflags && tf->rip < USER_END &&
	    tf->cs == SEL_UCODE && tf->ss == SEL_UDATA &&
	    (tf->rflags & SYSRET_NOT) == 0;
}

/* Fill in and load the interrupt table.  => called once, before interrupts are enabled */
void trap_init(void);

/* Every exception and interrupt ends up here.  => called by trapasm.S with interrupts off */
void trap(struct trapframe *tf);

/*
 * Back the page of FAULT_ADDR, or refuse the access.  PRESENT, WRITE and USER
 * are zero or not: the page was present (a right was missing), the access was a
 * write, user code made it.
 * => served: an access that a region allows, to a page that is not there; the
 *    interrupted instruction runs again when this returns
 * => everything else: fault_refuse, or fault_no_memory
 * => a fault in kernel mode (USER is 0) on a page that a region allows is served
 *    like any other: a system call may touch lazy memory
 * => called with interrupts off and no spin lock held
 */
void handle_page_fault(vaddr_t fault_addr, int present, int write, int user);

/*
 * Refuse the current fault.
 * => user code made it: its handler for SIGSEGV runs, or the process is killed as by
 *    SIGSEGV; does not return
 * => the kernel made it while copying from or to user memory: returns, and the
 *    copy will fail with ERR_FAULT; the handler just returns too
 * => the kernel made it elsewhere: panic
 */
void fault_refuse(vaddr_t fault_addr);

/* The same with SIGBUS: a page of a mapping that lies past the end of its file. */
void fault_bus(vaddr_t fault_addr);

/* There is no memory to serve the current fault: the process is killed, wherever it was. */
void fault_no_memory(vaddr_t fault_addr);

/*
 * A page fault at ADDR begins: the three above are about this one.
 * => panics when the kernel made it, and not in a copy from or to user memory
 */
void fault_begin(struct trapframe *tf, vaddr_t addr);

/* Any other exception: a signal for the program, or the end of the kernel. */
void fault_exception(struct trapframe *tf);

/* No frame can be made for the handler of SIG; that of rt_sigreturn is no good: SIGSEGV. */
void fault_no_frame(struct trapframe *tf, int sig);
void fault_bad_frame(struct trapframe *tf);

/*
 * The last thing before user mode, on every way there: act on signals, and see to it
 * that TF is one that the CPU will take.
 */
void user_return(struct trapframe *tf);

/* Go to user mode with TF at once, forgetting what the kernel was doing.  => no lock is held */
noreturn void trap_return(struct trapframe *tf);

/* trapasm.S: the end of that. */
noreturn void trap_leave(struct trapframe *tf);

#endif
