/* SPDX-License-Identifier: MIT */
/*
 * From the boot loader to kmain.
 *
 * One ELF file, two ways in, both in 32-bit protected mode with paging off:
 *   GRUB, by the multiboot2 header:  eax = magic, ebx = boot information
 *   QEMU -kernel, by the PVH note:   ebx = hvm_start_info
 * Both go on at `common` with the protocol in %ebp and the address in %ebx.
 * There must be no multiboot1 header: it would hide the PVH note from QEMU.
 *
 * The tables built here live until vpmap_init_kernel: the first 4 GiB are seen
 * at 0 (this code runs there), at DIRECT_BASE and, the first GiB, at KERN_BASE.
 */
#include "boot/bootinfo.h"
#include "mm/layout.h"

#define PHYS(sym)	((sym) - KERN_BASE)

#define MB2_HEADER_MAGIC	0xe85250d6
#define MB2_MAGIC		0x36d76289
#define XEN_ELFNOTE_PHYS32_ENTRY 18

#define PTE_TABLE	0x003		/* present, writable */
#define PTE_LARGE	0x083		/* present, writable, 2 MiB */
#define CR4_PAE		0x020
#define MSR_EFER	0xc0000080
#define EFER_LME	0x100
#define EFER_NXE	0x800
#define CR0_PG_PE	0x80000001
#define EARLY_GIB	4

#define COM1		0x3f8

	.section .boot.header, "a"
	.balign 8
mb2_header:
	.long MB2_HEADER_MAGIC, 0, mb2_header_end - mb2_header
	.long -(MB2_HEADER_MAGIC + (mb2_header_end - mb2_header))
	.word 0, 0			/* end tag */
	.long 8
mb2_header_end:

	.section .note.Xen, "a", @note
	.balign 4
	.long 4, 4, XEN_ELFNOTE_PHYS32_ENTRY
	.asciz "Xen"
	.long PHYS(pvh_start32)

	.section .boot.text, "ax"
	.code32
	.globl mb2_start32, pvh_start32
mb2_start32:
	movl $BOOT_MULTIBOOT2, %ebp
	cmpl $MB2_MAGIC, %eax
	je common
	hlt				/* not multiboot2: nobody to tell */
	jmp mb2_start32
pvh_start32:
	movl $BOOT_PVH, %ebp
common:
	cli
	cld
	movl $PHYS(boot_stack_top), %esp

	/* Long mode at all?  CPUID 0x80000001, edx bit 29. */
	pushl %ebx
	movl $0x80000000, %eax
	cpuid
	cmpl $0x80000001, %eax
	jb no_long_mode
	movl $0x80000001, %eax
	cpuid
	btl $29, %edx
	jnc no_long_mode
	popl %ebx
	movl %edx, %esi			/* bit 20: NX */

	/* EARLY_GIB * 512 large pages in the page directories. */
	movl $PHYS(boot_pd), %edi
	movl $PTE_LARGE, %eax
	movl $(EARLY_GIB * 512), %ecx
1:	movl %eax, (%edi)
	addl $8, %edi
	addl $LARGE_PG_SIZE, %eax	/* wraps after the last one: not used */
	loop 1b

	/* One pointer table for 0 and DIRECT_BASE, one for KERN_BASE. */
	movl $PHYS(boot_pd) + PTE_TABLE, %eax
	movl $PHYS(boot_pdpt), %edi
	movl $EARLY_GIB, %ecx
1:	movl %eax, (%edi)
	addl $8, %edi
	addl $PG_SIZE, %eax
	loop 1b
	movl $PHYS(boot_pd) + PTE_TABLE, PHYS(boot_pdpt_kern) + 510 * 8
	movl $PHYS(boot_pdpt) + PTE_TABLE, PHYS(boot_pml4)
	movl $PHYS(boot_pdpt) + PTE_TABLE, PHYS(boot_pml4) + 256 * 8
	movl $PHYS(boot_pdpt_kern) + PTE_TABLE, PHYS(boot_pml4) + 511 * 8

	movl %cr4, %eax
	orl $CR4_PAE, %eax
	movl %eax, %cr4
	movl $PHYS(boot_pml4), %eax
	movl %eax, %cr3
	movl $MSR_EFER, %ecx
	rdmsr
	orl $EFER_LME, %eax
	btl $20, %esi
	jnc 1f
	orl $EFER_NXE, %eax
1:	wrmsr
	movl %cr0, %eax
	orl $CR0_PG_PE, %eax
	movl %eax, %cr0
	lgdt PHYS(boot_gdtr)
	ljmp $SEL_KCODE, $PHYS(start64)

	/* Say why on the serial port, and stop. */
no_long_mode:
	movl $PHYS(no_long_mode_text), %esi
	movw $COM1, %dx
1:	lodsb
	testb %al, %al
	jz 2f
	outb %al, %dx
	jmp 1b
2:	movb $KEXIT_PANIC, %al
	outb %al, $0xf4
3:	hlt
	jmp 3b

	.code64
start64:
	xorl %eax, %eax
	movl %eax, %ds
	movl %eax, %es
	movl %eax, %ss
	movl %eax, %fs
	movl %eax, %gs
	movabs $boot_stack_top, %rsp
	xorl %eax, %eax
	pushq %rax			/* the end of the backtrace */
	pushq %rax
	movl %ebp, %edi			/* kmain(protocol, address) */
	movl %ebx, %esi
	xorl %ebp, %ebp
	movabs $kmain, %rax
	call *%rax
	ud2				/* kmain does not return */

	.section .boot.data, "a"
	.balign 8
boot_gdt:
	.quad 0, 0, 0x00209a0000000000, 0x0000920000000000
boot_gdtr:
	.word . - boot_gdt - 1
	.long PHYS(boot_gdt)
no_long_mode_text:
	.asciz "panic: boot.S: this CPU has no 64-bit mode\r\npanic: end\r\n"

	.section .boot.bss, "aw", @nobits
	.balign PG_SIZE
boot_pml4:
	.skip PG_SIZE
boot_pdpt:
	.skip PG_SIZE
boot_pdpt_kern:
	.skip PG_SIZE
boot_pd:
	.skip EARLY_GIB * PG_SIZE
	/* vpmap_init_kernel leaves this page unmapped. */
	.globl boot_stack_guard, boot_stack_top
boot_stack_guard:
	.skip PG_SIZE
boot_stack:
	.skip KSTACK_PAGES * PG_SIZE
boot_stack_top:
