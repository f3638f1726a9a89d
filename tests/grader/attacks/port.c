/* SPDX-License-Identifier: MIT */
/* The same through the port of the exit device.
 * refused: kernel/pgfault.c:12: error: .*the privileged instruction out .in handle_page_fault */
#include "trap.h"

#include "x86/x86.h"

void
handle_page_fault(vaddr_t fault_addr, int present, int write, int user)
{
	(void)present, (void)write, (void)user, (void)fault_addr;
	outb(0xf4, 16);
}
