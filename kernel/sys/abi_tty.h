/* SPDX-License-Identifier: MIT */
/*
 * Terminals in the Linux x86-64 ABI: ioctl_tty(2), termios(3).  Shared with the user library,
 * as abi.h is.
 */
#ifndef FAULTLINE_SYS_ABI_TTY_H
#define FAULTLINE_SYS_ABI_TTY_H

#define TCGETS		0x5401
#define TIOCGPGRP	0x540f
#define TIOCSPGRP	0x5410
#define TIOCGWINSZ	0x5413
#define FIONREAD	0x541b		/* TIOCINQ: not of terminals only */
#define FIONBIO		0x5421
#define FIONCLEX	0x5450
#define FIOCLEX		0x5451

#ifndef __ASSEMBLER__
#include <stdint.h>

struct linux_termios {			/* what TCGETS fills in */
	uint32_t c_iflag, c_oflag, c_cflag, c_lflag;
	uint8_t c_line;
	uint8_t c_cc[19];
};

struct linux_winsize {
	uint16_t ws_row, ws_col, ws_xpixel, ws_ypixel;
};

_Static_assert(sizeof(struct linux_termios) == 36, "struct termios");

#endif /* !__ASSEMBLER__ */
#endif
