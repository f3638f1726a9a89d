/* SPDX-License-Identifier: MIT */
/* Puts its own page tables below the kernel.
 * refused: kernel/pgfault.c:12: error: .*the privileged instruction mov with %cr3 */
#include "trap.h"

#include "x86/x86.h"

void
handle_page_fault(vaddr_t fault_addr, int present, int write, int user)
{
	(void)present, (void)write, (void)user;
	write_cr3(fault_addr);
}
