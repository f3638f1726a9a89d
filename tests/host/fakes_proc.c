/* SPDX-License-Identifier: MIT */
/*
 * What stands in for other processes, and for what there is no running without, in host tests
 * of system calls: there is the current process (fakes_fs.c) only, with one child that has
 * ended, however often it is asked for.
 */
#include "fs_host.h"

#define CHILD	9

struct spinlock proc_lock = SPINLOCK_INIT("proc");
struct cpu_features cpu_features = { .mxcsr_mask = 0xffff };

/* --- processes --- */

struct proc *
proc_find_locked(pid_t pid)
{
	return pid == host_proc.pid ? &host_proc : NULL;
}

bool
proc_exists(pid_t pid)
{
	return pid == 0 || pid == host_proc.pid;
}

void
proc_for_each(void (*fn)(struct proc *p, void *arg), void *arg)
{
	fn(&host_proc, arg);
}

err_t
proc_signal(pid_t pid, const struct signal_info *info)
{
	err_t err;

	if (!proc_exists(pid))
		return ERR_SRCH;
	spin_lock(&proc_lock);
	err = signal_send_locked(&host_proc, info);
	spin_unlock(&proc_lock);
	return err;
}

err_t
proc_wait(struct wait_request *w)
{
	w->pid = CHILD;
	w->status = 3 << 8;
	return ERR_OK;
}

void
proc_continue_locked(struct proc *p unused_arg)
{
}

/* --- the scheduler --- */

void
sched_yield(void)
{
}

void
sched_interrupt(struct proc *p unused_arg)
{
}

void
sched_continue(struct proc *p unused_arg)
{
}

void
watch_init(struct watch *w, struct poller *poller)
{
	list_init(&w->node);
	w->poller = poller;
}

void
watch_end(struct watch *w)
{
	list_remove(&w->node);
}

/* --- never called --- */

void
machine_exit(uint8_t code unused_arg)
{
	abort();
}

void
machine_restart(void)
{
	abort();
}
