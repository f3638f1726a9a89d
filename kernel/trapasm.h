/* SPDX-License-Identifier: MIT */
/*
 * What trapasm.S has to know of the kernel's structures.  All of it is checked in trap.c, and the
 * size of the table in sys/table.c.
 */
#ifndef FAULTLINE_TRAPASM_H
#define FAULTLINE_TRAPASM_H

/* Offsets in struct trapframe. */
#define TF_R10		(5 * 8)
#define TF_R9		(6 * 8)
#define TF_R8		(7 * 8)
#define TF_RDI		(8 * 8)
#define TF_RSI		(9 * 8)
#define TF_RBP		(10 * 8)
#define TF_RDX		(12 * 8)
#define TF_RIP		(17 * 8)
#define TF_CS		(18 * 8)
#define TF_RFLAGS	(19 * 8)
#define TF_RSP		(20 * 8)

#define PROC_ATTENTION	0		/* offset in struct proc */
#define SYSCALL_SLOTS	2048		/* of syscall_table; a power of two */
#define SYSRET_NOT	0x10100		/* RFLAGS_TF, RFLAGS_RF: sysretq gets them wrong */

#endif
