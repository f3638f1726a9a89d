/* SPDX-License-Identifier: MIT */
/*
 * System calls: how functions get at their arguments and give their results, and all
 * these functions, by the file that they are in.
 */
#ifndef FAULTLINE_SYSCALL_H
#define FAULTLINE_SYSCALL_H

#include "error.h"
#include "trap.h"
#include "types.h"

/*
 * Every handler has this type.  ARG stands for the caller's registers and is
 * only good for fetch_arg.
 * => returns a value, or an err_t sign-extended: the dispatcher turns it into -errno
 */
typedef sysret_t syscall_fn(void *arg);

/* Fetch argument N (0 to 5) into *VALUE.  => false when there is no such argument */
bool fetch_arg(void *arg, int n, sysarg_t *value);

/* Argument N as it is; for handlers that know their N is right: it is one load then. */
static inline sysarg_t
arg_u64(void *arg, int n)
{
	const struct trapframe *tf = arg;

	switch (n) {
	case 0:
		return tf->rdi;
	case 1:
		return tf->rsi;
	case 2:
		return tf->rdx;
	case 3:
		return tf->r10;
	case 4:
		return tf->r8;
	default:
		return tf->r9;
	}
}

static inline int arg_int(void *arg, int n) { return (int)arg_u64(arg, n); }

/*
 * The end of a system call that is out of the ordinary: RET, what its function returned,
 * goes into TF as Linux has it, and signals are acted on.
 * => true when sysretq may return to TF; called by trapasm.S
 */
bool syscall_return(struct trapframe *tf, sysret_t ret);

/* By number; NULL: there is no such call (sys/table.c). */
extern syscall_fn *const syscall_table[];

/* Set up the syscall/sysret MSRs. */
void syscall_init(void);

/* Grow or shrink the heap: the teaching call (a student's function). */
sysret_t sys_sbrk(void *arg);

/* What is called where the table has nothing. */
sysret_t sys_nosys(void *arg);

/* inject.c, faulttrace.c: calls that Linux does not have */
sysret_t sys_inject(void *arg);
sysret_t sys_faulttrace(void *arg);

/* sys/mem.c */
sysret_t sys_brk(void *arg);
sysret_t sys_munmap(void *arg);
sysret_t sys_mprotect(void *arg);
sysret_t sys_madvise(void *arg);
sysret_t sys_msync(void *arg);
sysret_t sys_mincore(void *arg);
/* sys/mmap.c */
sysret_t sys_mmap(void *arg);
sysret_t sys_mremap(void *arg);
/* sys/proc.c */
sysret_t sys_fork(void *arg);
sysret_t sys_vfork(void *arg);
sysret_t sys_clone(void *arg);
sysret_t sys_exit(void *arg);
sysret_t sys_getpid(void *arg);
sysret_t sys_getppid(void *arg);
sysret_t sys_gettid(void *arg);
sysret_t sys_setpgid(void *arg);
sysret_t sys_getpgid(void *arg);
sysret_t sys_getpgrp(void *arg);
sysret_t sys_setsid(void *arg);
sysret_t sys_getsid(void *arg);
sysret_t sys_arch_prctl(void *arg);
sysret_t sys_set_tid_address(void *arg);
/* sys/exec.c */
sysret_t sys_execve(void *arg);
sysret_t sys_execveat(void *arg);
/* sys/wait.c */
sysret_t sys_wait4(void *arg);
sysret_t sys_waitid(void *arg);
/* sys/system.c */
sysret_t sys_uname(void *arg);
sysret_t sys_sysinfo(void *arg);
sysret_t sys_reboot(void *arg);
sysret_t sys_getrandom(void *arg);
sysret_t sys_sethostname(void *arg);
sysret_t sys_setdomainname(void *arg);
sysret_t sys_futex(void *arg);
/* sys/usage.c */
sysret_t sys_getrusage(void *arg);
sysret_t sys_times(void *arg);
sysret_t sys_getrlimit(void *arg);
sysret_t sys_setrlimit(void *arg);
sysret_t sys_prlimit64(void *arg);
/* sys/signal.c */
sysret_t sys_kill(void *arg);
sysret_t sys_tkill(void *arg);
sysret_t sys_tgkill(void *arg);
sysret_t sys_rt_sigaction(void *arg);
sysret_t sys_rt_sigprocmask(void *arg);
sysret_t sys_rt_sigpending(void *arg);
sysret_t sys_rt_sigsuspend(void *arg);
sysret_t sys_rt_sigtimedwait(void *arg);
sysret_t sys_rt_sigqueueinfo(void *arg);
sysret_t sys_rt_sigreturn(void *arg);
sysret_t sys_sigaltstack(void *arg);
sysret_t sys_pause(void *arg);
/* sys/time.c */
sysret_t sys_nanosleep(void *arg);
sysret_t sys_clock_nanosleep(void *arg);
sysret_t sys_restart_syscall(void *arg);
sysret_t sys_clock_gettime(void *arg);
sysret_t sys_clock_getres(void *arg);
sysret_t sys_gettimeofday(void *arg);
sysret_t sys_time(void *arg);
sysret_t sys_alarm(void *arg);
sysret_t sys_setitimer(void *arg);
sysret_t sys_getitimer(void *arg);
/* sys/ioctl.c, sys/poll.c, sys/select.c */
sysret_t sys_ioctl(void *arg);
sysret_t sys_poll(void *arg);
sysret_t sys_ppoll(void *arg);
sysret_t sys_select(void *arg);
sysret_t sys_pselect6(void *arg);
/* sys/file.c */
sysret_t sys_pread64(void *arg);
sysret_t sys_pwrite64(void *arg);
sysret_t sys_preadv(void *arg);
sysret_t sys_pwritev(void *arg);
sysret_t sys_preadv2(void *arg);
sysret_t sys_pwritev2(void *arg);
sysret_t sys_read(void *arg);
sysret_t sys_write(void *arg);
sysret_t sys_readv(void *arg);
sysret_t sys_writev(void *arg);
sysret_t sys_lseek(void *arg);
sysret_t sys_ftruncate(void *arg);
/* sys/fd.c */
sysret_t sys_close_range(void *arg);
sysret_t sys_close(void *arg);
sysret_t sys_pipe(void *arg);
sysret_t sys_pipe2(void *arg);
sysret_t sys_dup(void *arg);
sysret_t sys_dup2(void *arg);
sysret_t sys_dup3(void *arg);
sysret_t sys_fcntl(void *arg);
/* sys/path.c */
sysret_t sys_chroot(void *arg);
sysret_t sys_creat(void *arg);
sysret_t sys_fchdir(void *arg);
sysret_t sys_open(void *arg);
sysret_t sys_openat(void *arg);
sysret_t sys_chdir(void *arg);
sysret_t sys_getcwd(void *arg);
sysret_t sys_umask(void *arg);
/* sys/dir.c */
sysret_t sys_getdents64(void *arg);
sysret_t sys_getdents(void *arg);
/* sys/name.c */
sysret_t sys_mkdirat(void *arg);
sysret_t sys_mknod(void *arg);
sysret_t sys_mknodat(void *arg);
sysret_t sys_unlinkat(void *arg);
sysret_t sys_link(void *arg);
sysret_t sys_linkat(void *arg);
sysret_t sys_rename(void *arg);
sysret_t sys_renameat(void *arg);
sysret_t sys_renameat2(void *arg);
sysret_t sys_mkdir(void *arg);
sysret_t sys_rmdir(void *arg);
sysret_t sys_unlink(void *arg);
sysret_t sys_symlink(void *arg);
sysret_t sys_symlinkat(void *arg);
sysret_t sys_readlink(void *arg);
sysret_t sys_readlinkat(void *arg);
/* sys/stat.c */
sysret_t sys_statx(void *arg);
sysret_t sys_faccessat(void *arg);
sysret_t sys_faccessat2(void *arg);
sysret_t sys_statfs(void *arg);
sysret_t sys_fstatfs(void *arg);
sysret_t sys_stat(void *arg);
sysret_t sys_lstat(void *arg);
sysret_t sys_fstat(void *arg);
sysret_t sys_newfstatat(void *arg);
sysret_t sys_access(void *arg);
/* sys/attr.c */
sysret_t sys_chmod(void *arg);
sysret_t sys_fchmod(void *arg);
sysret_t sys_fchmodat(void *arg);
sysret_t sys_chown(void *arg);
sysret_t sys_lchown(void *arg);
sysret_t sys_fchown(void *arg);
sysret_t sys_fchownat(void *arg);
sysret_t sys_utimensat(void *arg);
sysret_t sys_utimes(void *arg);
sysret_t sys_futimesat(void *arg);
sysret_t sys_utime(void *arg);
sysret_t sys_truncate(void *arg);
/* sys/copy.c */
sysret_t sys_sendfile(void *arg);
sysret_t sys_copy_file_range(void *arg);
/* sys/sync.c */
sysret_t sys_sync(void *arg);
sysret_t sys_fsync(void *arg);
sysret_t sys_syncfs(void *arg);
sysret_t sys_fallocate(void *arg);
sysret_t sys_fadvise64(void *arg);
sysret_t sys_readahead(void *arg);
sysret_t sys_flock(void *arg);
sysret_t sys_memfd_create(void *arg);
/* sys/xattr.c */
sysret_t sys_xattr(void *arg);
sysret_t sys_lxattr(void *arg);
sysret_t sys_fxattr(void *arg);
sysret_t sys_listxattr(void *arg);
sysret_t sys_llistxattr(void *arg);
sysret_t sys_flistxattr(void *arg);
/* sys/ids.c */
sysret_t sys_getid(void *arg);		/* getuid, geteuid, getgid, getegid: always 0 */
sysret_t sys_setid(void *arg);		/* setuid, setgid */
sysret_t sys_setreid(void *arg);		/* setreuid, setregid */
sysret_t sys_setresid(void *arg);	/* setresuid, setresgid */
sysret_t sys_getresid(void *arg);	/* getresuid, getresgid */
sysret_t sys_setfsid(void *arg);		/* setfsuid, setfsgid */
sysret_t sys_getgroups(void *arg);
sysret_t sys_setgroups(void *arg);
sysret_t sys_capget(void *arg);
sysret_t sys_capset(void *arg);
/* sys/sched.c */
sysret_t sys_sched_yield(void *arg);
sysret_t sys_sched_getaffinity(void *arg);
sysret_t sys_sched_setaffinity(void *arg);
sysret_t sys_getcpu(void *arg);
sysret_t sys_sched_setscheduler(void *arg);
sysret_t sys_sched_setparam(void *arg);
sysret_t sys_sched_getscheduler(void *arg);
sysret_t sys_sched_getparam(void *arg);
sysret_t sys_sched_get_priority_max(void *arg);
sysret_t sys_sched_get_priority_min(void *arg);
sysret_t sys_sched_rr_get_interval(void *arg);
sysret_t sys_getpriority(void *arg);
sysret_t sys_setpriority(void *arg);
/* sys/prctl.c */
sysret_t sys_prctl(void *arg);
sysret_t sys_personality(void *arg);
sysret_t sys_membarrier(void *arg);
sysret_t sys_mlock(void *arg);
sysret_t sys_mlock2(void *arg);
sysret_t sys_munlock(void *arg);
sysret_t sys_socket(void *arg);		/* socketpair, too */

#endif
