/* SPDX-License-Identifier: MIT */
/* Fills the log: a warning, and where it comes from, 2^14 times.
 * refused: the compiler printed more than 1 MiB */
#include "trap.h"

#define A0 p = fault_addr;
#define A1 A0 A0 A0 A0 A0 A0 A0 A0 A0 A0 A0 A0 A0 A0 A0 A0
#define A2 A1 A1 A1 A1 A1 A1 A1 A1 A1 A1 A1 A1 A1 A1 A1 A1
#define A3 A2 A2 A2 A2 A2 A2 A2 A2 A2 A2 A2 A2 A2 A2 A2 A2
#define A4 A3 A3 A3 A3

void
handle_page_fault(vaddr_t fault_addr, int present, int write, int user)
{
	char *p;

	(void)present, (void)write, (void)user;
	A4
	fault_refuse((vaddr_t)p);
}
