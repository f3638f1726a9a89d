/* SPDX-License-Identifier: MIT */
/*
 * Processes by number: one, a group, a session, all; and sending them signals.
 *
 * A group is orphaned when none of its members has a parent in the same session but in
 * another group: nobody is left who could continue it once it has stopped (POSIX 3.264).
 */
#include "proc.h"
#include "sys/abi_signal.h"

struct proc *
proc_find_locked(pid_t pid)
{
	list_for_each(node, &all_procs) {
		struct proc *p = list_entry(node, struct proc, all_node);

		if (p->pid == pid)
			return p;
	}
	return NULL;
}

void
proc_for_each(void (*fn)(struct proc *p, void *arg), void *arg)
{
	spin_lock(&proc_lock);
	list_for_each(node, &all_procs)
		fn(list_entry(node, struct proc, all_node), arg);
	spin_unlock(&proc_lock);
}

/* Does PID mean P to kill(2)? */
static bool
kill_means(pid_t pid, const struct proc *p)
{
	const struct proc *self = proc_current();

	if (pid > 0)
		return p->pid == pid;
	if (pid == 0)
		return p->pgid == self->pgid;
	if (pid == -1)
		return p != self && p != init_proc;
	return pid == -p->pgid;
}

/* Send INFO's signal, 0 being none, to P. */
static err_t
send_locked(struct proc *p, const struct signal_info *info) REQUIRES(proc_lock)
{
	return info->sig != 0 ? signal_send_locked(p, info) : ERR_OK;
}

err_t
proc_signal(pid_t pid, const struct signal_info *info)
{
	err_t err = ERR_SRCH;

	spin_lock(&proc_lock);
	list_for_each(node, &all_procs) {
		struct proc *p = list_entry(node, struct proc, all_node);

		if (kill_means(pid, p))
			err = send_locked(p, info);
	}
	spin_unlock(&proc_lock);
	return err;
}

bool
proc_exists(pid_t pid)
{
	bool found;

	spin_lock(&proc_lock);
	found = pid == 0 || proc_find_locked(pid) != NULL;
	spin_unlock(&proc_lock);
	return found;
}

err_t
proc_kill(pid_t pid, int sig)
{
	struct signal_info info = { .sig = sig, .code = SI_USER, .pid = proc_current()->pid };
	err_t err = proc_signal(pid, &info);

	return err == ERR_AGAIN ? ERR_OK : err;		/* kill(2) carries no value to lose */
}

struct proc *
pgrp_member_locked(pid_t pgid)
{
	list_for_each(node, &all_procs) {
		struct proc *p = list_entry(node, struct proc, all_node);

		if (p->pgid == pgid)
			return p;
	}
	return NULL;
}

/* Not proc_signal of -PGID: that is everybody when PGID is 1. */
void
pgrp_signal_locked(pid_t pgid, int sig)
{
	const struct signal_info info = { .sig = sig, .code = SI_KERNEL };

	list_for_each(node, &all_procs) {
		struct proc *p = list_entry(node, struct proc, all_node);

		if (p->pgid == pgid)
			signal_send_locked(p, &info);	/* a standard signal: it finds room */
	}
}

/* May SELF change the group of P, another process?  As setpgid(2). */
static err_t
may_move_locked(const struct proc *self, const struct proc *p) REQUIRES(proc_lock)
{
	if (p == NULL || p->parent != self)
		return ERR_SRCH;
	if (p->sid != self->sid)
		return ERR_PERM;
	return p->has_execed ? ERR_ACCESS : ERR_OK;
}

/* May P be in group PGID: its own, or one of its session? */
static err_t
may_join_locked(const struct proc *p, pid_t pgid) REQUIRES(proc_lock)
{
	if (p->sid == p->pid)
		return ERR_PERM;	/* a session leader stays where it is */
	if (pgid == p->pid)
		return ERR_OK;
	list_for_each(node, &all_procs) {
		const struct proc *q = list_entry(node, struct proc, all_node);

		if (q->pgid == pgid && q->sid == p->sid)
			return ERR_OK;
	}
	return ERR_PERM;
}

err_t
proc_set_group(pid_t pid, pid_t pgid)
{
	struct proc *self = proc_current();
	struct proc *p;
	err_t err = ERR_OK;

	spin_lock(&proc_lock);
	p = pid == 0 ? self : proc_find_locked(pid);
	if (p != self)
		err = may_move_locked(self, p);
	if (err == ERR_OK) {
		pgid = pgid != 0 ? pgid : p->pid;
		err = may_join_locked(p, pgid);
	}
	if (err == ERR_OK)
		p->pgid = pgid;
	spin_unlock(&proc_lock);
	return err;
}

/* Of process PID, or of the caller: its group, or its session. */
static ssize_t
get_id(pid_t pid, bool session)
{
	const struct proc *p;
	ssize_t id = ERR_SRCH;

	spin_lock(&proc_lock);
	p = pid == 0 ? proc_current() : proc_find_locked(pid);
	if (p != NULL)
		id = session ? p->sid : p->pgid;
	spin_unlock(&proc_lock);
	return id;
}

ssize_t
proc_get_group(pid_t pid)
{
	return get_id(pid, false);
}

ssize_t
proc_get_session(pid_t pid)
{
	return get_id(pid, true);
}

ssize_t
proc_new_session(void)
{
	struct proc *self = proc_current();
	bool leads = false;

	spin_lock(&proc_lock);
	list_for_each(node, &all_procs)
		leads = leads || list_entry(node, struct proc, all_node)->pgid == self->pid;
	if (!leads)
		self->sid = self->pgid = self->pid;
	spin_unlock(&proc_lock);
	return leads ? ERR_PERM : self->pid;
}

/* Is P the link that keeps group PGID from being orphaned, once process ENDING is gone? */
static bool
links_locked(const struct proc *p, pid_t pgid, pid_t ending) REQUIRES(proc_lock)
{
	const struct proc *parent = p->parent;

	return p->pgid == pgid && p->pid != ending && p->state != PROC_ZOMBIE &&
	    parent != NULL && parent != init_proc && parent->pid != ending &&
	    parent->pgid != pgid && parent->sid == p->sid;
}

static bool
is_orphaned_locked(pid_t pgid, pid_t ending) REQUIRES(proc_lock)
{
	list_for_each(node, &all_procs) {
		if (links_locked(list_entry(node, struct proc, all_node), pgid, ending))
			return false;
	}
	return true;
}

bool
pgrp_is_orphaned_locked(const struct proc *p)
{
	return is_orphaned_locked(p->pgid, 0);
}

bool
pgrp_is_orphaned(const struct proc *p)
{
	bool orphaned;

	spin_lock(&proc_lock);
	orphaned = pgrp_is_orphaned_locked(p);
	spin_unlock(&proc_lock);
	return orphaned;
}

/* If somebody in group PGID is stopped: SIGHUP and SIGCONT to all of it. */
static void
wake_stopped_locked(pid_t pgid) REQUIRES(proc_lock)
{
	bool stopped = false;

	list_for_each(node, &all_procs) {
		const struct proc *p = list_entry(node, struct proc, all_node);

		stopped = stopped || (p->pgid == pgid && p->state == PROC_STOPPED);
	}
	if (stopped) {
		pgrp_signal_locked(pgid, SIGHUP);
		pgrp_signal_locked(pgid, SIGCONT);
	}
}

void
pgrp_orphan_locked(const struct proc *p)
{
	const struct proc *parent = p->parent;

	if (parent->pgid != p->pgid && parent->sid == p->sid &&
	    is_orphaned_locked(p->pgid, p->pid))
		wake_stopped_locked(p->pgid);
	list_for_each(node, &p->children) {
		const struct proc *child = list_entry(node, struct proc, sibling);

		if (child->pgid != p->pgid && child->sid == p->sid &&
		    is_orphaned_locked(child->pgid, p->pid))
			wake_stopped_locked(child->pgid);
	}
}
