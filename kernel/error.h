/* SPDX-License-Identifier: MIT */
/*
 * The kernel's one error type.  0 is success, every error is a small negative
 * number of its own.  Linux errno values exist only at the border: the system
 * call dispatcher translates once (kernel/sys/errno.c), nothing else does.
 */
#ifndef FAULTLINE_ERROR_H
#define FAULTLINE_ERROR_H

#include "types.h"

typedef int32_t err_t;

enum {
	ERR_OK			= 0,
	ERR_NOMEM		= -1,	/* no frame, table or object to be had */
	ERR_FAULT		= -2,	/* a bad user address */
	ERR_INVAL		= -3,	/* an argument that makes no sense */
	ERR_CHILD		= -4,	/* no such child to wait for */
	ERR_VM_INVALID		= -5,	/* a region's end that cannot be */
	ERR_VM_BOUND		= -6,	/* a region would meet another one */
	ERR_VPMAP_MAP		= -7,	/* no memory for a page table */
	ERR_VPMAP_NOTPRESENT	= -8,	/* no present entry at this address */
	ERR_NOSYS		= -9,	/* not implemented */
	ERR_NOENT		= -10,	/* no such file or directory */
	ERR_NOTDIR		= -11,
	ERR_ISDIR		= -12,
	ERR_EXIST		= -13,
	ERR_ACCESS		= -14,	/* permission denied */
	ERR_NOEXEC		= -15,	/* not a program that can run here */
	ERR_2BIG		= -16,	/* arguments too many or too long */
	ERR_BADF		= -17,	/* not an open file descriptor, or not open for this */
	ERR_MFILE		= -18,	/* too many open files in this process */
	ERR_PIPE		= -19,	/* nobody reads this pipe */
	ERR_SPIPE		= -20,	/* not seekable */
	ERR_INTR		= -21,	/* a signal arrived while waiting: SA_RESTART decides */
	ERR_AGAIN		= -22,	/* would block; or no process slot */
	ERR_NOSPC		= -23,	/* the file system is full */
	ERR_NAMETOOLONG		= -24,
	ERR_NOTTY		= -25,
	ERR_NOTEMPTY		= -26,
	ERR_BUSY		= -27,
	ERR_SRCH		= -28,	/* no such process */
	ERR_PERM		= -29,
	ERR_NODEV		= -30,
	ERR_RANGE		= -31,	/* a result does not fit its buffer */
	ERR_FBIG		= -32,
	ERR_LOOP		= -33,
	ERR_XDEV		= -34,
	ERR_OVERFLOW		= -35,	/* a file offset that cannot be */
	ERR_OPNOTSUPP		= -36,	/* a flag that this file or mapping cannot have */
	ERR_INTR_ONCE		= -37,	/* as ERR_INTR; made again only if no handler runs */
	ERR_INTR_SLEEP		= -38,	/* as that, by restart_syscall: it sleeps the rest */
	ERR_LIBBAD		= -39,	/* the interpreter that a program names is no program */
	ERR_IO			= -40,	/* what should be in a file is not there */
	ERR_NXIO		= -41,	/* nobody at the other end; no controlling terminal */
	ERR_INTR_NEVER		= -42,	/* as ERR_INTR; never made again */
	ERR_AFNOSUPPORT		= -43,	/* no such family of addresses */
	ERR_LAST		= -43,	/* the most negative of them */
};

/*
 * The Linux errno for ERR, positive; 0 for ERR_OK.
 * => ERR must be one of the values above
 */
int err_to_errno(err_t err);

#endif
