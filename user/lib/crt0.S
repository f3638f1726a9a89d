/* SPDX-License-Identifier: MIT */
/*
 * Where a program begins.  The kernel starts it with the stack of the System V
 * ABI (AMD64, 3.4.1), rsp 16-byte aligned:
 *
 *	rsp -> argc | argv[0] ... argv[argc-1] NULL | envp[0] ... NULL | auxv ... | strings
 *
 * main gets argc, argv and envp as they lie there, so argv[-1] is argc and the
 * auxiliary vector follows envp's NULL.
 */
	.text
	.globl	_start
	.type	_start, @function
_start:
	xorl	%ebp, %ebp		/* the outermost frame, for debuggers */
	movq	(%rsp), %rdi		/* argc */
	leaq	8(%rsp), %rsi		/* argv */
	leaq	8(%rsi,%rdi,8), %rdx	/* envp: behind argv and its NULL */
	movq	%rdx, environ(%rip)
	call	main			/* rsp is aligned as the ABI wants it before a call */
	movl	%eax, %edi
	call	_exit
	.size	_start, . - _start

	.section .note.GNU-stack, "", @progbits
