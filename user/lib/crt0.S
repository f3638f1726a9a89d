/* SPDX-License-Identifier: MIT */
/*
 * Where a program begins.  The kernel starts it with the stack of the System V
 * ABI (AMD64, 3.4.1), rsp 16-byte aligned:
 *
 *	rsp -> argc | argv[0] ... argv[argc-1] NULL | envp[0] ... NULL | auxv ... | strings
 *
 * main gets argc, argv and envp as they lie there, so argv[-1] is argc and the
 * auxiliary vector follows envp's NULL.
 *
 * The grader looks at a program from outside when it gets to one of the two nops
 * here.  They come first, so that they have the same addresses in every program.  The
 * time before each is in rax (in edx:eax at the start): while a machine is stopped, its
 * emulator lets the clock jump to the next tick.
 */
	.section .text.start, "ax", @progbits
	.globl	_start
	.type	_start, @function
_start:
	rdtsc
	nop				/* seen from outside: the stack as the kernel made it */
	xorl	%ebp, %ebp		/* the outermost frame, for debuggers */
	movq	(%rsp), %rdi		/* argc */
	leaq	8(%rsp), %rsi		/* argv */
	leaq	8(%rsi,%rdi,8), %rdx	/* envp: behind argv and its NULL */
	movq	%rdx, environ(%rip)
	call	main			/* rsp is aligned as the ABI wants it before a call */
	movl	%eax, %edi
	call	_exit
	.size	_start, . - _start

/*
 * void checkpoint(const char *what, uint64_t a, uint64_t b, uint64_t c)
 *
 * Say something to whoever watches from outside; see test.c.  Does nothing.
 * At the nop: what, a, b, c are in rdi, rsi, r8, rcx.
 */
	.globl	checkpoint
	.type	checkpoint, @function
checkpoint:
	movq	%rdx, %r8
	rdtsc
	shlq	$32, %rdx
	orq	%rdx, %rax
	nop
	ret
	.size	checkpoint, . - checkpoint

	.section .note.GNU-stack, "", @progbits
