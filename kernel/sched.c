/* SPDX-License-Identifier: MIT */
/*
 * Which process runs.  One run queue, round robin; every process runs for at
 * most one tick's worth of user mode before the next has its turn.
 *
 * Interrupts are off wherever this file runs, except in the idle loop's hlt; that
 * alone protects the run queue and the wait queues.
 */
#include "sched.h"

#include "mm/vm.h"
#include "panic.h"
#include "proc.h"
#include "timer.h"
#include "x86/cpu.h"
#include "x86/x86.h"

void swtch(uint64_t **save, uint64_t *load);

static struct list run_queue = LIST_INIT(run_queue);
static uint64_t *idle_sp;		/* the boot stack, while a process runs */
static struct proc *gone;		/* has ended, and nobody waits for it; it may still run */

/* Who waits for something, or for the time, whichever is first. */
struct sleeper {
	struct timer timer;
	struct proc *p;
	bool expired;
};

/* After a switch: nobody runs on the stack of a process that has ended. */
void
sched_begin(void)
{
	struct proc *p = gone;

	gone = NULL;
	if (p != NULL)
		proc_free(p);
}

/* Switch from PREV (NULL: the idle loop) to NEXT (NULL: the idle loop). */
static void
switch_to(struct proc *prev, struct proc *next)
{
	uint64_t now = rdtsc();

	if (prev == next)
		return;
	if (prev != NULL) {
		fpu_save(prev->fpu);
		prev->usage.tsc += now - prev->since;
	}
	this_cpu()->current = next;
	if (next != NULL) {
		next->since = now;
		next->state = PROC_RUNNING;
		vpmap_load(&next->as->vpmap);
		cpu_set_kernel_stack(next->kstack + KSTACK_PAGES * PG_SIZE);
		wrmsr(MSR_FS_BASE, next->fs_base);
		wrmsr(MSR_KERNEL_GS_BASE, next->gs_base);
		fpu_restore(next->fpu);
	}
	swtch(prev != NULL ? &prev->kernel_sp : &idle_sp, next != NULL ? next->kernel_sp : idle_sp);
	sched_begin();
}

/* Give the CPU to the first in the queue, or to the idle loop when there is none. */
static void
schedule(void)
{
	struct proc *next = NULL;

	if (!list_empty(&run_queue)) {
		next = list_entry(run_queue.next, struct proc, run_node);
		list_remove(&next->run_node);
	}
	switch_to(proc_current(), next);
}

static void
make_runnable(struct proc *p)
{
	p->state = PROC_RUNNABLE;
	list_push_back(&run_queue, &p->run_node);
}

void
waitq_init(struct waitq *wq)
{
	list_init(&wq->waiters);
}

/* Leave the CPU in STATE, linked in WAITERS, until somebody makes us runnable. */
static void
sleep_in(struct list *waiters, enum proc_state state, struct spinlock *l) REQUIRES(*l)
{
	struct proc *p = proc_current();

	p->state = state;
	list_push_back(waiters, &p->run_node);
	p->usage.sleeps++;
	spin_unlock(l);
	schedule();
	spin_lock(l);
}

err_t
waitq_wait(struct waitq *wq, struct spinlock *l)
{
	if (signal_pending(proc_current()))
		return ERR_INTR;
	sleep_in(&wq->waiters, PROC_SLEEPING, l);
	return signal_pending(proc_current()) ? ERR_INTR : ERR_OK;
}

void
waitq_wait_blocked(struct waitq *wq, struct spinlock *l)
{
	sleep_in(&wq->waiters, PROC_BLOCKED, l);
}

static void
sleeper_expire(struct timer *t)
{
	struct sleeper *s = container_of(t, struct sleeper, timer);

	s->expired = true;
	sched_interrupt(s->p);
}

err_t
waitq_wait_until(struct waitq *wq, struct spinlock *l, uint64_t deadline)
{
	struct sleeper s = { .p = proc_current() };
	err_t err;

	timer_init(&s.timer, sleeper_expire);
	timer_start(&s.timer, deadline);
	err = waitq_wait(wq, l);
	timer_stop(&s.timer);
	return err == ERR_OK && s.expired ? ERR_AGAIN : err;
}

void
waitq_wake(struct waitq *wq)
{
	while (!list_empty(&wq->waiters)) {
		struct proc *p = list_entry(wq->waiters.next, struct proc, run_node);

		list_remove(&p->run_node);
		make_runnable(p);
	}
}

void
pollq_init(struct pollq *q)
{
	list_init(&q->watches);
}

void
watch_init(struct watch *w, struct poller *poller)
{
	list_init(&w->node);
	w->poller = poller;
}

void
pollq_add(struct pollq *q, struct watch *w)
{
	if (w != NULL)
		list_push_back(&q->watches, &w->node);
}

void
watch_end(struct watch *w)
{
	list_remove(&w->node);
}

void
pollq_wake(struct pollq *q)
{
	list_for_each(node, &q->watches) {
		struct poller *poller = list_entry(node, struct watch, node)->poller;

		poller->woken = true;
		sched_interrupt(poller->p);
	}
}

void
sched_add(struct proc *p)
{
	list_init(&p->run_node);
	make_runnable(p);
}

void
sched_interrupt(struct proc *p)
{
	if (p->state != PROC_SLEEPING)
		return;
	list_remove(&p->run_node);
	make_runnable(p);
}

void
sched_stop(struct spinlock *l)
{
	static struct list stopped = LIST_INIT(stopped);

	sleep_in(&stopped, PROC_STOPPED, l);
}

void
sched_continue(struct proc *p)
{
	kassert(p->state == PROC_STOPPED || p->state == PROC_BLOCKED);
	list_remove(&p->run_node);
	make_runnable(p);
}

void
sched_yield(void)
{
	if (list_empty(&run_queue))
		return;
	proc_current()->usage.yields++;
	make_runnable(proc_current());
	schedule();
}

noreturn void
sched_exit(bool nobody_waits)
{
	kassert(proc_current()->state == PROC_ZOMBIE);
	if (nobody_waits)
		gone = proc_current();
	schedule();
	panic("sched_exit: a zombie runs");
}

noreturn void
sched_idle(void)
{
	for (;;) {
		schedule();
		interrupts_wait();
	}
}
