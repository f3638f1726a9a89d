/* SPDX-License-Identifier: MIT */
/*
 * Every access of the kernel to the memory of its caller fails once, alone and with all that
 * follow, as if the address had become a bad one in the middle of the call: EFAULT, or what
 * was moved so far, and nothing else has changed (O4, M6).  See sweep.h.
 */
#include "sweep.h"

#include "abi_file.h"

#define P1	((long)(buf + 1 * PAGE_SIZE))
#define P2	((long)(buf + 2 * PAGE_SIZE))
#define QUEUED	40			/* a real-time signal */

static const char *const program = "/bin/true";
static char *argv[] = { "true", "with", "arguments", NULL }, *envp[] = { "A=B", "C=D", NULL };
static char long_string[2 * PAGE_SIZE + 100], *long_argv[] = { "true", long_string, "", NULL };
static int file, fds[2], dir;
static struct linux_iovec iov[3];
static const sigset_t signals = 1UL << (QUEUED - 1);
static const struct linux_timespec moment = { 0, 1000000 }, minute = { 60, 0 };
static const struct linux_itimerval soon = { .it_value = { 0, 2000 } };
static struct linux_siginfo info = { .si_code = SI_QUEUE };

/* --- calls that change nothing, or the same each time; some write to what they read --- */

static const struct call {
	const char *name;
	long nr, a, b, c, d, e;
	unsigned flags;
} calls[] = {
	{ "stat", SYS_stat, (long)"/sweep", P1, 0, 0, 0, 0 },
	{ "lstat", SYS_lstat, (long)"/sweep", P1, 0, 0, 0, 0 },
	{ "fstat", SYS_fstat, 1, P1, 0, 0, 0, 0 },
	{ "newfstatat", SYS_newfstatat, AT_FDCWD, (long)"/sweep", P1, 0, 0, 0 },
	{ "access", SYS_access, (long)"/sweep", R_OK, 0, 0, 0, 0 },
	{ "chdir", SYS_chdir, (long)"/", 0, 0, 0, 0, 0 },
	{ "readlink", SYS_readlink, (long)"/sweep-link", P1, 100, 0, 0, 0 },
	{ "statx", SYS_statx, AT_FDCWD, (long)"/sweep", 0, 0xfff, P1, 0 },
	{ "statfs", SYS_statfs, (long)"/", P1, 0, 0, 0, 0 },
	{ "truncate", SYS_truncate, (long)"/sweep", 4 * PAGE_SIZE, 0, 0, 0, 0 },
	{ "chmod", SYS_chmod, (long)"/sweep", 0644, 0, 0, 0, 0 },
	{ "utimensat", SYS_utimensat, AT_FDCWD, (long)"/sweep",
	    (long)&(uint64_t[]){ 1, 2, 3, 4 }, 0, 0, 0 },
	{ "rename", SYS_rename, (long)"/sweep", (long)"/sweep", 0, 0, 0, 0 },
	{ "poll", SYS_poll, (long)&(struct linux_pollfd){ .fd = 1, .events = POLLOUT }, 1,
	    0, 0, 0, KEEPS },
	{ "ppoll", SYS_ppoll, (long)&(struct linux_pollfd){ .fd = 1, .events = POLLOUT }, 1,
	    (long)&(uint64_t[]){ 0, 0 }, 0, 0, KEEPS | MAY_WORK },	/* the rest is not told */
	{ "select", SYS_select, 2, 0, (long)&(uint64_t[16]){ 2 }, 0, 0, KEEPS },
	{ "ioctl-size", SYS_ioctl, 1, TIOCGWINSZ, P1, 0, 0, 0 },
	{ "ioctl-modes", SYS_ioctl, 1, TCGETS, P1, 0, 0, 0 },
	{ "getcwd", SYS_getcwd, P1, PAGE_SIZE, 0, 0, 0, 0 },
	{ "uname", SYS_uname, P1, 0, 0, 0, 0, 0 },
	{ "sysinfo", SYS_sysinfo, P1, 0, 0, 0, 0, 0 },
	{ "clock_gettime", SYS_clock_gettime, 1, P1, 0, 0, 0, 0 },
	{ "clock_getres", SYS_clock_getres, 1, P1, 0, 0, 0, 0 },
	{ "gettimeofday", SYS_gettimeofday, P1, P2, 0, 0, 0, 0 },
	{ "time", SYS_time, P1, 0, 0, 0, 0, 0 },
	{ "times", SYS_times, P1, 0, 0, 0, 0, 0 },
	{ "getrusage", SYS_getrusage, 0, P1, 0, 0, 0, 0 },
	{ "getrlimit", SYS_getrlimit, 3, P1, 0, 0, 0, 0 },
	{ "setrlimit", SYS_setrlimit, 3, (long)&(uint64_t[]){ 8 << 20, 8 << 20 }, 0, 0, 0, 0 },
	{ "prlimit64", SYS_prlimit64, 0, 3, (long)&(uint64_t[]){ 8 << 20, 8 << 20 }, P1, 0, 0 },
	{ "getitimer", SYS_getitimer, 0, P1, 0, 0, 0, 0 },
	{ "rt_sigaction", SYS_rt_sigaction, SIGUSR1, (long)&(uint64_t[4]){ 1 }, P1, 8, 0, 0 },
	{ "rt_sigprocmask", SYS_rt_sigprocmask, SIG_BLOCK, (long)&(uint64_t[]){ 0 }, P1, 8, 0, 0 },
	{ "rt_sigpending", SYS_rt_sigpending, P1, 8, 0, 0, 0, 0 },
	{ "sigaltstack", SYS_sigaltstack, 0, P1, 0, 0, 0, 0 },
	{ "mincore", SYS_mincore, (long)buf, 3 * PAGE_SIZE, P1, 0, 0, 0 },
	{ "arch_prctl", SYS_arch_prctl, 0x1003, P1, 0, 0, 0, 0 },
	{ "getrandom", SYS_getrandom, P1, 100, 0, 0, 0, MAY_WORK },
	{ "sched_getaffinity", SYS_sched_getaffinity, 0, 128, P1, 0, 0, 0 },
	{ "nanosleep", SYS_nanosleep, (long)&moment, P1, 0, 0, 0, 0 },
	{ "clock_nanosleep", SYS_clock_nanosleep, 1, 0, (long)&moment, P1, 0, 0 },
};

static const struct call *call;

static long
make_call(void)
{
	return raw_syscall(call->nr, call->a, call->b, call->c, call->d, call->e);
}

/* --- files --- */

static void
with_file(void)
{
	file = (int)raw_syscall(SYS_open, "/sweep", O_RDWR);
	for (int i = 0; i < 3; i++)
		iov[i] = (struct linux_iovec){ (uint64_t)buf + i * 100, 50 };
}

static void
with_dir(void)
{
	dir = (int)raw_syscall(SYS_open, "/", O_RDONLY);
}

static void
with_pipe(void)
{
	with_file();
	raw_syscall(SYS_pipe2, fds, 0);
	raw_syscall(SYS_write, fds[1], buf, 200);
}

/* Whatever has been moved: back. */
static void
undo_move(long ret unused_arg)
{
	raw_syscall(SYS_lseek, file, 0, SEEK_SET);
}

static void
undo_pipe_read(long ret)
{
	raw_syscall(SYS_write, fds[1], buf, ret);
}

static void
undo_pipe_write(long ret)
{
	raw_syscall(SYS_read, fds[0], buf, ret);
}

static void
undo_readdir(long ret unused_arg)
{
	raw_syscall(SYS_lseek, dir, 0, SEEK_SET);
}

static void
close_pipe(long ret unused_arg)
{
	close_fd(fds[0]);
	close_fd(fds[1]);
}

static void
undo_make(long ret unused_arg)
{
	raw_syscall(SYS_unlink, "/sweep-new");
	raw_syscall(SYS_rmdir, "/sweep-new");
}

static long do_read(void) { return raw_syscall(SYS_read, file, buf, 2 * PAGE_SIZE); }
static long do_write(void) { return raw_syscall(SYS_write, file, buf + 9, 2 * PAGE_SIZE); }
static long do_readv(void) { return raw_syscall(SYS_readv, file, iov, 3); }
static long do_writev(void) { return raw_syscall(SYS_writev, file, iov, 3); }
static long pipe_read(void) { return raw_syscall(SYS_read, fds[0], buf, 100); }
static long pipe_write(void) { return raw_syscall(SYS_write, fds[1], buf, 100); }
static long pipe_readv(void) { return raw_syscall(SYS_readv, fds[0], iov, 3); }
static long pipe_writev(void) { return raw_syscall(SYS_writev, fds[1], iov, 3); }
static long readdir(void) { return raw_syscall(SYS_getdents64, dir, buf, PAGE_SIZE); }
static long do_pipe(void) { return raw_syscall(SYS_pipe2, fds, 0); }
static long do_open(void) { return raw_syscall(SYS_open, "/sweep", O_RDWR); }
static long create(void) { return raw_syscall(SYS_mkdir, "/sweep-new", 0755); }
static long do_symlink(void) { return raw_syscall(SYS_symlink, "to", "/sweep-new"); }

/* --- processes and signals --- */

static void
reap(long pid)
{
	raw_syscall(SYS_wait4, pid, NULL, 0, NULL);
}

/* Two, because one is gone when its status cannot be told; as on Linux. */
static void
with_zombies(void)
{
	for (int i = 0; i < 2; i++)
		if (raw_syscall(SYS_fork) == 0)
			raw_syscall(SYS_exit, 3);
}

static void
handle(int sig unused_arg, struct linux_siginfo *i unused_arg,
    struct linux_ucontext *context unused_arg)
{
}

static void
with_handler(void)
{
	signal_handle(SIGUSR1, handle, 0);
	signal_handle(SIGALRM, handle, 0);
}

/* Two, because one is gone when it cannot be told; as on Linux. */
static void
with_signals(void)
{
	sigprocmask(SIG_BLOCK, &signals, NULL);
	for (int i = 0; i < 2; i++)
		raw_syscall(SYS_rt_sigqueueinfo, getpid(), QUEUED, &info);
}

static void
block_signal(void)
{
	sigprocmask(SIG_BLOCK, &signals, NULL);
}

static void
take_signal(long ret unused_arg)
{
	while (raw_syscall(SYS_rt_sigtimedwait, &signals, NULL, &moment, 8) > 0)
		;
}

static long do_exec(void) { return raw_syscall(SYS_execve, program, argv, envp); }
static long exec_long(void) { return raw_syscall(SYS_execve, program, long_argv, envp); }
static long do_wait4(void) { return raw_syscall(SYS_wait4, -1, P1, 0, P2); }
static long do_waitid(void) { return raw_syscall(SYS_waitid, 0, 0, P1, 4, P2); }
static long send(void) { return raw_syscall(SYS_kill, getpid(), SIGUSR1); }
static long wait_signal(void) { return raw_syscall(SYS_rt_sigtimedwait, &signals, P1, &moment, 8); }

static long
queue(void)
{
	return raw_syscall(SYS_rt_sigqueueinfo, getpid(), QUEUED, &info);
}

/* A signal comes while the process sleeps: EINTR, and the time that is left. */
static long
sleep_interrupted(void)
{
	long ret = raw_syscall(SYS_setitimer, 0, &soon, NULL);

	if (ret == 0)
		ret = raw_syscall(SYS_nanosleep, &minute, P1);
	return ret == -EINTR ? 0 : ret;
}

static long
suspend(void)
{
	static const sigset_t none;
	long ret = raw_syscall(SYS_setitimer, 0, &soon, NULL);

	if (ret == 0)
		ret = raw_syscall(SYS_rt_sigsuspend, &none, 8);
	return ret == -EINTR ? 0 : ret;
}

/* The child is to write its pid; nobody is told when it cannot. */
static long
clone_tid(void)
{
	long pid = raw_syscall(SYS_clone, CLONE_CHILD_SETTID | SIGCHLD, 0, 0, P1);

	if (pid == 0)
		raw_syscall(SYS_exit, 0);
	return pid;
}

static const struct scenario scenarios[] = {
	{ "read", with_file, do_read, undo_move, MAY_WORK, 0 },
	{ "write", with_file, do_write, undo_move, MAY_WORK, 0 },
	{ "readv", with_file, do_readv, undo_move, MAY_WORK, 0 },
	{ "writev", with_file, do_writev, undo_move, MAY_WORK, 0 },
	{ "pipe-read", with_pipe, pipe_read, undo_pipe_read, 0, 0 },
	{ "pipe-write", with_pipe, pipe_write, undo_pipe_write, 0, 0 },
	{ "pipe-readv", with_pipe, pipe_readv, undo_pipe_read, 0, 0 },
	{ "pipe-writev", with_pipe, pipe_writev, undo_pipe_write, 0, 0 },
	{ "getdents64", with_dir, readdir, undo_readdir, 0, 0 },
	{ "pipe2", NULL, do_pipe, close_pipe, 0, 0 },
	{ "open", NULL, do_open, close_fd, 0, 0 },
	{ "mkdir", NULL, create, undo_make, 0, 0 },
	{ "symlink", NULL, do_symlink, undo_make, 0, 0 },
	{ "execve", NULL, do_exec, NULL, ENDS, 0 },
	{ "execve-long-arguments", NULL, exec_long, NULL, ENDS, 0 },
	{ "wait4", with_zombies, do_wait4, NULL, MAY_CHANGE | KEEPS, 0 },
	{ "waitid", with_zombies, do_waitid, NULL, MAY_CHANGE | KEEPS, 0 },
	{ "clone", NULL, clone_tid, reap, MAY_WORK | MAY_DIE, 0 },
	{ "handler", with_handler, send, NULL, MAY_DIE, 0 },
	{ "rt_sigqueueinfo", block_signal, queue, take_signal, 0, 0 },
	{ "rt_sigtimedwait", with_signals, wait_signal, NULL, MAY_CHANGE | KEEPS, 0 },
	{ "nanosleep-rest", with_handler, sleep_interrupted, NULL, MAY_DIE | MAY_WORK, 0 },
	{ "rt_sigsuspend", with_handler, suspend, NULL, MAY_DIE, 0 },
};

int
main(void)
{
	int fd;

	sweep_begin("sweep_copy", EFAULT);
	fd = open("/sweep", O_RDWR | O_CREAT, 0644);
	write_all(fd, buf, sizeof(buf));
	close(fd);
	raw_syscall(SYS_symlink, "/sweep", "/sweep-link");
	memset(long_string, 'x', sizeof(long_string) - 1);
	for (size_t i = 0; i < array_len(scenarios); i++)
		sweep(&scenarios[i], INJECT_COPY);
	for (size_t i = 0; i < array_len(calls); i++) {
		struct scenario s = { .name = calls[i].name, .run = make_call };

		call = &calls[i];
		s.flags = call->flags;
		sweep(&s, INJECT_COPY);
	}
	unlink("/sweep-link");
	unlink("/sweep");
	sweep_end("accesses", 195);
}
