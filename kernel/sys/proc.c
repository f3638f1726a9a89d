/* SPDX-License-Identifier: MIT */
/*
 * Linux' process calls: fork, execve, exit, wait4, kill, ids, and the few that ask
 * about the system.
 */
#include "lib/string.h"
#include "mm/kmalloc.h"
#include "mm/pmem.h"
#include "mm/usercopy.h"
#include "proc.h"
#include "syscall.h"
#include "sys/abi.h"
#include "x86/cpu.h"
#include "x86/x86.h"

#define ARG_BYTES	PG_SIZE		/* of one array: more would not fit on the stack */
#define SIGNAL_MAX	64

/* A kernel copy of a user array of strings. */
struct string_array {
	char *v[PROC_MAX_ARG + 1];
	char bytes[ARG_BYTES];
};

/* Copy the NULL-terminated array at UADDR (0: an empty one, as on Linux) into *OUT. */
static err_t
string_array_copy(vaddr_t uaddr, struct string_array **out)
{
	struct string_array *a = kmalloc(sizeof(*a));
	size_t used = 0;
	err_t err = ERR_2BIG;

	if (a == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i <= PROC_MAX_ARG; i++) {
		vaddr_t str = 0;
		ssize_t len;

		if (uaddr != 0 && (err = copy_from_user(&str, uaddr + i * 8, 8)) != ERR_OK)
			break;
		if (str == 0) {
			a->v[i] = NULL;
			*out = a;
			return ERR_OK;
		}
		err = ERR_2BIG;
		if (i == PROC_MAX_ARG || used == ARG_BYTES)
			break;
		len = copy_string_from_user(a->bytes + used, str, ARG_BYTES - used);
		if (len < 0) {
			err = len == ERR_NAMETOOLONG ? ERR_2BIG : (err_t)len;
			break;
		}
		a->v[i] = a->bytes + used;
		used += len + 1;
	}
	kfree(a);
	return err;
}

sysret_t
sys_execve(void *arg)
{
	struct string_array *argv, *envp;
	char *path = kmalloc(PATH_MAX);
	ssize_t len;
	err_t err;

	if (path == NULL)
		return ERR_NOMEM;
	len = copy_string_from_user(path, arg_u64(arg, 0), PATH_MAX);
	err = len < 0 ? (err_t)len : ERR_OK;
	if (err != ERR_OK)
		goto free_path;
	if ((err = string_array_copy(arg_u64(arg, 1), &argv)) != ERR_OK)
		goto free_path;
	if ((err = string_array_copy(arg_u64(arg, 2), &envp)) != ERR_OK)
		goto free_argv;
	err = proc_exec(path, argv->v, envp->v);
	kfree(envp);
free_argv:
	kfree(argv);
free_path:
	kfree(path);
	return err;
}

sysret_t
sys_fork(void *arg)
{
	(void)arg;
	return proc_fork();
}

/* exit(2) and exit_group(2): a process has one thread. */
sysret_t
sys_exit(void *arg)
{
	proc_exit(arg_int(arg, 0));
}

/* wait4(pid, status, options, rusage): of the options WNOHANG; RUSAGE must be NULL. */
sysret_t
sys_wait4(void *arg)
{
	vaddr_t ustatus = arg_u64(arg, 1);
	int options = arg_int(arg, 2);
	int status = 0;
	ssize_t pid;

	if ((options & ~WNOHANG) != 0 || arg_u64(arg, 3) != 0)
		return ERR_INVAL;
	pid = proc_wait(arg_int(arg, 0), (options & WNOHANG) != 0, &status);
	if (pid > 0 && ustatus != 0 && copy_to_user(ustatus, &status, sizeof(status)) != ERR_OK)
		return ERR_FAULT;
	return pid;
}

sysret_t
sys_kill(void *arg)
{
	pid_t pid = arg_int(arg, 0);
	int sig = arg_int(arg, 1);

	if (sig < 0 || sig > SIGNAL_MAX)
		return ERR_INVAL;
	if (pid > 0)
		return proc_kill(pid, sig);
	if (pid == 0)
		return proc_kill_group(proc_current()->pgid, sig);
	if (pid == -1)
		return ERR_INVAL;	/* everybody: not supported */
	return proc_kill_group(-pid, sig);
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

sysret_t
sys_getid(void *arg)
{
	(void)arg;
	return 0;
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
sys_sched_yield(void *arg)
{
	(void)arg;
	sched_yield();
	return ERR_OK;
}

/* arch_prctl(code, addr): the TLS pointer fs; gs is not supported. */
sysret_t
sys_arch_prctl(void *arg)
{
	struct proc *p = proc_current();
	vaddr_t addr = arg_u64(arg, 1);

	switch (arg_int(arg, 0)) {
	case ARCH_SET_FS:
		if (addr >= USER_END)
			return ERR_PERM;
		p->fs_base = addr;
		wrmsr(MSR_FS_BASE, addr);
		return ERR_OK;
	case ARCH_GET_FS:
		return copy_to_user(addr, &p->fs_base, sizeof(p->fs_base));
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

sysret_t
sys_uname(void *arg)
{
	static const struct linux_utsname names = {
		.sysname = "Faultline",
		.nodename = "faultline",
		.release = "0.1.0",
		.version = "demand-paging",
		.machine = "x86_64",
		.domainname = "(none)",
	};

	return copy_to_user(arg_u64(arg, 0), &names, sizeof(names));
}

static void
count_proc(struct proc *p, void *count)
{
	(void)p;
	++*(uint16_t *)count;
}

sysret_t
sys_sysinfo(void *arg)
{
	struct linux_sysinfo info;

	memset(&info, 0, sizeof(info));
	info.totalram = pmem_total_count() * PG_SIZE;
	info.freeram = pmem_free_count() * PG_SIZE;
	info.mem_unit = 1;
	proc_for_each(count_proc, &info.procs);
	return copy_to_user(arg_u64(arg, 0), &info, sizeof(info));
}

/* reboot(magic, magic2, command): power off, halt, restart. */
sysret_t
sys_reboot(void *arg)
{
	if ((uint32_t)arg_u64(arg, 0) != LINUX_REBOOT_MAGIC1 ||
	    (uint32_t)arg_u64(arg, 1) != LINUX_REBOOT_MAGIC2)
		return ERR_INVAL;
	switch ((uint32_t)arg_u64(arg, 2)) {
	case LINUX_REBOOT_CMD_POWER_OFF:
	case LINUX_REBOOT_CMD_HALT:
		machine_exit(KEXIT_OK);
	case LINUX_REBOOT_CMD_RESTART:
		machine_restart();
	default:
		return ERR_INVAL;
	}
}
