/* SPDX-License-Identifier: MIT */
/* Puts another file of the tree, here the reference, into the kernel.
 * refused: kernel/pgfault.c:6: error: .*assembly language */
#include "trap.h"

__asm__(".section .rodata; stolen: .incbin \"kernel/mm/vm.c\"; .text");

void
handle_page_fault(vaddr_t fault_addr, int present, int write, int user)
{
	(void)present, (void)write, (void)user;
	fault_refuse(fault_addr);
}
