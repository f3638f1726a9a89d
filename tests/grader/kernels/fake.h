/* SPDX-License-Identifier: MIT */
/*
 * What all fake kernels share: the note by which QEMU finds a 32-bit entry, a stack,
 * and a few routines.  A fake kernel is a `body` that behaves badly in one way.
 * => say: prints the string at %esi; clobbers %eax %edx %esi
 * => say_nonce: prints what follows NONCE= on the command line; %ebp holds the
 *    boot information from entry on
 * => die VALUE: ends QEMU with exit status 2 * VALUE + 1
 */
	.section .note.Xen, "a", @note
	.align	4
	.long	4, 4, 18
	.asciz	"Xen"
	.long	start

	.text
	.code32
	.globl	start
start:
	mov	%ebx, %ebp
	mov	$stack_top, %esp
	cli
	jmp	body

putc:
	mov	$0x3f8, %dx
	out	%al, %dx
	ret

say:
	lodsb
	test	%al, %al
	jz	1f
	call	putc
	jmp	say
1:	ret

say_nonce:
	mov	24(%ebp), %esi
1:	lodsb
	cmp	$'=', %al
	jne	1b
2:	lodsb
	cmp	$' ', %al
	jbe	3f
	call	putc
	jmp	2b
3:	ret

	.macro	print text
	.section .rodata
5:	.asciz	"\text"
	.text
	mov	$5b, %esi
	call	say
	.endm

	.macro	tell text	/* a line of the protocol */
	print	"@"
	call	say_nonce
	print	" \text\n"
	.endm

	.macro	die value
	mov	$\value, %al
	out	%al, $0xf4
	.endm

	.bss
	.align	16
	.skip	4096
stack_top:
	.text
