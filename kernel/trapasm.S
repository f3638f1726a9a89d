/* SPDX-License-Identifier: MIT */
/*
 * Into the kernel and out of it: exceptions, interrupts, system calls.  All three
 * build the same struct trapframe (trap.h) on the kernel stack:
 *
 *   high   ss  rsp  rflags  cs  rip     pushed by the CPU (or, as it would, by syscall_entry)
 *          err                          pushed by the CPU for some exceptions, else 0
 *          trapno
 *          rax rcx rdx rbx rbp rsi rdi r8 ... r15
 *   low    <- rsp when trap() or syscall_dispatch() is called
 *
 * gs points at struct cpu exactly while in the kernel: swapgs on every way in from
 * user mode and on every way back, decided by the saved CS.
 */
#include "mm/layout.h"
#include "x86/cpu.h"

#define TF_TRAPNO	(15 * 8)
#define TF_CS		(18 * 8)

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
	.globl trapret
trapret:
	testb $3, TF_CS(%rsp)
	jz 1f
	swapgs
1:	POP_REGS
	addq $16, %rsp			/* trapno, err */
	.globl trapret_iretq
trapret_iretq:
	iretq

/*
 * The way in by the syscall instruction (Intel SDM volume 2): rcx = rip, r11 =
 * rflags, interrupts off and AC, DF, TF clear by SFMASK, the user's stack pointer
 * still in rsp.
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
	pushq $0
	pushq $256			/* T_SYSCALL */
	PUSH_REGS
	movq %rsp, %rdi
	xorl %ebp, %ebp
	call syscall_dispatch
	testb %al, %al
	jz trapret
	/* sysretq: rcx and r11 hold rip and rflags again; rsp comes last. */
	POP_REGS
	swapgs
	movq 40(%rsp), %rsp		/* past trapno, err, rip, cs, rflags */
	sysretq

/*
 * Where a new process begins, on its own kernel stack (sched_prepare): rbx is a
 * kernel function to call first, or 0.
 */
	.globl proc_begin
proc_begin:
	testq %rbx, %rbx
	jz trapret
	call *%rbx
	jmp trapret
