/* SPDX-License-Identifier: MIT */
/*
 * What the tests of the system calls on files share: user memory that is partly
 * bad, and short names for calls.
 */
#ifndef SYSFILE_HOST_H
#define SYSFILE_HOST_H

#include "fs_host.h"

#include "fs/tty.h"
#include "syscall.h"
#include "usermem.h"

#define BAD	((char *)16)		/* a user address where nothing is */
#define KERNEL	((char *)0xffff800000000000)

/* User memory: pages of which the last one is bad. */
static char user[40 * PG_SIZE] __attribute__((aligned(PG_SIZE)));
#define USER_BAD	(user + sizeof(user) - PG_SIZE)

static char back[sizeof(user)];

static inline void
setup(void)
{
	fs_host_init();
	ck_assert_int_eq(files_open_console(&host_proc), ERR_OK);
	host_bad_start = (vaddr_t)USER_BAD;
	host_bad_end = (vaddr_t)USER_BAD + PG_SIZE;
	for (size_t i = 0; i < sizeof(user); i++)
		user[i] = (char)(i * 7 + i / 4096);
}

static inline int
sys_open_ok(const char *path, int flags)
{
	int fd = syscall6(sys_open, path, flags, 0666, 0);

	ck_assert_msg(fd >= 0, "open %s: %d", path, fd);
	return fd;
}

#define expect(call, want)	ck_assert_int_eq((call), (want))
#define read_(fd, buf, n)	syscall6(sys_read, fd, buf, n, 0)
#define write_(fd, buf, n)	syscall6(sys_write, fd, buf, n, 0)
#define lseek_(fd, ofs, how)	syscall6(sys_lseek, fd, ofs, how, 0)

#endif
