/* SPDX-License-Identifier: MIT */
/*
 * Signals on their way to a process: pending sets, the queue of what is known about
 * them, masks.  What a process does about a pending signal is in sigdeliver.c.
 */
#include "signal.h"

#include "lib/string.h"
#include "mm/kmalloc.h"
#include "panic.h"
#include "proc.h"
#include "sys/abi_proc.h"
#include "sys/abi_signal.h"

#define STOPS		(signal_bit(SIGSTOP) | signal_bit(SIGTSTP) | signal_bit(SIGTTIN) | \
			 signal_bit(SIGTTOU))
#define IGNORED		(signal_bit(SIGCHLD) | signal_bit(SIGCONT) | signal_bit(SIGURG) | \
			 signal_bit(SIGWINCH))
#define UNBLOCKABLE	(signal_bit(SIGKILL) | signal_bit(SIGSTOP))
/* As Linux has it, these would leave a core file. */
#define DUMPS		(signal_bit(SIGQUIT) | signal_bit(SIGILL) | signal_bit(SIGTRAP) | \
			 signal_bit(SIGABRT) | signal_bit(SIGBUS) | signal_bit(SIGFPE) | \
			 signal_bit(SIGSEGV) | signal_bit(SIGXCPU) | signal_bit(SIGXFSZ) | \
			 signal_bit(SIGSYS))
/* Caused by the instruction that was interrupted: handled before all others. */
#define SYNCHRONOUS	(signal_bit(SIGSEGV) | signal_bit(SIGBUS) | signal_bit(SIGILL) | \
			 signal_bit(SIGTRAP) | signal_bit(SIGFPE) | signal_bit(SIGSYS))

/* A real-time signal that is pending. */
struct queued_signal {
	struct list node;		/* in signals.realtime */
	struct signal_info info;
};

_Static_assert(SIGNAL_MAX == SIGNALS && SIGNAL_RT == SIGNALS_STANDARD + 1, "the ABI's");
_Static_assert(sizeof(struct signal_action) == sizeof(struct linux_sigaction), "the ABI's");

bool
signal_stops(int sig)
{
	return (STOPS & signal_bit(sig)) != 0;
}

bool
signal_ignored_by_default(int sig)
{
	return (IGNORED & signal_bit(sig)) != 0;
}

bool
signal_ignored(const struct proc *p, int sig)
{
	uint64_t handler = p->sig.action[sig - 1].handler;

	if (handler != SIGNAL_DEFAULT)
		return handler == SIGNAL_IGNORE;
	return p->sig.unkillable || signal_ignored_by_default(sig);
}

/* Does SIG kill P, which has no handler for it, without having to look at it first? */
static bool
is_fatal(const struct proc *p, int sig)
{
	return sig == SIGKILL || (p->sig.action[sig - 1].handler == SIGNAL_DEFAULT &&
	    !signal_ignored(p, sig) && (signal_bit(sig) & (STOPS | DUMPS)) == 0);
}

bool
signal_pending(const struct proc *p)
{
	return (p->attention & ATT_SIGNAL) != 0;
}

void
signal_update_locked(struct proc *p)
{
	if ((p->sig.pending & ~p->sig.blocked) != 0)
		p->attention |= ATT_SIGNAL;
	else
		p->attention &= ~ATT_SIGNAL;
}

/* Forget what is pending of SET, which has standard signals only. */
static void
discard_locked(struct proc *p, sigmask_t set) REQUIRES(proc_lock)
{
	p->sig.pending &= ~set;
	signal_update_locked(p);
}

/*
 * Keep INFO of a signal that will be pending.
 * => ERR_AGAIN when there is no room for it; what kill(2) sends has nothing to lose
 */
static err_t
keep_info_locked(struct proc *p, const struct signal_info *info) REQUIRES(proc_lock)
{
	struct signals *s = &p->sig;
	struct queued_signal *q = NULL;

	if (info->sig < SIGNAL_RT) {
		s->standard[info->sig - 1] = *info;
		return ERR_OK;
	}
	if (s->queued < p->rlim[RLIMIT_SIGPENDING].cur)
		q = kmalloc(sizeof(*q));
	if (q == NULL)
		return info->code == SI_USER ? ERR_OK : ERR_AGAIN;
	q->info = *info;
	list_push_back(&s->realtime, &q->node);
	s->queued++;
	return ERR_OK;
}

/* What a signal does when it is sent, whether it will be acted on or not. */
static void
prepare_locked(struct proc *p, int sig) REQUIRES(proc_lock)
{
	if (signal_stops(sig))
		discard_locked(p, signal_bit(SIGCONT));
	if (sig != SIGCONT)
		return;
	discard_locked(p, STOPS);
	if (p->state == PROC_STOPPED)
		proc_continue_locked(p);
}

/* SIG is pending for P, and not blocked: P is to see to it, if it can. */
static void
wake_locked(struct proc *p, int sig) REQUIRES(proc_lock)
{
	if ((p->state == PROC_STOPPED && sig == SIGKILL) ||
	    (p->state == PROC_BLOCKED && is_fatal(p, sig)))
		sched_continue(p);
	sched_interrupt(p);
}

err_t
signal_send_locked(struct proc *p, const struct signal_info *info)
{
	struct signals *s = &p->sig;
	sigmask_t bit = signal_bit(info->sig);
	err_t err;

	if (p->state == PROC_ZOMBIE)
		return ERR_OK;
	prepare_locked(p, info->sig);
	/* One that is blocked is kept: it may have a handler by the time it is not. */
	if (((s->blocked | s->awaited) & bit) == 0 && signal_ignored(p, info->sig))
		return ERR_OK;
	if ((s->pending & bit) != 0 && info->sig < SIGNAL_RT)
		return ERR_OK;
	err = keep_info_locked(p, info);
	if (err != ERR_OK)
		return err;
	s->pending |= bit;
	if ((s->blocked & bit) == 0) {
		p->attention |= ATT_SIGNAL;
		wake_locked(p, info->sig);
	}
	return ERR_OK;
}

void
signal_force_kill(struct proc *p)
{
	struct signal_info info = { .sig = SIGKILL, .code = SI_KERNEL };
	err_t err;

	spin_lock(&proc_lock);
	p->sig.unkillable = false;
	err = signal_send_locked(p, &info);
	spin_unlock(&proc_lock);
	kassert(err == ERR_OK);
}

int
signal_fatal_pending(const struct proc *p)
{
	for (sigmask_t set = p->sig.pending & ~p->sig.blocked; set != 0; set &= set - 1) {
		int sig = __builtin_ctzl(set) + 1;

		if (is_fatal(p, sig))
			return sig;
	}
	return 0;
}

bool
signal_kill_pending(const struct proc *p)
{
	return (p->sig.pending & signal_bit(SIGKILL)) != 0;
}

/* The signal of SET, not empty, that comes first. */
static int
first_of(sigmask_t set)
{
	if ((set & signal_bit(SIGKILL)) != 0)
		return SIGKILL;
	if ((set & SYNCHRONOUS) != 0)
		set &= SYNCHRONOUS;
	return __builtin_ctzl(set) + 1;
}

/* Take the first real-time signal SIG out of the queue.  => false when it was the last */
static bool
dequeue_locked(struct signals *s, int sig, struct signal_info *info) REQUIRES(proc_lock)
{
	bool found = false;

	list_for_each_safe(node, &s->realtime) {
		struct queued_signal *q = list_entry(node, struct queued_signal, node);

		if (q->info.sig != sig)
			continue;
		if (found)
			return true;
		found = true;
		*info = q->info;
		list_remove(&q->node);
		kfree(q);
		s->queued--;
	}
	return false;
}

bool
signal_take_locked(struct proc *p, sigmask_t from, struct signal_info *info)
{
	struct signals *s = &p->sig;
	bool more = false;
	int sig;

	if ((s->pending & from) == 0)
		return false;
	sig = first_of(s->pending & from);
	*info = (struct signal_info){ .sig = sig, .code = SI_USER };	/* if there was no room */
	if (sig < SIGNAL_RT)
		*info = s->standard[sig - 1];
	else
		more = dequeue_locked(s, sig, info);
	if (!more)
		s->pending &= ~signal_bit(sig);
	signal_update_locked(p);
	return true;
}

void
signal_set_mask(struct proc *p, sigmask_t mask)
{
	spin_lock(&proc_lock);
	p->sig.blocked = mask & ~UNBLOCKABLE;
	signal_update_locked(p);
	spin_unlock(&proc_lock);
}

void
signal_swap_mask(struct proc *p, sigmask_t mask)
{
	p->sig.saved_mask = p->sig.blocked;
	p->attention |= ATT_MASK;
	signal_set_mask(p, mask);
}

void
signal_unswap_mask(struct proc *p)
{
	p->attention &= ~ATT_MASK;
	signal_set_mask(p, p->sig.saved_mask);
}

void
signal_init(struct proc *p)
{
	list_init(&p->sig.realtime);
	memset(p->sig.action, 0, sizeof(p->sig.action));
	p->sig.unkillable = true;
}

void
signal_end(struct proc *p)
{
	struct signal_info forgotten;

	spin_lock(&proc_lock);
	while (signal_take_locked(p, ~0ul, &forgotten))
		;
	spin_unlock(&proc_lock);
}

void
signal_fork(struct proc *child, const struct proc *parent)
{
	struct signals *c = &child->sig;
	const struct signals *s = &parent->sig;

	list_init(&c->realtime);
	memcpy(c->action, s->action, sizeof(c->action));
	c->blocked = s->blocked;
	c->stack_base = s->stack_base;
	c->stack_size = s->stack_size;
	c->stack_flags = s->stack_flags;
	c->fault = s->fault;
}

void
signal_exec(struct proc *p)
{
	struct signals *s = &p->sig;

	spin_lock(&proc_lock);
	for (size_t i = 0; i < SIGNALS; i++) {
		bool ignored = s->action[i].handler == SIGNAL_IGNORE;

		s->action[i] = (struct signal_action){
			.handler = ignored ? SIGNAL_IGNORE : SIGNAL_DEFAULT,
		};
	}
	spin_unlock(&proc_lock);
	s->stack_base = 0;
	s->stack_size = 0;
	s->stack_flags = 0;
	memset(&s->fault, 0, sizeof(s->fault));
}
