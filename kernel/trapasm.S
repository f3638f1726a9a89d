/* SPDX-License-Identifier: MIT */
/*
 * Into the kernel and out of it: exceptions, interrupts, system calls.  All three
 * build the same struct trapframe (trap.h) on the kernel stack:
 *
 *   high   ss  rsp  rflags  cs  rip     pushed by the CPU (or, as it would, by syscall_entry)
 *          err                          pushed by the CPU for some exceptions, else 0
 *          trapno
 *          rax rcx rdx rbx rbp rsi rdi r8 ... r15
 *   low    <- rsp when trap() or a system call's function is called
 *
 * gs points at struct cpu exactly while in the kernel: swapgs on every way in from
 * user mode and on every way back, decided by the saved CS.
 */
#include "mm/layout.h"
#include "trapasm.h"
#include "x86/cpu.h"

	.macro PUSH_REGS
	pushq %rax
	pushq %rcx
	pushq %rdx
	pushq %rbx
	pushq %rbp
	pushq %rsi
	pushq %rdi
	pushq %r8
	pushq %r9
	pushq %r10
	pushq %r11
	pushq %r12
	pushq %r13
	pushq %r14
	pushq %r15
	.endm

	.macro POP_REGS
	popq %r15
	popq %r14
	popq %r13
	popq %r12
	popq %r11
	popq %r10
	popq %r9
	popq %r8
	popq %rdi
	popq %rsi
	popq %rbp
	popq %rbx
	popq %rdx
	popq %rcx
	popq %rax
	.endm

	.text
/* One entry a vector: push a zero where the CPU pushes no error code, and the number. */
	.macro VECTOR n
vector\n:
	.if (\n != 8) && ((\n < 10) || (\n > 14)) && (\n != 17) && (\n != 21)
	pushq $0
	.endif
	pushq $\n
	jmp alltraps
	.pushsection .rodata
	.quad vector\n
	.popsection
	.endm

	.pushsection .rodata
	.balign 8
	.globl trap_vectors
trap_vectors:
	.popsection
	.altmacro
	.set i, 0
	.rept 48
	VECTOR %i
	.set i, i + 1
	.endr
	.noaltmacro

alltraps:
	PUSH_REGS
	cld
	cmpb $0, cpu_smap(%rip)		/* AC may be set: in user code, or in a user copy */
	je 1f
	clac
1:	testb $3, TF_CS(%rsp)
	jz 2f
	swapgs
2:	movq %rsp, %rdi
	xorl %ebp, %ebp			/* the backtrace ends here */
	call trap
trapret:
	testb $3, TF_CS(%rsp)
	jz 1f
	swapgs
1:	POP_REGS
	addq $16, %rsp			/* trapno, err */
	iretq				/* does not fault: user_return has seen to that */

/*
 * The way in by the syscall instruction (Intel SDM volume 2): rcx = rip, r11 =
 * rflags, interrupts off and AC, DF, TF clear by SFMASK, the user's stack pointer
 * still in rsp.
 *
 * The common way is short.  C functions have kept rbx and r12 to r15, so what is left to
 * restore is what they may change.  Errors, and whatever else is out of the ordinary, go
 * through syscall_return.  Only eax counts as the number, as on Linux; the mask keeps
 * even a mispredicted branch inside the table.
 */
	.globl syscall_entry
syscall_entry:
	swapgs
	movq %rsp, %gs:CPU_USER_SP
	movq %gs:CPU_KERNEL_SP, %rsp
	pushq $SEL_UDATA
	pushq %gs:CPU_USER_SP
	pushq %r11
	pushq $SEL_UCODE
	pushq %rcx
	subq $16, %rsp			/* err, trapno: it is no trap */
	PUSH_REGS
	movq %rsp, %rdi
	xorl %ebp, %ebp			/* the backtrace ends here */
	cmpl $SYSCALL_SLOTS, %eax
	jae 2f
	andl $(SYSCALL_SLOTS - 1), %eax
	movq syscall_table(, %rax, 8), %rax
	testq %rax, %rax
	jz 2f
	call *%rax
#ifdef INVARIANTS
	jmp 3f				/* syscall_return has the checks */
#endif
	testq %rax, %rax
	js 3f				/* an error */
	movq %gs:CPU_CURRENT, %rcx
	cmpl $0, PROC_ATTENTION(%rcx)
	jne 3f				/* signals, a new program, ... */
	movq TF_RFLAGS(%rsp), %r11
	testl $SYSRET_NOT, %r11d
	jnz 3f				/* single steps: sysretq cannot */
	movq TF_RIP(%rsp), %rcx
	movq TF_RDI(%rsp), %rdi
	movq TF_RSI(%rsp), %rsi
	movq TF_RDX(%rsp), %rdx
	movq TF_R10(%rsp), %r10
	movq TF_R8(%rsp), %r8
	movq TF_R9(%rsp), %r9
	movq TF_RBP(%rsp), %rbp
	swapgs
	movq TF_RSP(%rsp), %rsp
	sysretq

2:	call sys_nosys
3:	movq %rsp, %rdi
	movq %rax, %rsi
	call syscall_return
	testb %al, %al
	jz trapret
	/* sysretq: rcx and r11 hold rip and rflags again; rsp comes last. */
	POP_REGS
	swapgs
	movq 40(%rsp), %rsp		/* past trapno, err, rip, cs, rflags */
	sysretq

/*
 * Where a new process begins, on its own kernel stack (proc_create): rbx is a
 * kernel function to call first, or 0.
 */
	.globl proc_begin
proc_begin:
	call sched_begin
	testq %rbx, %rbx
	jz 1f
	call *%rbx
1:	movq %rsp, %rdi
	call user_return
	jmp trapret

/* noreturn void trap_leave(struct trapframe *tf) */
	.globl trap_leave
trap_leave:
	movq %rdi, %rsp
	jmp trapret
