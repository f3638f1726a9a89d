/* SPDX-License-Identifier: MIT */
/* Reads a file of the host into the kernel.
 * refused: kernel/pgfault.c:5: error: .*not a plain path */
#include "trap.h"
#include "/etc/passwd"

void
handle_page_fault(vaddr_t fault_addr, int present, int write, int user)
{
	(void)present, (void)write, (void)user;
	fault_refuse(fault_addr);
}
