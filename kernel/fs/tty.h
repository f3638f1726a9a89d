/* SPDX-License-Identifier: MIT */
/*
 * The console as a terminal: the line discipline on the first serial port.
 */
#ifndef FAULTLINE_FS_TTY_H
#define FAULTLINE_FS_TTY_H

#include "error.h"
#include "fs/fs.h"
#include "types.h"

struct device;

/* Get ready for input.  => called before the serial interrupt is enabled */
void tty_init(void);

/* The serial interrupt: take in all characters that have come.  => no lock is held */
void tty_interrupt(void);

/* The device's operations (struct device in fs/inode.h). */
unsigned tty_poll(struct watch *w);
ssize_t tty_peek(void *buf, size_t n, bool nowait);
void tty_skip(size_t n);
ssize_t tty_write(const struct device *dev, const void *buf, size_t n, bool nowait);
err_t tty_ioctl(unsigned cmd, union ioctl_arg *arg);

#endif
