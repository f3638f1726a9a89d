/* SPDX-License-Identifier: MIT */
/*
 * Job control of the one terminal, the console: which session it belongs to, and which group
 * of processes is in its foreground (termios(3), tcsetpgrp(3)).
 */
#ifndef FAULTLINE_FS_CTTY_H
#define FAULTLINE_FS_CTTY_H

#include "error.h"
#include "fs/fs.h"
#include "types.h"

struct proc;

/*
 * May the current process read (SIG is SIGTTIN), or write or change settings (SIGTTOU)?
 * => ERR_INTR: it is in the background, and its group has been sent SIG; ERR_IO: that would
 *    be of no use
 */
must_check err_t ctty_check(int sig);

/* Is the terminal the current process' own? */
bool ctty_is_ours(void);

/* For /dev/tty, which is the terminal of whoever opens it.  => ERR_NXIO: there is none (tty(4)) */
must_check err_t ctty_open(void);

/* Send SIG to the foreground group.  => may be called from an interrupt; no lock is held */
void ctty_signal(int sig);

/* The leader of a session is about to end: the terminal is free, who had it hears of it. */
void ctty_leader_ends(struct proc *p);

/* TIOCGPGRP, TIOCSPGRP, TIOCGSID, TIOCSCTTY, TIOCNOTTY.  => ERR_NOTTY: not that, or not ours */
must_check err_t ctty_ioctl(unsigned cmd, union ioctl_arg *arg);

#endif
