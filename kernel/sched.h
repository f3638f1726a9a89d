/* SPDX-License-Identifier: MIT */
/*
 * Switching between processes, and waiting.  Round robin; the timer preempts
 * user mode only.
 */
#ifndef FAULTLINE_SCHED_H
#define FAULTLINE_SCHED_H

#include "error.h"
#include "lib/list.h"
#include "lock.h"
#include "types.h"

struct proc;

/* Processes waiting for one thing. */
struct waitq {
	struct list waiters;		/* proc.run_node; kernel runs with interrupts off */
};

#define WAITQ_INIT(wq)	{ LIST_INIT((wq).waiters) }
void waitq_init(struct waitq *wq);

/*
 * Sleep until waitq_wake: release L, wait, take L again.  The caller tests its
 * condition in a loop around this.
 * => ERR_INTR when a signal is pending that is not blocked; L is held then too
 * => no other spin lock may be held
 */
must_check err_t waitq_wait(struct waitq *wq, struct spinlock *l) REQUIRES(*l);

/* The same until DEADLINE (clock_now) at the latest.  => ERR_AGAIN when that is past */
must_check err_t waitq_wait_until(struct waitq *wq, struct spinlock *l, uint64_t deadline)
    REQUIRES(*l);

/* The same, but only a signal that kills ends it: for what has to be waited for. */
void waitq_wait_blocked(struct waitq *wq, struct spinlock *l) REQUIRES(*l);

/* Make all waiters runnable.  May be called from an interrupt. */
void waitq_wake(struct waitq *wq);

/*
 * Waiting for one of several things, as poll(2) does: each has a queue of watches, and each
 * watch a poller, which is woken.
 */
struct pollq {
	struct list watches;
};

struct poller {
	struct proc *p;
	bool woken;			/* interrupts off */
};

struct watch {
	struct list node;		/* in a pollq, or alone */
	struct poller *poller;
};

void pollq_init(struct pollq *q);
void watch_init(struct watch *w, struct poller *poller);

/* Have W in Q, until its end.  => nothing when W is NULL */
void pollq_add(struct pollq *q, struct watch *w);
void watch_end(struct watch *w);	/* also of one that is in no queue */

/* Wake the pollers of all watches, which stay.  May be called from an interrupt. */
void pollq_wake(struct pollq *q);

/* Put P (new) at the end of the run queue. */
void sched_add(struct proc *p);

/* Make P runnable if it sleeps, so that it sees a pending signal. */
void sched_interrupt(struct proc *p);

/* Stop the current process: release L, leave the CPU until sched_continue, take L again. */
void sched_stop(struct spinlock *l) REQUIRES(*l);

/* Let P go on, which is stopped, or blocked and to be killed. */
void sched_continue(struct proc *p);

/* Let others run; the current process stays runnable. */
void sched_yield(void);

/*
 * Leave the CPU for good: the current process is a zombie.
 * => GONE: nobody will wait for it, so whoever runs next frees it
 */
noreturn void sched_exit(bool gone);

/* A new process' first step: the switch to it is over.  => called by trapasm.S */
void sched_begin(void);

/* The boot context becomes the idle loop.  => never returns */
noreturn void sched_idle(void);

#endif
