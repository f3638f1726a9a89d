/* SPDX-License-Identifier: MIT */
/* Fills the disk: an object of a tebibyte.
 * refused: kernel/pgfault.c: the compiler gave up: .* */
#include "trap.h"

char large[1ul << 40] = { 1 };

void
handle_page_fault(vaddr_t fault_addr, int present, int write, int user)
{
	(void)present, (void)write, (void)user;
	fault_refuse(fault_addr + large[0]);
}
