/* SPDX-License-Identifier: MIT */
/*
 * System calls: the table, the arguments, and the one place where the kernel's
 * error codes become Linux errno values.
 */
#include "syscall.h"

#include "mm/vm.h"
#include "panic.h"
#include "proc.h"
#include "sys/abi.h"
#include "x86/cpu.h"
#include "x86/x86.h"

#define N_ARGS	6

static syscall_fn *const table[SYS_fl_sbrk + 1] = {
	[SYS_read] = sys_read,
	[SYS_write] = sys_write,
	[SYS_open] = sys_open,
	[SYS_close] = sys_close,
	[SYS_stat] = sys_stat,
	[SYS_fstat] = sys_fstat,
	[SYS_lseek] = sys_lseek,
	[SYS_brk] = sys_brk,
	[SYS_ioctl] = sys_ioctl,
	[SYS_readv] = sys_readv,
	[SYS_writev] = sys_writev,
	[SYS_access] = sys_access,
	[SYS_pipe] = sys_pipe,
	[SYS_sched_yield] = sys_sched_yield,
	[SYS_mincore] = sys_mincore,
	[SYS_dup] = sys_dup,
	[SYS_dup2] = sys_dup2,
	[SYS_getpid] = sys_getpid,
	[SYS_fork] = sys_fork,
	[SYS_execve] = sys_execve,
	[SYS_exit] = sys_exit,
	[SYS_wait4] = sys_wait4,
	[SYS_kill] = sys_kill,
	[SYS_uname] = sys_uname,
	[SYS_fcntl] = sys_fcntl,
	[SYS_ftruncate] = sys_ftruncate,
	[SYS_getcwd] = sys_getcwd,
	[SYS_chdir] = sys_chdir,
	[SYS_mkdir] = sys_mkdir,
	[SYS_rmdir] = sys_rmdir,
	[SYS_unlink] = sys_unlink,
	[SYS_sysinfo] = sys_sysinfo,
	[SYS_getuid] = sys_getid,
	[SYS_getgid] = sys_getid,
	[SYS_geteuid] = sys_getid,
	[SYS_getegid] = sys_getid,
	[SYS_setpgid] = sys_setpgid,
	[SYS_getppid] = sys_getppid,
	[SYS_getpgrp] = sys_getpgrp,
	[SYS_getpgid] = sys_getpgid,
	[SYS_arch_prctl] = sys_arch_prctl,
	[SYS_reboot] = sys_reboot,
	[SYS_gettid] = sys_gettid,
	[SYS_getdents64] = sys_getdents64,
	[SYS_set_tid_address] = sys_set_tid_address,
	[SYS_exit_group] = sys_exit,
	[SYS_openat] = sys_openat,
	[SYS_newfstatat] = sys_newfstatat,
	[SYS_dup3] = sys_dup3,
	[SYS_pipe2] = sys_pipe2,
	[SYS_fl_sbrk] = sys_sbrk,
};

void
syscall_init(void)
{
	extern char syscall_entry[];

	/* syscall: CS = 0x08, SS = 0x10.  sysretq: SS = 0x10 + 8, CS = 0x10 + 16, RPL 3. */
	wrmsr(MSR_STAR, (uint64_t)(SEL_KDATA | 3) << 48 | (uint64_t)SEL_KCODE << 32);
	wrmsr(MSR_LSTAR, (vaddr_t)syscall_entry);
	wrmsr(MSR_SFMASK, RFLAGS_TF | RFLAGS_IF | RFLAGS_DF | RFLAGS_IOPL | RFLAGS_NT | RFLAGS_AC);
	wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_SCE);
}

sysarg_t
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
	case 5:
		return tf->r9;
	default:
		panic("arg_u64: there is no argument %d", n);
	}
}

bool
fetch_arg(void *arg, int n, sysarg_t *value)
{
	if (n < 0 || n >= N_ARGS)
		return false;
	*value = arg_u64(arg, n);
	return true;
}

bool
sysret_ok(const struct trapframe *tf)
{
	/*
	 * sysretq takes rip from rcx and rflags from r11, and on Intel a
	 * non-canonical rip would fault in the kernel on the user's stack.
	 */
	return tf->rcx == tf->rip && tf->r11 == tf->rflags && tf->rip < USER_END &&
	    tf->cs == SEL_UCODE && tf->ss == SEL_UDATA &&
	    (tf->rflags & (RFLAGS_TF | RFLAGS_RF)) == 0;
}

bool
syscall_dispatch(struct trapframe *tf)
{
	uint32_t nr = (uint32_t)tf->rax;	/* Linux too looks at eax only */
	sysret_t ret = ERR_NOSYS;

	if (nr < array_len(table) && table[nr] != NULL)
		ret = table[nr](tf);
	if (ret >= (sysret_t)ERR_LAST)
		ret = -(sysret_t)err_to_errno((err_t)ret);
	tf->rax = ret;
	proc_check_signal();
	return sysret_ok(tf);
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
