/* SPDX-License-Identifier: MIT */
/*
 * Linux' calls that wait for children: wait4, waitid.
 */
#include "lib/string.h"
#include "mm/usercopy.h"
#include "proc.h"
#include "syscall.h"
#include "sys/abi_proc.h"
#include "sys/abi_signal.h"
#include "sys/usage.h"

/* Options that make no difference: a process is one thread, and its children are all alike. */
#define WAIT_IGNORED	(WALL | WNOTHREAD)
#define WAIT_EVENTS	(WEXITED | WSTOPPED | WCONTINUED)

/* Copy the usage that W found to ADDR, if that is asked for and there is any. */
static err_t
tell_usage(const struct wait_request *w, vaddr_t addr)
{
	return addr != 0 && w->pid > 0 ? usage_to_user(addr, &w->usage) : ERR_OK;
}

/* Let W mean what PID means to wait4. */
static void
select_children(struct wait_request *w, pid_t pid)
{
	w->which = pid > 0 ? P_PID : P_PGID;
	w->id = pid > 0 ? pid : -pid;
	if (pid == -1)
		w->which = P_ALL;
	else if (pid == 0)
		w->id = proc_current()->pgid;
}

/* wait4(pid, status, options, rusage) */
sysret_t
sys_wait4(void *arg)
{
	pid_t pid = arg_int(arg, 0);
	vaddr_t ustatus = arg_u64(arg, 1);
	int options = arg_int(arg, 2) & ~WAIT_IGNORED;
	struct wait_request w = { .options = options | WEXITED };
	err_t err;

	if ((options & ~(WNOHANG | WUNTRACED | WCONTINUED)) != 0)
		return ERR_INVAL;
	if (pid == INT32_MIN)
		return ERR_SRCH;		/* no group can have that number */
	select_children(&w, pid);
	err = proc_wait(&w);
	if (err == ERR_OK && w.pid > 0 && ustatus != 0)
		err = copy_to_user(ustatus, &w.status, sizeof(w.status));
	if (err == ERR_OK)
		err = tell_usage(&w, arg_u64(arg, 3));
	return err == ERR_OK ? w.pid : err;
}

/* What waitid says about W's answer; zeros when there is none. */
static void
fill_child_info(struct linux_siginfo *si, const struct wait_request *w)
{
	memset(si, 0, sizeof(*si));
	if (w->pid == 0)
		return;
	si->si_signo = SIGCHLD;
	si->pid = w->pid;
	si->status = WSTOPSIG(w->status);
	si->si_code = CLD_EXITED;
	if (WIFCONTINUED(w->status)) {
		si->si_code = CLD_CONTINUED;
		si->status = SIGCONT;
	} else if (WIFSTOPPED(w->status)) {
		si->si_code = CLD_STOPPED;
	} else if (WIFSIGNALED(w->status)) {
		si->si_code = CLD_KILLED;
		si->status = WTERMSIG(w->status);
	}
}

/* May waitid be asked for WHICH, ID? */
static bool
children_ok(int which, pid_t id)
{
	switch (which) {
	case P_ALL:
		return true;
	case P_PID:
		return id > 0;
	case P_PGID:
		return id >= 0;
	default:
		return false;
	}
}

/* waitid(which, id, info, options, rusage) */
sysret_t
sys_waitid(void *arg)
{
	vaddr_t uinfo = arg_u64(arg, 2);
	int options = arg_int(arg, 3) & ~WAIT_IGNORED;
	struct wait_request w = {
		.which = arg_int(arg, 0),
		.id = arg_int(arg, 1),
		.options = options,
	};
	struct linux_siginfo info;
	err_t err;

	if ((options & ~(WAIT_EVENTS | WNOHANG | WNOWAIT)) != 0 || (options & WAIT_EVENTS) == 0 ||
	    !children_ok(w.which, w.id))
		return ERR_INVAL;
	if (w.which == P_PGID && w.id == 0)
		w.id = proc_current()->pgid;
	err = proc_wait(&w);
	if (err != ERR_OK)
		return err;
	fill_child_info(&info, &w);
	if (uinfo != 0)
		err = copy_to_user(uinfo, &info, sizeof(info));
	return err == ERR_OK ? tell_usage(&w, arg_u64(arg, 4)) : err;
}
