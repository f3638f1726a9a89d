/* SPDX-License-Identifier: MIT */
/*
 * System calls on descriptors: making, copying and closing them.
 */
#include "fs/fs.h"
#include "mm/usercopy.h"
#include "proc.h"
#include "syscall.h"

/* Flags that fcntl(F_SETFL) changes, and those that fcntl(2) has it ignore. */
#define SETFL_CHANGE	(O_APPEND | O_NONBLOCK | O_NOATIME)
#define SETFL_IGNORE	(O_ACCMODE | O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_LARGEFILE | \
			 O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_SYNC)

sysret_t
sys_close(void *arg)
{
	return fd_close(proc_current(), arg_int(arg, 0));
}

/* close_range(first, last, flags): nobody shares the table, so there is nothing to unshare. */
sysret_t
sys_close_range(void *arg)
{
	struct proc *p = proc_current();
	unsigned first = (unsigned)arg_u64(arg, 0), last = (unsigned)arg_u64(arg, 1);
	unsigned flags = (unsigned)arg_u64(arg, 2);

	if ((flags & ~(CLOSE_RANGE_UNSHARE | CLOSE_RANGE_CLOEXEC)) != 0 || first > last)
		return ERR_INVAL;
	for (unsigned fd = first; fd <= last && fd < (unsigned)fd_count(p); fd++) {
		if (fd_lookup_any(p, (int)fd) == NULL)
			continue;
		if (flags & CLOSE_RANGE_CLOEXEC)
			fd_set_cloexec(p, (int)fd, true);
		else
			fd_install(p, (int)fd, NULL, false);
	}
	return ERR_OK;
}

/* Make the lowest free descriptor from FROM on another name of file F. */
static sysret_t
dup_from(struct proc *p, struct file *f, int from, bool cloexec)
{
	int fd = fd_find_free(p, from);

	if (fd >= 0)
		fd_install(p, fd, file_get(f), cloexec);
	return fd;
}

sysret_t
sys_dup(void *arg)
{
	struct proc *p = proc_current();
	struct file *f = fd_lookup_any(p, arg_int(arg, 0));

	if (f == NULL)
		return ERR_BADF;
	return dup_from(p, f, 0, false);
}

/* Make NEWFD, closed before if need be, another name of OLDFD. */
static sysret_t
dup_to(struct proc *p, int oldfd, int newfd, bool cloexec)
{
	struct file *f = fd_lookup_any(p, oldfd);
	err_t err;

	if (f == NULL || newfd < 0 || newfd >= fd_limit(p))
		return ERR_BADF;
	err = fd_reserve(p, newfd);
	if (err != ERR_OK)
		return err;
	fd_install(p, newfd, file_get(f), cloexec);
	return newfd;
}

sysret_t
sys_dup2(void *arg)
{
	struct proc *p = proc_current();
	int oldfd = arg_int(arg, 0), newfd = arg_int(arg, 1);

	if (oldfd == newfd)
		return fd_lookup_any(p, oldfd) != NULL ? newfd : ERR_BADF;
	return dup_to(p, oldfd, newfd, false);
}

sysret_t
sys_dup3(void *arg)
{
	int oldfd = arg_int(arg, 0), newfd = arg_int(arg, 1), flags = arg_int(arg, 2);

	if (oldfd == newfd || (flags & ~O_CLOEXEC) != 0)
		return ERR_INVAL;
	return dup_to(proc_current(), oldfd, newfd, flags != 0);
}

static sysret_t
set_flags(struct file *f, int flags)
{
	if ((flags & ~(SETFL_CHANGE | SETFL_IGNORE)) != 0)
		return ERR_INVAL;
	file_set_flags(f, flags);
	return ERR_OK;
}

sysret_t
sys_fcntl(void *arg)
{
	struct proc *p = proc_current();
	int fd = arg_int(arg, 0), cmd = arg_int(arg, 1), value = arg_int(arg, 2);
	struct file *f = fd_lookup_any(p, fd);

	if (f == NULL || (file_is_path(f) && cmd == F_SETFL))
		return ERR_BADF;
	switch (cmd) {
	case F_DUPFD:
	case F_DUPFD_CLOEXEC:
		if (value < 0 || value >= fd_limit(p))
			return ERR_INVAL;
		return dup_from(p, f, value, cmd == F_DUPFD_CLOEXEC);
	case F_GETFD:
		return fd_closes_on_exec(p, fd) ? FD_CLOEXEC : 0;
	case F_SETFD:
		fd_set_cloexec(p, fd, (value & FD_CLOEXEC) != 0);
		return ERR_OK;
	case F_GETFL:
		return file_flags(f);
	case F_SETFL:
		return set_flags(f, value);
	default:
		return ERR_INVAL;
	}
}

/* Give both ends descriptors.  => takes over the references, or ERR_MFILE */
static err_t
install_pipe(struct proc *p, struct file *rd, struct file *wr, bool cloexec, int fds[2])
{
	fds[0] = fd_find_free(p, 0);
	if (fds[0] < 0)
		return fds[0];
	fds[1] = fd_find_free(p, fds[0] + 1);
	if (fds[1] < 0)
		return fds[1];
	fd_install(p, fds[0], rd, cloexec);
	fd_install(p, fds[1], wr, cloexec);
	return ERR_OK;
}

static sysret_t
make_pipe(vaddr_t addr, int flags)
{
	struct proc *p = proc_current();
	struct file *rd, *wr;
	int fds[2];
	err_t err;

	if ((flags & ~(O_CLOEXEC | O_NONBLOCK)) != 0)
		return ERR_INVAL;
	err = file_open_pipe(&rd, &wr);
	if (err != ERR_OK)
		return err;
	file_set_flags(rd, flags);
	file_set_flags(wr, flags);
	err = install_pipe(p, rd, wr, (flags & O_CLOEXEC) != 0, fds);
	if (err != ERR_OK) {
		file_put(rd);
		file_put(wr);
		return err;
	}

	err = copy_to_user(addr, fds, sizeof(fds));
	if (err != ERR_OK) {
		fd_install(p, fds[0], NULL, false);
		fd_install(p, fds[1], NULL, false);
	}
	return err;
}

sysret_t
sys_pipe(void *arg)
{
	return make_pipe(arg_u64(arg, 0), 0);
}

sysret_t
sys_pipe2(void *arg)
{
	return make_pipe(arg_u64(arg, 0), arg_int(arg, 1));
}
