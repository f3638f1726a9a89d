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
#include "x86/cpu.h"
#include "x86/x86.h"

void swtch(uint64_t **save, uint64_t *load);

static struct list run_queue = LIST_INIT(run_queue);
static uint64_t *idle_sp;		/* the boot stack, while a process runs */

/* Switch from PREV (NULL: the idle loop) to NEXT (NULL: the idle loop). */
static void
switch_to(struct proc *prev, struct proc *next)
{
	if (prev == next)
		return;
	if (prev != NULL)
		fpu_save(prev->fpu);
	this_cpu()->current = next;
	if (next != NULL) {
		next->state = PROC_RUNNING;
		vpmap_load(&next->as->vpmap);
		cpu_set_kernel_stack(next->kstack + KSTACK_PAGES * PG_SIZE);
		wrmsr(MSR_FS_BASE, next->fs_base);
		fpu_restore(next->fpu);
	}
	swtch(prev != NULL ? &prev->kernel_sp : &idle_sp, next != NULL ? next->kernel_sp : idle_sp);
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

err_t
waitq_wait(struct waitq *wq, struct spinlock *l)
{
	struct proc *p = proc_current();

	if (p->pending != 0)
		return ERR_INTR;
	p->state = PROC_SLEEPING;
	list_push_back(&wq->waiters, &p->run_node);
	spin_unlock(l);
	schedule();
	spin_lock(l);
	return p->pending != 0 ? ERR_INTR : ERR_OK;
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
sched_yield(void)
{
	if (list_empty(&run_queue))
		return;
	make_runnable(proc_current());
	schedule();
}

noreturn void
sched_exit(void)
{
	kassert(proc_current()->state == PROC_ZOMBIE);
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
