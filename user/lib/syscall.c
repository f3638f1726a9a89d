/* SPDX-License-Identifier: MIT */
/*
 * The system calls as C functions.  The kernel answers with a value or with
 * -errno; result() turns the latter into -1 and sets errno.  Nothing else happens
 * here: no buffering, no checks.
 */
#include "user.h"

#define MAX_ERRNO	4095

static long
result(long answer)
{
	if (answer >= 0 || answer < -MAX_ERRNO)
		return answer;
	errno = (int)-answer;
	return -1;
}

/* --- processes --- */

pid_t
fork(void)
{
	return (pid_t)result(raw_syscall(SYS_fork));
}

int
execve(const char *path, char *const argv[], char *const envp[])
{
	return (int)result(raw_syscall(SYS_execve, path, argv, envp));
}

int
execv(const char *path, char *const argv[])
{
	return execve(path, argv, environ);
}

noreturn void
_exit(int code)
{
	for (;;)
		raw_syscall(SYS_exit_group, code);
}

noreturn void
exit(int code)
{
	_exit(code);
}

pid_t
waitpid(pid_t pid, int *status, int options)
{
	return (pid_t)result(raw_syscall(SYS_wait4, pid, status, options, 0));
}

pid_t
wait(int *status)
{
	return waitpid(-1, status, 0);
}

pid_t
getpid(void)
{
	return (pid_t)raw_syscall(SYS_getpid);
}

pid_t
getppid(void)
{
	return (pid_t)raw_syscall(SYS_getppid);
}

int
kill(pid_t pid, int sig)
{
	return (int)result(raw_syscall(SYS_kill, pid, sig));
}

int
setpgid(pid_t pid, pid_t pgid)
{
	return (int)result(raw_syscall(SYS_setpgid, pid, pgid));
}

pid_t
getpgrp(void)
{
	return (pid_t)raw_syscall(SYS_getpgrp);
}

int
sched_yield(void)
{
	return (int)result(raw_syscall(SYS_sched_yield));
}

/* --- files --- */

int
open(const char *path, int flags, ...)
{
	mode_t mode = 0;

	if (flags & O_CREAT) {
		va_list ap;

		va_start(ap, flags);
		mode = va_arg(ap, mode_t);
		va_end(ap);
	}
	return (int)result(raw_syscall(SYS_open, path, flags, mode));
}

int
close(int fd)
{
	return (int)result(raw_syscall(SYS_close, fd));
}

ssize_t
read(int fd, void *buf, size_t n)
{
	return result(raw_syscall(SYS_read, fd, buf, n));
}

ssize_t
write(int fd, const void *buf, size_t n)
{
	return result(raw_syscall(SYS_write, fd, buf, n));
}

int
write_all(int fd, const void *buf, size_t n)
{
	const char *p = buf;

	while (n > 0) {
		ssize_t done = write(fd, p, n);

		if (done < 0)
			return -1;
		p += done;
		n -= (size_t)done;
	}
	return 0;
}

off_t
lseek(int fd, off_t ofs, int whence)
{
	return result(raw_syscall(SYS_lseek, fd, ofs, whence));
}

int
ftruncate(int fd, off_t size)
{
	return (int)result(raw_syscall(SYS_ftruncate, fd, size));
}

int
stat(const char *path, struct linux_stat *st)
{
	return (int)result(raw_syscall(SYS_stat, path, st));
}

int
fstat(int fd, struct linux_stat *st)
{
	return (int)result(raw_syscall(SYS_fstat, fd, st));
}

int
access(const char *path, int mode)
{
	return (int)result(raw_syscall(SYS_access, path, mode));
}

int
unlink(const char *path)
{
	return (int)result(raw_syscall(SYS_unlink, path));
}

int
mkdir(const char *path, mode_t mode)
{
	return (int)result(raw_syscall(SYS_mkdir, path, mode));
}

int
rmdir(const char *path)
{
	return (int)result(raw_syscall(SYS_rmdir, path));
}

int
chdir(const char *path)
{
	return (int)result(raw_syscall(SYS_chdir, path));
}

/* The kernel answers with the length of the path. */
char *
getcwd(char *buf, size_t n)
{
	return result(raw_syscall(SYS_getcwd, buf, n)) < 0 ? NULL : buf;
}

int
pipe(int fds[2])
{
	return (int)result(raw_syscall(SYS_pipe, fds));
}

int
pipe2(int fds[2], int flags)
{
	return (int)result(raw_syscall(SYS_pipe2, fds, flags));
}

int
dup(int fd)
{
	return (int)result(raw_syscall(SYS_dup, fd));
}

int
dup2(int fd, int to)
{
	return (int)result(raw_syscall(SYS_dup2, fd, to));
}

int
fcntl(int fd, int cmd, long arg)
{
	return (int)result(raw_syscall(SYS_fcntl, fd, cmd, arg));
}

int
ioctl(int fd, unsigned long request, void *arg)
{
	return (int)result(raw_syscall(SYS_ioctl, fd, request, arg));
}

/* Only a terminal has a window. */
int
isatty(int fd)
{
	struct linux_winsize size;

	return ioctl(fd, TIOCGWINSZ, &size) == 0;
}

/* --- the machine --- */

int
uname(struct linux_utsname *buf)
{
	return (int)result(raw_syscall(SYS_uname, buf));
}

int
sysinfo(struct linux_sysinfo *buf)
{
	return (int)result(raw_syscall(SYS_sysinfo, buf));
}

/* Programs are tried out on Linux, perhaps by root: never switch that machine off. */
int
power_off(void)
{
	static struct linux_utsname name;

	if (uname(&name) < 0)
		return -1;
	if (strcmp(name.sysname, "Faultline") != 0) {
		errno = EPERM;
		return -1;
	}
	return (int)result(raw_syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2,
	    LINUX_REBOOT_CMD_POWER_OFF));
}
