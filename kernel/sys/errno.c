/* SPDX-License-Identifier: MIT */
/*
 * The border between the kernel's errors and Linux': the only place where an
 * errno value is chosen.
 */
#include "error.h"
#include "panic.h"
#include "sys/abi.h"
#include "sys/abi_misc.h"

/*
 * The errors of the memory layer come out as brk(2) has them: what does not fit
 * is ENOMEM, what makes no sense is EINVAL.
 */
#define ERRORS(X) \
	X(ERR_NOMEM, ENOMEM) \
	X(ERR_FAULT, EFAULT) \
	X(ERR_INVAL, EINVAL) \
	X(ERR_CHILD, ECHILD) \
	X(ERR_VM_INVALID, EINVAL) \
	X(ERR_VM_BOUND, ENOMEM) \
	X(ERR_VPMAP_MAP, ENOMEM) \
	X(ERR_VPMAP_NOTPRESENT, EFAULT) \
	X(ERR_NOSYS, ENOSYS) \
	X(ERR_NOENT, ENOENT) \
	X(ERR_NOTDIR, ENOTDIR) \
	X(ERR_ISDIR, EISDIR) \
	X(ERR_EXIST, EEXIST) \
	X(ERR_ACCESS, EACCES) \
	X(ERR_NOEXEC, ENOEXEC) \
	X(ERR_2BIG, E2BIG) \
	X(ERR_BADF, EBADF) \
	X(ERR_MFILE, EMFILE) \
	X(ERR_PIPE, EPIPE) \
	X(ERR_SPIPE, ESPIPE) \
	X(ERR_INTR, EINTR) \
	X(ERR_AGAIN, EAGAIN) \
	X(ERR_NOSPC, ENOSPC) \
	X(ERR_NAMETOOLONG, ENAMETOOLONG) \
	X(ERR_NOTTY, ENOTTY) \
	X(ERR_NOTEMPTY, ENOTEMPTY) \
	X(ERR_BUSY, EBUSY) \
	X(ERR_SRCH, ESRCH) \
	X(ERR_PERM, EPERM) \
	X(ERR_NODEV, ENODEV) \
	X(ERR_RANGE, ERANGE) \
	X(ERR_FBIG, EFBIG) \
	X(ERR_LOOP, ELOOP) \
	X(ERR_XDEV, EXDEV) \
	X(ERR_OVERFLOW, EOVERFLOW) \
	X(ERR_OPNOTSUPP, EOPNOTSUPP) \
	X(ERR_INTR_ONCE, EINTR) \
	X(ERR_INTR_SLEEP, EINTR) \
	X(ERR_LIBBAD, ELIBBAD) \
	X(ERR_IO, EIO) \
	X(ERR_NXIO, ENXIO) \
	X(ERR_INTR_NEVER, EINTR) \
	X(ERR_AFNOSUPPORT, EAFNOSUPPORT)

#define TABLE_ENTRY(err, number)	[-(err)] = (number),
#define BIT(err, number)		| 1ull << -(err)

static const uint8_t errno_of[] = { ERRORS(TABLE_ENTRY) };

/* Bits 1 to -ERR_LAST: every error has its entry, and nothing else has. */
_Static_assert((0 ERRORS(BIT)) == (1ull << (1 - ERR_LAST)) - 2, "an error without an errno");
_Static_assert(array_len(errno_of) == 1 - ERR_LAST, "ERR_LAST is the last one");

int
err_to_errno(err_t err)
{
	kassert(err <= ERR_OK && err >= ERR_LAST);
	return errno_of[-err];
}
