/* SPDX-License-Identifier: MIT */
/*
 * Linux' process calls: fork and its relatives, exit, ids.
 */
#include "mm/usercopy.h"
#include "proc.h"
#include "syscall.h"
#include "sys/abi.h"
#include "sys/abi_proc.h"
#include "sys/abi_signal.h"
#include "x86/cpu.h"
#include "x86/x86.h"

sysret_t
sys_fork(void *arg)
{
	const struct clone_args fork = { .vfork = false };

	(void)arg;
	return proc_clone(&fork);
}

sysret_t
sys_vfork(void *arg)
{
	const struct clone_args vfork = { .vfork = true };

	(void)arg;
	return proc_clone(&vfork);
}

/*
 * clone(flags, stack, parent_tid, child_tid, tls): the flags of a C library's fork, or of
 * its posix_spawn.  What is to be cleared at the end is seen by nobody else.
 */
sysret_t
sys_clone(void *arg)
{
	uint64_t flags = arg_u64(arg, 0);
	const uint64_t tid_flags = CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID;
	struct clone_args args = { .stack = arg_u64(arg, 1) };

	if ((flags & CLONE_SIGNAL) != SIGCHLD)
		return ERR_INVAL;
	flags &= ~(uint64_t)CLONE_SIGNAL;
	if (flags == (CLONE_VM | CLONE_VFORK))
		args.vfork = true;
	else if ((flags & ~tid_flags) != 0)
		return ERR_INVAL;
	if ((flags & CLONE_CHILD_SETTID) != 0)
		args.set_tid = arg_u64(arg, 3);
	return proc_clone(&args);
}

/* exit(2) and exit_group(2): a process has one thread. */
sysret_t
sys_exit(void *arg)
{
	proc_exit(arg_int(arg, 0));
}

sysret_t
sys_getpid(void *arg)
{
	(void)arg;
	return proc_current()->pid;
}

sysret_t
sys_gettid(void *arg)
{
	return sys_getpid(arg);
}

sysret_t
sys_getppid(void *arg)
{
	const struct proc *parent = proc_current()->parent;

	(void)arg;
	return parent != NULL ? parent->pid : 0;
}

/* setpgid(pid, pgid); 0 means the caller, and a group of its own. */
sysret_t
sys_setpgid(void *arg)
{
	pid_t pid = arg_int(arg, 0);
	pid_t pgid = arg_int(arg, 1);

	if (pgid < 0)
		return ERR_INVAL;
	return proc_set_group(pid, pgid);
}

sysret_t
sys_getpgid(void *arg)
{
	return proc_get_group(arg_int(arg, 0));
}

sysret_t
sys_getpgrp(void *arg)
{
	(void)arg;
	return proc_current()->pgid;
}

sysret_t
sys_setsid(void *arg)
{
	(void)arg;
	return proc_new_session();
}

sysret_t
sys_getsid(void *arg)
{
	return proc_get_session(arg_int(arg, 0));
}

/* Set the base of segment register fs or gs, the user's own. */
static err_t
set_base(vaddr_t *base, uint32_t msr, vaddr_t addr)
{
	if (addr >= USER_END)
		return ERR_PERM;
	*base = addr;
	wrmsr(msr, addr);
	return ERR_OK;
}

/* arch_prctl(code, addr): the TLS pointers. */
sysret_t
sys_arch_prctl(void *arg)
{
	struct proc *p = proc_current();
	vaddr_t addr = arg_u64(arg, 1);

	switch (arg_int(arg, 0)) {
	case ARCH_SET_FS:
		return set_base(&p->fs_base, MSR_FS_BASE, addr);
	case ARCH_SET_GS:		/* swapgs will put it into gs */
		return set_base(&p->gs_base, MSR_KERNEL_GS_BASE, addr);
	case ARCH_GET_FS:
		return copy_to_user(addr, &p->fs_base, sizeof(p->fs_base));
	case ARCH_GET_GS:
		return copy_to_user(addr, &p->gs_base, sizeof(p->gs_base));
	default:
		return ERR_INVAL;
	}
}

/* set_tid_address(2): nobody waits for a thread's end, so only the answer matters. */
sysret_t
sys_set_tid_address(void *arg)
{
	return sys_getpid(arg);
}
