/* SPDX-License-Identifier: MIT */
/*
 * The controlling terminal: see ctty.h.
 *
 * Process 1's session has the console from the start, as if process 1 had asked for it.
 */
#include "fs/ctty.h"

#include "proc.h"
#include "sys/abi_signal.h"

/* proc_lock */
static struct {
	pid_t sid;			/* 0: nobody's */
	pid_t pgid;			/* in the foreground; 0: none */
} console = { .sid = 1, .pgid = 1 };

static bool
is_ours_locked(const struct proc *p) REQUIRES(proc_lock)
{
	return p->sid == console.sid && !p->no_tty;
}

bool
ctty_is_ours(void)
{
	bool ours;

	spin_lock(&proc_lock);
	ours = is_ours_locked(proc_current());
	spin_unlock(&proc_lock);
	return ours;
}

err_t
ctty_open(void)
{
	return ctty_is_ours() ? ERR_OK : ERR_NXIO;
}

/* P, in the background, wants what SIG is about.  As ctty_check. */
static err_t
refuse_locked(struct proc *p, int sig) REQUIRES(proc_lock)
{
	if ((p->sig.blocked & signal_bit(sig)) != 0 ||
	    p->sig.action[sig - 1].handler == SIGNAL_IGNORE)
		return sig == SIGTTIN ? ERR_IO : ERR_OK;
	if (pgrp_is_orphaned_locked(p))
		return ERR_IO;
	pgrp_signal_locked(p->pgid, sig);
	return ERR_INTR;
}

err_t
ctty_check(int sig)
{
	struct proc *p = proc_current();
	err_t err = ERR_OK;

	spin_lock(&proc_lock);
	if (is_ours_locked(p) && console.pgid != 0 && console.pgid != p->pgid)
		err = refuse_locked(p, sig);
	spin_unlock(&proc_lock);
	return err;
}

void
ctty_signal(int sig)
{
	spin_lock(&proc_lock);
	if (console.pgid != 0)
		pgrp_signal_locked(console.pgid, sig);
	spin_unlock(&proc_lock);
}

/* Nobody has the terminal any more. */
static void
hang_up_locked(void) REQUIRES(proc_lock)
{
	if (console.pgid != 0) {
		pgrp_signal_locked(console.pgid, SIGHUP);
		pgrp_signal_locked(console.pgid, SIGCONT);
	}
	console.sid = console.pgid = 0;
}

void
ctty_leader_ends(struct proc *p)
{
	spin_lock(&proc_lock);
	if (p->pid == p->sid && is_ours_locked(p))
		hang_up_locked();
	spin_unlock(&proc_lock);
}

/* Have group PGID in the foreground. */
static err_t
set_foreground_locked(const struct proc *p, pid_t pgid) REQUIRES(proc_lock)
{
	const struct proc *member;

	if (!is_ours_locked(p))
		return ERR_NOTTY;
	if (pgid < 0)
		return ERR_INVAL;
	member = pgrp_member_locked(pgid);
	if (member == NULL)
		return ERR_SRCH;
	if (member->sid != p->sid)
		return ERR_PERM;
	console.pgid = pgid;
	return ERR_OK;
}

static err_t
set_foreground(pid_t pgid)
{
	err_t err = ctty_check(SIGTTOU);

	if (err != ERR_OK)
		return err == ERR_IO ? (err_t)ERR_NOTTY : err;
	spin_lock(&proc_lock);
	err = set_foreground_locked(proc_current(), pgid);
	spin_unlock(&proc_lock);
	return err;
}

/* Become the terminal of P's session; STEAL: even if it is another's. */
static err_t
take_locked(struct proc *p, bool steal) REQUIRES(proc_lock)
{
	if (p->pid == p->sid && p->sid == console.sid) {
		p->no_tty = false;
		return ERR_OK;
	}
	if (p->pid != p->sid || (console.sid != 0 && !steal))
		return ERR_PERM;
	p->no_tty = false;
	console.sid = p->sid;
	console.pgid = p->pgid;
	return ERR_OK;
}

/* Give the terminal up: for the session when its leader does, else for P alone. */
static err_t
leave_locked(struct proc *p) REQUIRES(proc_lock)
{
	if (!is_ours_locked(p))
		return ERR_NOTTY;
	if (p->pid == p->sid)
		hang_up_locked();
	else
		p->no_tty = true;
	return ERR_OK;
}

err_t
ctty_ioctl(unsigned cmd, union ioctl_arg *arg)
{
	struct proc *p = proc_current();
	err_t err = ERR_NOTTY;

	if (cmd == TIOCSPGRP)
		return set_foreground(arg->pgid);
	spin_lock(&proc_lock);
	if (cmd == TIOCSCTTY) {
		err = take_locked(p, arg->number == 1);
	} else if (cmd == TIOCNOTTY) {
		err = leave_locked(p);
	} else if ((cmd == TIOCGPGRP || cmd == TIOCGSID) && is_ours_locked(p)) {
		arg->pgid = cmd == TIOCGSID ? console.sid : console.pgid;
		err = ERR_OK;
	}
	spin_unlock(&proc_lock);
	return err;
}
