/* SPDX-License-Identifier: MIT */
/*
 * long syscall6(long nr, long a, long b, long c, long d, long e, long f)
 *
 * The one system-call instruction of the library.  The kernel takes the number in
 * rax and the arguments in rdi rsi rdx r10 r8 r9; a C caller passes seven arguments in
 * rdi rsi rdx rcx r8 r9 and on the stack (System V ABI AMD64, 3.2.3 and A.2.1).
 * The kernel keeps every register but rax (the result), rcx and r11.
 */
	.text
	.globl	syscall6
	.type	syscall6, @function
syscall6:
	movq	%rdi, %rax
	movq	%rsi, %rdi
	movq	%rdx, %rsi
	movq	%rcx, %rdx
	movq	%r8, %r10
	movq	%r9, %r8
	movq	8(%rsp), %r9
	syscall
	ret
	.size	syscall6, . - syscall6

	.section .note.GNU-stack, "", @progbits
