/* SPDX-License-Identifier: MIT */
/* A kernel that is too large for any machine.
 * refused: pgfault.c: error: .*2048 KiB of variables and code: at most 1024 */
#include "trap.h"

static char large[2 << 20];

void
handle_page_fault(vaddr_t fault_addr, int present, int write, int user)
{
	(void)present, (void)write, (void)user;
	large[fault_addr % sizeof(large)] = 1;
	fault_refuse(large[0]);
}
