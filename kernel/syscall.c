/* SPDX-License-Identifier: MIT */
/*
 * System calls: the table, the arguments, and the one place where the kernel's
 * error codes become Linux errno values.
 */
#include "syscall.h"

#include "mm/invariants.h"
#include "mm/vm.h"
#include "panic.h"
#include "proc.h"
#include "signal.h"
#include "sys/abi.h"
#include "sys/abi_file.h"
#include "sys/abi_misc.h"
#include "trapasm.h"
#include "x86/cpu.h"
#include "x86/x86.h"

#define N_ARGS	6

/* trapasm.S calls what is here; NULL: there is no such call. */
syscall_fn *const syscall_table[SYSCALL_SLOTS] = {
	[SYS_read] = sys_read,
	[SYS_write] = sys_write,
	[SYS_open] = sys_open,
	[SYS_close] = sys_close,
	[SYS_stat] = sys_stat,
	[SYS_fstat] = sys_fstat,
	[SYS_lstat] = sys_lstat,
	[SYS_poll] = sys_poll,
	[SYS_lseek] = sys_lseek,
	[SYS_mmap] = sys_mmap,
	[SYS_mprotect] = sys_mprotect,
	[SYS_munmap] = sys_munmap,
	[SYS_brk] = sys_brk,
	[SYS_rt_sigaction] = sys_rt_sigaction,
	[SYS_rt_sigprocmask] = sys_rt_sigprocmask,
	[SYS_rt_sigreturn] = sys_rt_sigreturn,
	[SYS_ioctl] = sys_ioctl,
	[SYS_pread64] = sys_pread64,
	[SYS_pwrite64] = sys_pwrite64,
	[SYS_readv] = sys_readv,
	[SYS_writev] = sys_writev,
	[SYS_access] = sys_access,
	[SYS_pipe] = sys_pipe,
	[SYS_select] = sys_select,
	[SYS_sched_yield] = sys_sched_yield,
	[SYS_mremap] = sys_mremap,
	[SYS_msync] = sys_msync,
	[SYS_mincore] = sys_mincore,
	[SYS_madvise] = sys_madvise,
	[SYS_dup] = sys_dup,
	[SYS_dup2] = sys_dup2,
	[SYS_pause] = sys_pause,
	[SYS_nanosleep] = sys_nanosleep,
	[SYS_getitimer] = sys_getitimer,
	[SYS_alarm] = sys_alarm,
	[SYS_setitimer] = sys_setitimer,
	[SYS_getpid] = sys_getpid,
	[SYS_sendfile] = sys_sendfile,
	[SYS_socket] = sys_socket,
	[SYS_socketpair] = sys_socket,
	[SYS_clone] = sys_clone,
	[SYS_fork] = sys_fork,
	[SYS_vfork] = sys_vfork,
	[SYS_execve] = sys_execve,
	[SYS_exit] = sys_exit,
	[SYS_wait4] = sys_wait4,
	[SYS_kill] = sys_kill,
	[SYS_uname] = sys_uname,
	[SYS_fcntl] = sys_fcntl,
	[SYS_flock] = sys_flock,
	[SYS_fsync] = sys_fsync,
	[SYS_fdatasync] = sys_fsync,
	[SYS_truncate] = sys_truncate,
	[SYS_ftruncate] = sys_ftruncate,
	[SYS_getdents] = sys_getdents,
	[SYS_getcwd] = sys_getcwd,
	[SYS_chdir] = sys_chdir,
	[SYS_fchdir] = sys_fchdir,
	[SYS_rename] = sys_rename,
	[SYS_mkdir] = sys_mkdir,
	[SYS_rmdir] = sys_rmdir,
	[SYS_creat] = sys_creat,
	[SYS_link] = sys_link,
	[SYS_unlink] = sys_unlink,
	[SYS_symlink] = sys_symlink,
	[SYS_readlink] = sys_readlink,
	[SYS_chmod] = sys_chmod,
	[SYS_fchmod] = sys_fchmod,
	[SYS_chown] = sys_chown,
	[SYS_fchown] = sys_fchown,
	[SYS_lchown] = sys_lchown,
	[SYS_umask] = sys_umask,
	[SYS_gettimeofday] = sys_gettimeofday,
	[SYS_getrlimit] = sys_getrlimit,
	[SYS_getrusage] = sys_getrusage,
	[SYS_sysinfo] = sys_sysinfo,
	[SYS_times] = sys_times,
	[SYS_getuid] = sys_getid,
	[SYS_getgid] = sys_getid,
	[SYS_setuid] = sys_setid,
	[SYS_setgid] = sys_setid,
	[SYS_geteuid] = sys_getid,
	[SYS_getegid] = sys_getid,
	[SYS_setpgid] = sys_setpgid,
	[SYS_getppid] = sys_getppid,
	[SYS_getpgrp] = sys_getpgrp,
	[SYS_setsid] = sys_setsid,
	[SYS_setreuid] = sys_setreid,
	[SYS_setregid] = sys_setreid,
	[SYS_getgroups] = sys_getgroups,
	[SYS_setgroups] = sys_setgroups,
	[SYS_setresuid] = sys_setresid,
	[SYS_getresuid] = sys_getresid,
	[SYS_setresgid] = sys_setresid,
	[SYS_getresgid] = sys_getresid,
	[SYS_getpgid] = sys_getpgid,
	[SYS_setfsuid] = sys_setfsid,
	[SYS_setfsgid] = sys_setfsid,
	[SYS_getsid] = sys_getsid,
	[SYS_capget] = sys_capget,
	[SYS_capset] = sys_capset,
	[SYS_rt_sigpending] = sys_rt_sigpending,
	[SYS_rt_sigtimedwait] = sys_rt_sigtimedwait,
	[SYS_rt_sigqueueinfo] = sys_rt_sigqueueinfo,
	[SYS_rt_sigsuspend] = sys_rt_sigsuspend,
	[SYS_sigaltstack] = sys_sigaltstack,
	[SYS_utime] = sys_utime,
	[SYS_mknod] = sys_mknod,
	[SYS_personality] = sys_personality,
	[SYS_statfs] = sys_statfs,
	[SYS_fstatfs] = sys_fstatfs,
	[SYS_getpriority] = sys_getpriority,
	[SYS_setpriority] = sys_setpriority,
	[SYS_sched_setparam] = sys_sched_setparam,
	[SYS_sched_getparam] = sys_sched_getparam,
	[SYS_sched_setscheduler] = sys_sched_setscheduler,
	[SYS_sched_getscheduler] = sys_sched_getscheduler,
	[SYS_sched_get_priority_max] = sys_sched_get_priority_max,
	[SYS_sched_get_priority_min] = sys_sched_get_priority_min,
	[SYS_sched_rr_get_interval] = sys_sched_rr_get_interval,
	[SYS_mlock] = sys_mlock,
	[SYS_munlock] = sys_munlock,
	[SYS_prctl] = sys_prctl,
	[SYS_arch_prctl] = sys_arch_prctl,
	[SYS_setrlimit] = sys_setrlimit,
	[SYS_chroot] = sys_chroot,
	[SYS_sync] = sys_sync,
	[SYS_reboot] = sys_reboot,
	[SYS_sethostname] = sys_sethostname,
	[SYS_setdomainname] = sys_setdomainname,
	[SYS_gettid] = sys_gettid,
	[SYS_readahead] = sys_readahead,
	[SYS_setxattr] = sys_xattr,
	[SYS_lsetxattr] = sys_lxattr,
	[SYS_fsetxattr] = sys_fxattr,
	[SYS_getxattr] = sys_xattr,
	[SYS_lgetxattr] = sys_lxattr,
	[SYS_fgetxattr] = sys_fxattr,
	[SYS_listxattr] = sys_listxattr,
	[SYS_llistxattr] = sys_llistxattr,
	[SYS_flistxattr] = sys_flistxattr,
	[SYS_removexattr] = sys_xattr,
	[SYS_lremovexattr] = sys_lxattr,
	[SYS_fremovexattr] = sys_fxattr,
	[SYS_tkill] = sys_tkill,
	[SYS_time] = sys_time,
	[SYS_futex] = sys_futex,
	[SYS_sched_setaffinity] = sys_sched_setaffinity,
	[SYS_sched_getaffinity] = sys_sched_getaffinity,
	[SYS_getdents64] = sys_getdents64,
	[SYS_set_tid_address] = sys_set_tid_address,
	[SYS_restart_syscall] = sys_restart_syscall,
	[SYS_fadvise64] = sys_fadvise64,
	[SYS_clock_gettime] = sys_clock_gettime,
	[SYS_clock_getres] = sys_clock_getres,
	[SYS_clock_nanosleep] = sys_clock_nanosleep,
	[SYS_exit_group] = sys_exit,
	[SYS_tgkill] = sys_tgkill,
	[SYS_utimes] = sys_utimes,
	[SYS_waitid] = sys_waitid,
	[SYS_openat] = sys_openat,
	[SYS_mkdirat] = sys_mkdirat,
	[SYS_mknodat] = sys_mknodat,
	[SYS_fchownat] = sys_fchownat,
	[SYS_futimesat] = sys_futimesat,
	[SYS_newfstatat] = sys_newfstatat,
	[SYS_unlinkat] = sys_unlinkat,
	[SYS_renameat] = sys_renameat,
	[SYS_linkat] = sys_linkat,
	[SYS_symlinkat] = sys_symlinkat,
	[SYS_readlinkat] = sys_readlinkat,
	[SYS_fchmodat] = sys_fchmodat,
	[SYS_faccessat] = sys_faccessat,
	[SYS_pselect6] = sys_pselect6,
	[SYS_ppoll] = sys_ppoll,
	[SYS_utimensat] = sys_utimensat,
	[SYS_fallocate] = sys_fallocate,
	[SYS_dup3] = sys_dup3,
	[SYS_pipe2] = sys_pipe2,
	[SYS_preadv] = sys_preadv,
	[SYS_pwritev] = sys_pwritev,
	[SYS_prlimit64] = sys_prlimit64,
	[SYS_syncfs] = sys_syncfs,
	[SYS_getcpu] = sys_getcpu,
	[SYS_renameat2] = sys_renameat2,
	[SYS_getrandom] = sys_getrandom,
	[SYS_memfd_create] = sys_memfd_create,
	[SYS_execveat] = sys_execveat,
	[SYS_membarrier] = sys_membarrier,
	[SYS_mlock2] = sys_mlock2,
	[SYS_copy_file_range] = sys_copy_file_range,
	[SYS_preadv2] = sys_preadv2,
	[SYS_pwritev2] = sys_pwritev2,
	[SYS_statx] = sys_statx,
	[SYS_close_range] = sys_close_range,
	[SYS_faccessat2] = sys_faccessat2,
	[SYS_fl_sbrk] = sys_sbrk,
	[SYS_fl_faulttrace] = sys_faulttrace,
#ifdef FAULT_INJECTION
	[SYS_fl_inject] = sys_inject,
#endif
};

void
syscall_init(void)
{
	extern char syscall_entry[];

	/* syscall: CS = 0x10, SS = 0x18.  sysretq: SS = 0x20 + 8, CS = 0x20 + 16, RPL 3. */
	wrmsr(MSR_STAR, (uint64_t)(SEL_UDATA - 8) << 48 | (uint64_t)SEL_KCODE << 32);
	wrmsr(MSR_LSTAR, (vaddr_t)syscall_entry);
	wrmsr(MSR_SFMASK, RFLAGS_TF | RFLAGS_IF | RFLAGS_DF | RFLAGS_IOPL | RFLAGS_NT | RFLAGS_AC);
	wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_SCE);
}

bool
fetch_arg(void *arg, int n, sysarg_t *value)
{
	if (n < 0 || n >= N_ARGS)
		return false;
	*value = arg_u64(arg, n);
	return true;
}

/* The one place where an error becomes an errno value. */
static sysret_t
syscall_error(uint32_t nr, err_t err)
{
	if (err == ERR_INTR || err == ERR_INTR_ONCE || err == ERR_INTR_SLEEP)
		signal_interrupted(nr, err);
	return -(sysret_t)err_to_errno(err);
}

bool
syscall_return(struct trapframe *tf, sysret_t ret)
{
	if (ret >= (sysret_t)ERR_LAST)
		ret = syscall_error((uint32_t)tf->rax, (err_t)ret);
	tf->rax = ret;
	invariants_check(true);
	user_return(tf);
	return sysret_ok(tf);
}

sysret_t
sys_nosys(void *arg)
{
	(void)arg;
	return ERR_NOSYS;
}

sysret_t
sys_sbrk(void *arg)
{
#ifdef SOLUTION
	struct memregion *heap = proc_current()->as->heap;
	sysarg_t increment;
	vaddr_t old;
	err_t err;

	if (!fetch_arg(arg, 0, &increment))
		return ERR_INVAL;
	err = memregion_extend(heap, (ssize_t)increment, &old);
	if (err == ERR_OK)
		return old;
	/* Giving back more than there is has no effect; all other failures are lack of room. */
	return (ssize_t)increment < 0 ? heap->end : (sysret_t)ERR_NOMEM;
#else
	/*
	 * LAB demand-paging, part 4: your code here.
	 *
	 * void *sbrk(intptr_t increment): fetch the argument (64 bits, signed), let
	 * memregion_extend move the end of proc_current()->as->heap, and return the
	 * end before that.  ERR_NOMEM when the heap cannot grow.  A decrement larger
	 * than the heap changes nothing and returns the current end.
	 */
	(void)arg;
	return ERR_NOMEM;
	/* LAB: end of your code. */
#endif
}
