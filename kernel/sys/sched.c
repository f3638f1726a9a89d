/* SPDX-License-Identifier: MIT */
/*
 * Linux' scheduling calls: sched(7), getpriority(2).  All take their turns on the one CPU,
 * a tick long: policies other than SCHED_OTHER are refused.  The nice value is kept and
 * told, and the scheduler has no use for it.
 */
#include "clock.h"
#include "mm/usercopy.h"
#include "proc.h"
#include "syscall.h"
#include "sys/abi.h"
#include "sys/abi_misc.h"
#include "x86/pit.h"

sysret_t
sys_sched_yield(void *arg)
{
	(void)arg;
	sched_yield();
	return ERR_OK;
}

/* sched_getaffinity(pid, size, mask): there is one CPU.  => the bytes of the kernel's mask */
sysret_t
sys_sched_getaffinity(void *arg)
{
	const uint64_t mask = 1;
	uint32_t size = (uint32_t)arg_u64(arg, 1);

	if (size < sizeof(mask) || size % sizeof(mask) != 0)
		return ERR_INVAL;
	if (!proc_exists(arg_int(arg, 0)))
		return ERR_SRCH;
	if (copy_to_user(arg_u64(arg, 2), &mask, sizeof(mask)) != ERR_OK)
		return ERR_FAULT;
	return sizeof(mask);
}

/* sched_setaffinity(pid, size, mask): the one CPU must be in it. */
sysret_t
sys_sched_setaffinity(void *arg)
{
	uint64_t mask = 0;
	size_t size = min(arg_u64(arg, 1), sizeof(mask));

	if (copy_from_user(&mask, arg_u64(arg, 2), size) != ERR_OK)
		return ERR_FAULT;
	if (!proc_exists(arg_int(arg, 0)))
		return ERR_SRCH;
	return mask & 1 ? ERR_OK : ERR_INVAL;
}

/* getcpu(cpu, node, unused): addresses of 0 are left out. */
sysret_t
sys_getcpu(void *arg)
{
	const uint32_t zero = 0;

	for (int i = 0; i < 2; i++) {
		vaddr_t addr = arg_u64(arg, i);

		if (addr != 0 && copy_to_user(addr, &zero, sizeof(zero)) != ERR_OK)
			return ERR_FAULT;
	}
	return ERR_OK;
}

/* The pid of the first argument, if there is such a process. */
static err_t
check_pid(void *arg)
{
	if (arg_int(arg, 0) < 0)
		return ERR_INVAL;
	return proc_exists(arg_int(arg, 0)) ? ERR_OK : ERR_SRCH;
}

/* Set POLICY with the priority at ADDR. */
static err_t
set_policy(void *arg, int policy, vaddr_t addr)
{
	int32_t priority;
	err_t err;

	if (addr == 0 || arg_int(arg, 0) < 0)
		return ERR_INVAL;
	if (copy_from_user(&priority, addr, sizeof(priority)) != ERR_OK)
		return ERR_FAULT;
	if ((err = check_pid(arg)) != ERR_OK)
		return err;
	switch (policy) {
	case SCHED_OTHER:
		return priority == 0 ? ERR_OK : ERR_INVAL;
	case SCHED_FIFO:
	case SCHED_RR:
		return priority >= 1 && priority <= SCHED_PRIORITY_MAX ? ERR_PERM : ERR_INVAL;
	case SCHED_BATCH:
	case SCHED_IDLE:
		return priority == 0 ? ERR_PERM : ERR_INVAL;
	default:
		return ERR_INVAL;
	}
}

/* sched_setscheduler(pid, policy, param) */
sysret_t
sys_sched_setscheduler(void *arg)
{
	return set_policy(arg, arg_int(arg, 1), arg_u64(arg, 2));
}

/* sched_setparam(pid, param) */
sysret_t
sys_sched_setparam(void *arg)
{
	return set_policy(arg, SCHED_OTHER, arg_u64(arg, 1));
}

sysret_t
sys_sched_getscheduler(void *arg)
{
	err_t err = check_pid(arg);

	return err == ERR_OK ? SCHED_OTHER : err;
}

/* sched_getparam(pid, param) */
sysret_t
sys_sched_getparam(void *arg)
{
	const int32_t priority = 0;
	err_t err = arg_u64(arg, 1) != 0 ? check_pid(arg) : ERR_INVAL;

	return err == ERR_OK ? copy_to_user(arg_u64(arg, 1), &priority, sizeof(priority)) : err;
}

/* What FIFO answers to sched_get_priority_max or _min; the other policies: 0. */
static sysret_t
priority_bound(int policy, int bound)
{
	switch (policy) {
	case SCHED_FIFO:
	case SCHED_RR:
		return bound;
	case SCHED_OTHER:
	case SCHED_BATCH:
	case SCHED_IDLE:
	case SCHED_DEADLINE:
		return 0;
	default:
		return ERR_INVAL;
	}
}

sysret_t
sys_sched_get_priority_max(void *arg)
{
	return priority_bound(arg_int(arg, 0), SCHED_PRIORITY_MAX);
}

sysret_t
sys_sched_get_priority_min(void *arg)
{
	return priority_bound(arg_int(arg, 0), 1);
}

/* sched_rr_get_interval(pid, time): how long a turn is. */
sysret_t
sys_sched_rr_get_interval(void *arg)
{
	const struct linux_timespec turn = { .tv_nsec = NSEC_PER_SEC / TIMER_HZ };
	err_t err = check_pid(arg);

	return err == ERR_OK ? copy_to_user(arg_u64(arg, 1), &turn, sizeof(turn)) : err;
}

/* What getpriority and setpriority look for, and what they find. */
struct priority {
	int which;
	pid_t id;
	const int *set;			/* the new value; NULL: only look */
	int least;			/* nice value of those found; NICE_MAX + 1: none */
};

static void
visit(struct proc *p, void *arg)
{
	struct priority *look = arg;

	if ((look->which == PRIO_PROCESS && p->pid != look->id) ||
	    (look->which == PRIO_PGRP && p->pgid != look->id))
		return;
	if (look->set != NULL)
		p->nice = *look->set;
	look->least = min(look->least, p->nice);
}

static err_t
visit_all(int which, pid_t id, struct priority *look)
{
	const struct proc *p = proc_current();

	if (which < PRIO_PROCESS || which > PRIO_USER)
		return ERR_INVAL;
	look->which = which;
	look->id = id;
	look->least = NICE_MAX + 1;
	if (id == 0)
		look->id = which == PRIO_PGRP ? p->pgid : p->pid;
	if (which != PRIO_USER || id == 0)	/* all processes are root's */
		proc_for_each(visit, look);
	return look->least <= NICE_MAX ? ERR_OK : ERR_SRCH;
}

/* getpriority(which, id).  => 20 less the nice value: 1 to 40 */
sysret_t
sys_getpriority(void *arg)
{
	struct priority look = { .set = NULL };
	err_t err = visit_all(arg_int(arg, 0), arg_int(arg, 1), &look);

	return err == ERR_OK ? 20 - look.least : err;
}

/* setpriority(which, id, nice) */
sysret_t
sys_setpriority(void *arg)
{
	const int nice = max(NICE_MIN, min(arg_int(arg, 2), NICE_MAX));
	struct priority look = { .set = &nice };

	return visit_all(arg_int(arg, 0), arg_int(arg, 1), &look);
}
