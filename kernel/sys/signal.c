/* SPDX-License-Identifier: MIT */
/*
 * Linux' signal calls.
 */
#include "signal.h"

#include "clock.h"
#include "mm/usercopy.h"
#include "proc.h"
#include "syscall.h"
#include "sys/abi_proc.h"
#include "sys/abi_signal.h"
#include "sys/time.h"

/* What sigaction keeps; other bits are taken out, so that programs can find out. */
#define ACTION_FLAGS	(SA_NOCLDSTOP | SA_NOCLDWAIT | SA_SIGINFO | SA_EXPOSE_TAGBITS | \
			 SA_RESTORER | SA_ONSTACK | SA_RESTART | SA_NODEFER | SA_RESETHAND)

sysret_t
sys_kill(void *arg)
{
	pid_t pid = arg_int(arg, 0);
	int sig = arg_int(arg, 1);
	struct signal_info info = { .sig = sig, .code = SI_USER, .pid = proc_current()->pid };

	if (sig < 0 || sig > SIGNAL_MAX)
		return ERR_INVAL;
	return proc_signal(pid, &info);
}

/* Send SIG to thread TID, the only one of its process TGID. */
static sysret_t
kill_thread(pid_t tgid, pid_t tid, int sig)
{
	struct signal_info info = { .sig = sig, .code = SI_TKILL, .pid = proc_current()->pid };

	if (tgid <= 0 || tid <= 0 || sig < 0 || sig > SIGNAL_MAX)
		return ERR_INVAL;
	return tgid == tid ? proc_signal(tid, &info) : ERR_SRCH;
}

sysret_t
sys_tkill(void *arg)
{
	return kill_thread(arg_int(arg, 0), arg_int(arg, 0), arg_int(arg, 1));
}

sysret_t
sys_tgkill(void *arg)
{
	return kill_thread(arg_int(arg, 0), arg_int(arg, 1), arg_int(arg, 2));
}

/* rt_sigqueueinfo(pid, sig, info): nobody may claim to be the kernel, or kill, to others. */
sysret_t
sys_rt_sigqueueinfo(void *arg)
{
	pid_t pid = arg_int(arg, 0);
	int sig = arg_int(arg, 1);
	struct linux_siginfo si;
	struct signal_info info;

	if (copy_from_user(&si, arg_u64(arg, 2), sizeof(si)) != ERR_OK)
		return ERR_FAULT;
	if ((si.si_code >= 0 || si.si_code == SI_TKILL) && pid != proc_current()->pid)
		return ERR_PERM;
	if (sig < 0 || sig > SIGNAL_MAX || pid <= 0 || si.si_code != SI_QUEUE)
		return ERR_INVAL;	/* we would not keep all that other codes carry */
	info = (struct signal_info){
		.sig = sig, .code = si.si_code, .pid = si.pid, .value = si.value,
	};
	return proc_signal(pid, &info);
}

/* Install ACTION for SIG; a pending signal that is ignored now is forgotten. */
static void
set_action(struct proc *p, int sig, const struct linux_sigaction *action)
{
	struct signal_info forgotten;

	spin_lock(&proc_lock);
	p->sig.action[sig - 1] = (struct signal_action){
		.handler = action->handler,
		.flags = action->flags & ACTION_FLAGS,
		.restorer = action->restorer,
		.mask = action->mask & ~(signal_bit(SIGKILL) | signal_bit(SIGSTOP)),
	};
	while (signal_ignored(p, sig) && signal_take_locked(p, signal_bit(sig), &forgotten))
		;
	spin_unlock(&proc_lock);
}

/* rt_sigaction(sig, new, old, size of a mask) */
sysret_t
sys_rt_sigaction(void *arg)
{
	struct proc *p = proc_current();
	int sig = arg_int(arg, 0);
	vaddr_t unew = arg_u64(arg, 1), uold = arg_u64(arg, 2);
	struct linux_sigaction action;
	struct signal_action old;

	if (arg_u64(arg, 3) != sizeof(sigmask_t) || sig < 1 || sig > SIGNAL_MAX)
		return ERR_INVAL;
	old = p->sig.action[sig - 1];
	if (unew != 0) {
		if (copy_from_user(&action, unew, sizeof(action)) != ERR_OK)
			return ERR_FAULT;
		if (sig == SIGKILL || sig == SIGSTOP)
			return ERR_INVAL;
		set_action(p, sig, &action);
	}
	return uold != 0 ? copy_to_user(uold, &old, sizeof(old)) : ERR_OK;
}

/* rt_sigprocmask(how, new, old, size of a mask) */
sysret_t
sys_rt_sigprocmask(void *arg)
{
	struct proc *p = proc_current();
	const sigmask_t old = p->sig.blocked;
	vaddr_t unew = arg_u64(arg, 1), uold = arg_u64(arg, 2);
	sigmask_t mask;

	if (arg_u64(arg, 3) != sizeof(mask))
		return ERR_INVAL;
	if (unew != 0) {
		if (copy_from_user(&mask, unew, sizeof(mask)) != ERR_OK)
			return ERR_FAULT;
		switch (arg_int(arg, 0)) {
		case SIG_BLOCK:
			mask |= old;
			break;
		case SIG_UNBLOCK:
			mask = old & ~mask;
			break;
		case SIG_SETMASK:
			break;
		default:
			return ERR_INVAL;
		}
		signal_set_mask(p, mask);
	}
	return uold != 0 ? copy_to_user(uold, &old, sizeof(old)) : ERR_OK;
}

/* rt_sigpending(set, size): those that wait because they are blocked. */
sysret_t
sys_rt_sigpending(void *arg)
{
	const struct signals *s = &proc_current()->sig;
	const sigmask_t pending = s->pending & s->blocked;
	size_t size = arg_u64(arg, 1);

	if (size > sizeof(pending))
		return ERR_INVAL;
	return copy_to_user(arg_u64(arg, 0), &pending, size);
}

/* Sleep until a signal has come.  => ERR_INTR_ONCE */
static err_t
sleep_for_signal(void)
{
	struct waitq nothing = WAITQ_INIT(nothing);
	err_t err = ERR_OK;

	spin_lock(&proc_lock);
	while (err == ERR_OK)
		err = waitq_wait(&nothing, &proc_lock);
	spin_unlock(&proc_lock);
	return ERR_INTR_ONCE;
}

sysret_t
sys_pause(void *arg)
{
	(void)arg;
	return sleep_for_signal();
}

/* rt_sigsuspend(mask, size): the old mask is in force again when the handler returns. */
sysret_t
sys_rt_sigsuspend(void *arg)
{
	struct proc *p = proc_current();
	sigmask_t mask;

	if (arg_u64(arg, 1) != sizeof(mask))
		return ERR_INVAL;
	if (copy_from_user(&mask, arg_u64(arg, 0), sizeof(mask)) != ERR_OK)
		return ERR_FAULT;
	signal_swap_mask(p, mask);
	return sleep_for_signal();
}

/* Wait until DEADLINE for a signal of SET, whether it is blocked or not, and take it. */
static err_t
wait_for_signal(struct proc *p, sigmask_t set, uint64_t deadline, struct signal_info *info)
    REQUIRES(proc_lock)
{
	const sigmask_t blocked = p->sig.blocked;
	struct waitq nothing = WAITQ_INIT(nothing);
	err_t err = ERR_OK;
	bool taken;

	taken = signal_take_locked(p, set, info);
	if (!taken) {
		p->sig.awaited = blocked & set;
		p->sig.blocked &= ~set;		/* they shall wake us */
		signal_update_locked(p);
		while (err == ERR_OK)
			err = waitq_wait_until(&nothing, &proc_lock, deadline);
		p->sig.blocked = blocked;
		p->sig.awaited = 0;
		taken = signal_take_locked(p, set, info);
		signal_update_locked(p);
	}
	return taken ? ERR_OK : err;
}

/* rt_sigtimedwait(set, info, timeout, size) */
sysret_t
sys_rt_sigtimedwait(void *arg)
{
	struct proc *p = proc_current();
	vaddr_t uinfo = arg_u64(arg, 1), utime = arg_u64(arg, 2);
	uint64_t deadline = UINT64_MAX;
	struct signal_info info;
	struct linux_siginfo si;
	sigmask_t set;
	err_t err;

	if (arg_u64(arg, 3) != sizeof(set))
		return ERR_INVAL;
	if (copy_from_user(&set, arg_u64(arg, 0), sizeof(set)) != ERR_OK)
		return ERR_FAULT;
	if (utime != 0 && (err = deadline_from_user(utime, clock_now(), &deadline)) != ERR_OK)
		return err;
	set &= ~(signal_bit(SIGKILL) | signal_bit(SIGSTOP));
	spin_lock(&proc_lock);
	err = wait_for_signal(p, set, deadline, &info);
	spin_unlock(&proc_lock);
	if (err != ERR_OK)
		return err == ERR_INTR ? (err_t)ERR_INTR_ONCE : err;
	sigframe_siginfo(&si, &info);
	if (uinfo != 0 && copy_to_user(uinfo, &si, sizeof(si)) != ERR_OK)
		return ERR_FAULT;
	return info.sig;
}

/* rt_sigreturn(2): done on the way out, where the result cannot be mistaken for an error. */
sysret_t
sys_rt_sigreturn(void *arg)
{
	(void)arg;
	proc_current()->attention |= ATT_SIGRETURN;
	return ERR_OK;
}

/* sigaltstack(new, old) */
sysret_t
sys_sigaltstack(void *arg)
{
	struct proc *p = proc_current();
	const struct signals *s = &p->sig;
	const vaddr_t sp = p->tf->rsp;
	vaddr_t unew = arg_u64(arg, 0), uold = arg_u64(arg, 1);
	struct linux_stack st, old = {
		.ss_sp = s->stack_base,
		.ss_size = s->stack_size,
		.ss_flags = s->stack_flags & SS_AUTODISARM,
	};
	err_t err = ERR_OK;

	if (s->stack_size == 0)
		old.ss_flags |= SS_DISABLE;
	else if (sigframe_on_altstack(p, sp))
		old.ss_flags |= SS_ONSTACK;
	if (unew != 0) {
		if (copy_from_user(&st, unew, sizeof(st)) != ERR_OK)
			return ERR_FAULT;
		err = altstack_set(p, &st, sp);
	}
	if (err == ERR_OK && uold != 0)
		err = copy_to_user(uold, &old, sizeof(old));
	return err;
}
