/* SPDX-License-Identifier: MIT */
/*
 * What a process does about its signals.  It does so itself, on its way to user mode: it
 * ends, stops, or its trap frame is changed so that a handler runs first.
 *
 * A system call that a signal interrupted is made again, by moving rip back to its
 * instruction, when no handler runs; before a handler only with SA_RESTART.
 */
#include "signal.h"

#include "panic.h"
#include "proc.h"
#include "sys/abi.h"
#include "sys/abi_signal.h"
#include "trap.h"

#define SYSCALL_INSN	2		/* its length */

/* Settle the interrupted call: what happens next is HANDLER, or nothing when it is NULL. */
static void
restart_call(struct proc *p, struct trapframe *tf, const struct signal_action *handler)
{
	const struct signals *s = &p->sig;

	if ((p->attention & ATT_RESTART) == 0)
		return;
	p->attention &= ~ATT_RESTART;
	if (handler != NULL && (s->restart != ERR_INTR || (handler->flags & SA_RESTART) == 0))
		return;			/* rax has EINTR already */
	tf->rax = s->restart == ERR_INTR_SLEEP ? SYS_restart_syscall : s->restart_nr;
	tf->rip -= SYSCALL_INSN;
}

/* Let TF enter the handler for INFO's signal.  => ERR_FAULT when there is no stack for it */
static err_t
enter_handler(struct proc *p, struct trapframe *tf, const struct signal_info *info)
{
	struct signal_action *slot = &p->sig.action[info->sig - 1];
	const struct signal_action action = *slot;
	sigmask_t mask = p->sig.blocked;
	err_t err;

	if ((p->attention & ATT_MASK) != 0)
		mask = p->sig.saved_mask;
	restart_call(p, tf, &action);
	if ((action.flags & SA_RESETHAND) != 0)
		slot->handler = SIGNAL_DEFAULT;
	err = sigframe_push(tf, info, &action, mask);
	if (err != ERR_OK)
		return err;
	p->attention &= ~ATT_MASK;	/* rt_sigreturn will do it */
	mask = p->sig.blocked | action.mask;
	if ((action.flags & SA_NODEFER) == 0)
		mask |= signal_bit(info->sig);
	signal_set_mask(p, mask);
	return ERR_OK;
}

bool
signal_fault(struct trapframe *tf, const struct signal_info *info)
{
	struct proc *p = proc_current();

	if (p->sig.action[info->sig - 1].handler <= SIGNAL_IGNORE ||
	    (p->sig.blocked & signal_bit(info->sig)) != 0)
		return false;
	if (enter_handler(p, tf, info) == ERR_OK)
		return true;
	if (info->sig == SIGSEGV)
		return false;
	fault_no_frame(tf, info->sig);
	return true;
}

/* Stop until SIGCONT or SIGKILL. */
static void
stop(struct proc *p, int sig)
{
	spin_lock(&proc_lock);
	proc_report_stop_locked(p, sig);
	sched_stop(&proc_lock);
	spin_unlock(&proc_lock);
}

/* The default action of SIG, which is not ignored. */
static void
act_by_default(struct proc *p, int sig)
{
	if (!signal_stops(sig))
		proc_exit_signal(sig);
	if (sig == SIGSTOP || !pgrp_is_orphaned(p))
		stop(p, sig);
}

/* Act on the first pending signal that is not blocked. */
static void
deliver_one(struct proc *p, struct trapframe *tf)
{
	struct signal_info info;
	bool taken;

	spin_lock(&proc_lock);
	taken = signal_take_locked(p, ~p->sig.blocked, &info);
	spin_unlock(&proc_lock);
	kassert(taken);
	if (signal_ignored(p, info.sig))
		return;
	if (p->sig.action[info.sig - 1].handler == SIGNAL_DEFAULT)
		act_by_default(p, info.sig);
	else if (enter_handler(p, tf, &info) != ERR_OK)
		fault_no_frame(tf, info.sig);
}

/* rt_sigreturn.  A frame that is no good counts as a bad access. */
static void
leave_handler(struct proc *p, struct trapframe *tf)
{
	p->attention &= ~ATT_SIGRETURN;
	if (sigframe_restore(tf) != ERR_OK)
		fault_bad_frame(tf);
}

void
signal_deliver(struct trapframe *tf)
{
	struct proc *p = proc_current();

	while (p->attention != 0) {
		if ((p->attention & ATT_SIGRETURN) != 0) {
			leave_handler(p, tf);
		} else if ((p->attention & ATT_SIGNAL) != 0) {
			deliver_one(p, tf);
		} else if ((p->attention & ATT_RESTART) != 0) {
			restart_call(p, tf, NULL);
		} else if ((p->attention & ATT_MASK) != 0) {
			signal_unswap_mask(p);
		} else {
			p->attention = 0;
		}
	}
}

void
signal_interrupted(uint32_t nr, err_t err)
{
	struct proc *p = proc_current();

	p->sig.restart = err;
	p->sig.restart_nr = nr;
	p->attention |= ATT_RESTART;
}
