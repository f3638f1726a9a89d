/* SPDX-License-Identifier: MIT */
/*
 * The end of a process, and waiting for it: a zombie until its parent waits, or nothing
 * at once when the parent does not want to know (SIGCHLD ignored, SA_NOCLDWAIT).
 */
#include "fs/ctty.h"
#include "fs/fs.h"
#include "lib/printf.h"
#include "mm/layout.h"
#include "proc.h"
#include "sys/abi_proc.h"
#include "sys/abi_signal.h"
#include "x86/cpu.h"

#define STATUS_STOPPED(sig)	((sig) << 8 | 0x7f)
#define STATUS_CONTINUED	0xffff

/* Tell P's parent what happened to P: CODE is CLD_*, VALUE an exit code or a signal. */
static void
notify_parent_locked(struct proc *p, int code, int value) REQUIRES(proc_lock)
{
	const struct signal_action *action = &p->parent->sig.action[SIGCHLD - 1];
	struct signal_info info = {
		.sig = SIGCHLD,
		.code = code,
		.pid = p->pid,
		.value = (uint32_t)value,
	};
	bool stopped = code == CLD_STOPPED || code == CLD_CONTINUED;

	if (action->handler != SIGNAL_IGNORE &&
	    !(stopped && (action->flags & SA_NOCLDSTOP) != 0))
		signal_send_locked(p->parent, &info);
	waitq_wake(&p->parent->child_exit);
}

/* Does P not want to wait for its children? */
static bool
reaps_by_itself(const struct proc *p)
{
	const struct signal_action *action = &p->sig.action[SIGCHLD - 1];

	return action->handler == SIGNAL_IGNORE || (action->flags & SA_NOCLDWAIT) != 0;
}

/* Take P, a zombie, out of the tree and the list. */
static void
unlink_locked(struct proc *p) REQUIRES(proc_lock)
{
	list_remove(&p->sibling);
	list_remove(&p->all_node);
}

/* P is a zombie now, or has got another parent: tell that.  => true: nobody will wait for P */
static bool
end_locked(struct proc *p) REQUIRES(proc_lock)
{
	bool gone = reaps_by_itself(p->parent);

	if (WIFEXITED(p->status))
		notify_parent_locked(p, CLD_EXITED, WEXITSTATUS(p->status));
	else
		notify_parent_locked(p, CLD_KILLED, WTERMSIG(p->status));
	if (gone)
		unlink_locked(p);
	return gone;
}

/* CHILD's parent ends: send it the signal that it has asked for. */
static void
tell_parent_ended_locked(struct proc *child) REQUIRES(proc_lock)
{
	const struct signal_info info = {
		.sig = child->parent_end_signal,
		.code = SI_USER,
		.pid = child->parent->pid,
	};

	if (info.sig != 0 && child->state != PROC_ZOMBIE)
		signal_send_locked(child, &info);
}

/* Give PARENT's children to init, which will wait for them. */
static void
reparent_locked(struct proc *parent) REQUIRES(proc_lock)
{
	list_for_each_safe(node, &parent->children) {
		struct proc *child = list_entry(node, struct proc, sibling);

		tell_parent_ended_locked(child);
		list_remove(node);
		child->parent = init_proc;
		list_push_back(&init_proc->children, node);
		if (child->state == PROC_ZOMBIE && end_locked(child))
			proc_free(child);
	}
}

/* End the current process with wait status STATUS. */
static noreturn void
proc_end(int status)
{
	struct proc *p = proc_current();
	bool gone;

	if (p == init_proc) {
		kprintf("init: ended with wait status 0x%04x: nothing is left to run\n", status);
		machine_exit(KEXIT_NOINIT);
	}
	timer_stop(&p->alarm);
	ctty_leader_ends(p);
	files_close_all(p);
	proc_leave_space(p);

	spin_lock(&proc_lock);
	pgrp_orphan_locked(p);
	reparent_locked(p);
	p->status = status;
	p->state = PROC_ZOMBIE;		/* no signal is sent to it any more */
	gone = end_locked(p);
	spin_unlock(&proc_lock);
	signal_end(p);
	sched_exit(gone);
}

noreturn void
proc_exit(int status)
{
	proc_end((status & 0xff) << 8);
}

noreturn void
proc_exit_signal(int sig)
{
	proc_end(sig & 0x7f);
}

void
proc_report_stop_locked(struct proc *p, int sig)
{
	p->event = STATUS_STOPPED(sig);
	notify_parent_locked(p, CLD_STOPPED, sig);
}

void
proc_continue_locked(struct proc *p)
{
	p->event = STATUS_CONTINUED;
	sched_continue(p);
	notify_parent_locked(p, CLD_CONTINUED, SIGCONT);
}

static bool
wait_matches(const struct wait_request *w, const struct proc *child)
{
	switch (w->which) {
	case P_PID:
		return child->pid == w->id;
	case P_PGID:
		return child->pgid == w->id;
	default:
		return true;
	}
}

/* What W wants to know about CHILD has happened: its wait status; or -1. */
static int
wait_status(const struct wait_request *w, const struct proc *child)
{
	if (child->state == PROC_ZOMBIE)
		return (w->options & WEXITED) != 0 ? child->status : -1;
	if (child->event == STATUS_CONTINUED)
		return (w->options & WCONTINUED) != 0 ? child->event : -1;
	return child->event != 0 && (w->options & WSTOPPED) != 0 ? child->event : -1;
}

/* The child of PARENT that W waits for: *OUT.  => ERR_CHILD: there is none to wait for */
static err_t
find_child_locked(struct wait_request *w, struct proc *parent, struct proc **out)
    REQUIRES(proc_lock)
{
	err_t err = ERR_CHILD;

	*out = NULL;
	list_for_each(node, &parent->children) {
		struct proc *child = list_entry(node, struct proc, sibling);

		if (!wait_matches(w, child))
			continue;
		err = ERR_OK;
		if (wait_status(w, child) >= 0) {
			*out = child;
			break;
		}
	}
	return err;
}

static void
usage_add(struct usage *sum, const struct usage *u)
{
	sum->tsc += u->tsc;
	sum->faults += u->faults;
	sum->sleeps += u->sleeps;
	sum->yields += u->yields;
}

/* Answer W with what happened to CHILD.  => true: CHILD is reaped, and to be freed */
static bool
collect_locked(struct wait_request *w, struct proc *parent, struct proc *child)
    REQUIRES(proc_lock)
{
	w->pid = child->pid;
	w->status = wait_status(w, child);
	w->usage = child->usage;
	usage_add(&w->usage, &child->children_usage);
	if ((w->options & WNOWAIT) != 0)
		return false;
	if (child->state != PROC_ZOMBIE) {
		child->event = 0;
		return false;
	}
	usage_add(&parent->children_usage, &w->usage);
	unlink_locked(child);
	return true;
}

err_t
proc_wait(struct wait_request *w)
{
	struct proc *self = proc_current();
	struct proc *child;
	bool reaped = false;
	err_t err;

	w->pid = 0;
	spin_lock(&proc_lock);
	for (;;) {
		err = find_child_locked(w, self, &child);
		if (err != ERR_OK || child != NULL || (w->options & WNOHANG) != 0)
			break;
		if ((err = waitq_wait(&self->child_exit, &proc_lock)) != ERR_OK)
			break;
	}
	if (child != NULL)
		reaped = collect_locked(w, self, child);
	spin_unlock(&proc_lock);
	if (reaped)
		proc_free(child);
	return err;
}
