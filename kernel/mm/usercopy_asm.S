/* SPDX-License-Identifier: MIT */
/*
 * The only kernel instructions that touch user memory.  FIXUP notes where to go
 * on when the page-fault handler refuses one of them; fault_refuse sees to that.
 *
 * With SMAP the CPU lets the kernel touch user pages only while RFLAGS.AC is
 * set: stac opens the window, clac closes it, on the refused path as well.
 */
#include "mm/layout.h"

	.macro FIXUP insn, resume
	.pushsection __ex_table, "a"
	.quad \insn, \resume
	.popsection
	.endm

	.macro USER_ACCESS_BEGIN
	cmpb $0, cpu_smap(%rip)
	je 77f
	stac
77:
	.endm

	.macro USER_ACCESS_END
	cmpb $0, cpu_smap(%rip)
	je 78f
	clac
78:
	.endm

	.text
/*
 * size_t usercopy_bytes(void *dst, const void *src, size_t n)
 * Eight bytes at a time, then the rest.  => the number of bytes not copied
 */
	.globl usercopy_bytes
	.type usercopy_bytes, @function
usercopy_bytes:
	USER_ACCESS_BEGIN
	movq %rdx, %rcx
	shrq $3, %rcx
	andl $7, %edx
1:	rep movsq
	movl %edx, %ecx
2:	rep movsb
	xorl %eax, %eax
	jmp 4f
3:	leaq (%rdx, %rcx, 8), %rax	/* refused in the first loop: 8 * rcx + the rest */
	jmp 4f
5:	movq %rcx, %rax			/* refused in the second */
4:	USER_ACCESS_END
	ret
	FIXUP 1b, 3b
	FIXUP 2b, 5b
	.size usercopy_bytes, . - usercopy_bytes

/*
 * ssize_t usercopy_string(char *dst, const char *src, size_t n)
 */
	.globl usercopy_string
	.type usercopy_string, @function
usercopy_string:
	USER_ACCESS_BEGIN
	xorl %eax, %eax
1:	cmpq %rdx, %rax
	je 4f
2:	movb (%rsi, %rax), %cl
	movb %cl, (%rdi, %rax)
	testb %cl, %cl
	jz 4f
	incq %rax
	jmp 1b
3:	movq $-1, %rax
4:	USER_ACCESS_END
	ret
	FIXUP 2b, 3b
	.size usercopy_string, . - usercopy_string
