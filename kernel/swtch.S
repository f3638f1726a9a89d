/* SPDX-License-Identifier: MIT */
/*
 * void swtch(uint64_t **save, uint64_t *load)
 *
 * Leave this kernel stack for another: push what a C function must keep, store
 * the stack pointer in *SAVE, continue from LOAD, which an earlier swtch (or
 * proc_create) left.  Layout, low to high: r15 r14 r13 r12 rbp rbx, return address.
 */
	.text
	.globl swtch
	.type swtch, @function
swtch:
	pushq %rbx
	pushq %rbp
	pushq %r12
	pushq %r13
	pushq %r14
	pushq %r15
	movq %rsp, (%rdi)
	movq %rsi, %rsp
	popq %r15
	popq %r14
	popq %r13
	popq %r12
	popq %rbp
	popq %rbx
	ret
	.size swtch, . - swtch
