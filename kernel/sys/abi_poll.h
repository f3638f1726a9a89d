/* SPDX-License-Identifier: MIT */
/*
 * Waiting for several files in the Linux x86-64 ABI: poll(2) and select(2).  Shared with the
 * user library, as abi.h is.
 */
#ifndef FAULTLINE_SYS_ABI_POLL_H
#define FAULTLINE_SYS_ABI_POLL_H

#define POLLIN		0x0001
#define POLLPRI		0x0002
#define POLLOUT		0x0004
#define POLLERR		0x0008
#define POLLHUP		0x0010
#define POLLNVAL	0x0020
#define POLLRDNORM	0x0040
#define POLLRDBAND	0x0080
#define POLLWRNORM	0x0100
#define POLLWRBAND	0x0200
#define POLLRDHUP	0x2000		/* of sockets only: never reported */

#ifndef __ASSEMBLER__
#include <stdint.h>

struct linux_pollfd {
	int32_t fd;			/* < 0: none */
	uint16_t events;
	uint16_t revents;
};

struct linux_sigset_arg {		/* pselect6's last argument points here */
	uint64_t mask;			/* address of a mask, or 0 */
	uint64_t size;
};

_Static_assert(sizeof(struct linux_pollfd) == 8, "struct pollfd");

#endif /* !__ASSEMBLER__ */
#endif
