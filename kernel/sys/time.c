/* SPDX-License-Identifier: MIT */
/*
 * Linux' calls about time: clocks, sleeping, alarms.
 */
#include "sys/time.h"

#include "clock.h"
#include "mm/usercopy.h"
#include "proc.h"
#include "syscall.h"
#include "sys/abi.h"
#include "sys/abi_proc.h"
#include "sys/abi_signal.h"
#include "sys/usage.h"

#define NEVER		UINT64_MAX

/* --- asking for the time --- */

/* Clock ID in nanoseconds. */
static err_t
clock_read(int id, uint64_t *ns)
{
	struct usage u;

	switch (id) {
	case CLOCK_REALTIME:
	case CLOCK_REALTIME_COARSE:
		*ns = clock_epoch() + clock_now();
		return ERR_OK;
	case CLOCK_MONOTONIC:
	case CLOCK_MONOTONIC_RAW:
	case CLOCK_MONOTONIC_COARSE:
	case CLOCK_BOOTTIME:
		*ns = clock_now();
		return ERR_OK;
	case CLOCK_PROCESS_CPUTIME_ID:
	case CLOCK_THREAD_CPUTIME_ID:
		u = usage_now(proc_current());
		*ns = clock_from_tsc(u.tsc);
		return ERR_OK;
	default:
		return ERR_INVAL;
	}
}

struct linux_timespec
timespec_from(uint64_t ns)
{
	return (struct linux_timespec){ .tv_sec = ns / NSEC_PER_SEC, .tv_nsec = ns % NSEC_PER_SEC };
}

sysret_t
sys_clock_gettime(void *arg)
{
	struct linux_timespec ts;
	uint64_t ns;
	err_t err = clock_read(arg_int(arg, 0), &ns);

	if (err != ERR_OK)
		return err;
	ts = timespec_from(ns);
	return copy_to_user(arg_u64(arg, 1), &ts, sizeof(ts));
}

sysret_t
sys_clock_getres(void *arg)
{
	const struct linux_timespec ts = { .tv_nsec = 1 };
	vaddr_t addr = arg_u64(arg, 1);
	uint64_t ns;
	err_t err = clock_read(arg_int(arg, 0), &ns);

	if (err != ERR_OK || addr == 0)
		return err;
	return copy_to_user(addr, &ts, sizeof(ts));
}

/* gettimeofday(time, zone): we are on universal time. */
sysret_t
sys_gettimeofday(void *arg)
{
	const uint64_t zone = 0;
	uint64_t ns = clock_epoch() + clock_now();
	const struct linux_timeval tv = {
		.tv_sec = ns / NSEC_PER_SEC,
		.tv_usec = ns % NSEC_PER_SEC / NSEC_PER_USEC,
	};
	vaddr_t utime = arg_u64(arg, 0), uzone = arg_u64(arg, 1);

	if (utime != 0 && copy_to_user(utime, &tv, sizeof(tv)) != ERR_OK)
		return ERR_FAULT;
	return uzone != 0 ? copy_to_user(uzone, &zone, sizeof(zone)) : ERR_OK;
}

sysret_t
sys_time(void *arg)
{
	const int64_t now = (clock_epoch() + clock_now()) / NSEC_PER_SEC;
	vaddr_t addr = arg_u64(arg, 0);

	if (addr != 0 && copy_to_user(addr, &now, sizeof(now)) != ERR_OK)
		return ERR_FAULT;
	return now;
}

/* --- sleeping --- */

err_t
deadline_after(uint64_t now, int64_t sec, int64_t nsec, uint64_t *deadline)
{
	if (sec < 0 || nsec < 0 || nsec >= (int64_t)NSEC_PER_SEC)
		return ERR_INVAL;
	if (__builtin_mul_overflow((uint64_t)sec, NSEC_PER_SEC, deadline) ||
	    __builtin_add_overflow(*deadline, (uint64_t)nsec, deadline) ||
	    __builtin_add_overflow(*deadline, now, deadline))
		*deadline = NEVER;
	return ERR_OK;
}

err_t
deadline_from_user(vaddr_t addr, uint64_t now, uint64_t *deadline)
{
	struct linux_timespec ts;

	if (copy_from_user(&ts, addr, sizeof(ts)) != ERR_OK)
		return ERR_FAULT;
	return deadline_after(now, ts.tv_sec, ts.tv_nsec, deadline);
}

/* => ERR_OK when DEADLINE is past, ERR_INTR */
static err_t
sleep_until(uint64_t deadline)
{
	struct waitq nothing = WAITQ_INIT(nothing);
	err_t err = ERR_OK;

	spin_lock(&proc_lock);
	while (err == ERR_OK && clock_now() < deadline)
		err = waitq_wait_until(&nothing, &proc_lock, deadline);
	spin_unlock(&proc_lock);
	return err == ERR_AGAIN ? (err_t)ERR_OK : err;
}

/* Sleep for the time that P->again says; when a signal ends it, tell the rest. */
static sysret_t
sleep_on(struct proc *p)
{
	uint64_t now;
	struct linux_timespec rest;

	if (sleep_until(p->again.deadline) == ERR_OK)
		return ERR_OK;
	now = clock_now();
	if (now >= p->again.deadline)
		return ERR_OK;
	rest = timespec_from(p->again.deadline - now);
	if (p->again.addr != 0 && copy_to_user(p->again.addr, &rest, sizeof(rest)) != ERR_OK)
		return ERR_FAULT;
	return ERR_INTR_SLEEP;
}

static sysret_t
sleep_for(vaddr_t utime, vaddr_t urest)
{
	struct proc *p = proc_current();
	err_t err = deadline_from_user(utime, clock_now(), &p->again.deadline);

	p->again.go_on = sleep_on;
	p->again.addr = urest;
	return err == ERR_OK ? sleep_on(p) : (sysret_t)err;
}

sysret_t
sys_nanosleep(void *arg)
{
	return sleep_for(arg_u64(arg, 0), arg_u64(arg, 1));
}

/* clock_nanosleep(clock, flags, time, rest): other flags have no meaning on Linux either. */
sysret_t
sys_clock_nanosleep(void *arg)
{
	int id = arg_int(arg, 0);
	vaddr_t utime = arg_u64(arg, 2);
	uint64_t deadline, epoch = clock_epoch();
	err_t err;

	if (id != CLOCK_REALTIME && id != CLOCK_MONOTONIC && id != CLOCK_BOOTTIME)
		return ERR_INVAL;
	if ((arg_int(arg, 1) & TIMER_ABSTIME) == 0)
		return sleep_for(utime, arg_u64(arg, 3));
	if ((err = deadline_from_user(utime, 0, &deadline)) != ERR_OK)
		return err;
	if (id == CLOCK_REALTIME && deadline != NEVER)
		deadline = deadline > epoch ? deadline - epoch : 0;
	return sleep_until(deadline) == ERR_OK ? ERR_OK : ERR_INTR_ONCE;
}

/* restart_syscall(2): the rest of a sleep, or of a poll. */
sysret_t
sys_restart_syscall(void *arg)
{
	struct proc *p = proc_current();

	(void)arg;
	return p->again.go_on != NULL ? p->again.go_on(p) : (sysret_t)ERR_INTR_NEVER;
}

/* --- alarms --- */

static void
alarm_expire(struct timer *t)
{
	struct proc *p = container_of(t, struct proc, alarm);
	struct signal_info info = { .sig = SIGALRM, .code = SI_KERNEL };

	spin_lock(&proc_lock);
	signal_send_locked(p, &info);
	spin_unlock(&proc_lock);
	if (p->alarm_interval != 0)
		timer_start(t, max(t->deadline + p->alarm_interval, clock_now() + 1));
}

/* What is left until the alarm, rounded up to a microsecond; 0: there is none. */
static uint64_t
alarm_left(const struct proc *p)
{
	uint64_t now;

	if (!timer_running(&p->alarm))
		return 0;
	now = clock_now();
	return max(p->alarm.deadline, now + NSEC_PER_USEC) - now;
}

/* SIGALRM in NS nanoseconds (0: never), and then every INTERVAL. */
static void
alarm_set(struct proc *p, uint64_t ns, uint64_t interval)
{
	uint64_t deadline;

	timer_stop(&p->alarm);
	p->alarm_interval = interval;
	p->alarm.expire = alarm_expire;
	if (ns == 0)
		return;
	if (__builtin_add_overflow(clock_now(), ns, &deadline))
		deadline = NEVER;
	timer_start(&p->alarm, deadline);
}

/* alarm(seconds).  => the seconds that were left of the alarm before, rounded, but not to 0 */
sysret_t
sys_alarm(void *arg)
{
	struct proc *p = proc_current();
	uint64_t left = alarm_left(p);
	uint64_t seconds = (left + NSEC_PER_SEC / 2) / NSEC_PER_SEC;

	alarm_set(p, (uint32_t)arg_u64(arg, 0) * NSEC_PER_SEC, 0);
	return left != 0 && seconds == 0 ? 1 : seconds;
}

struct linux_timeval
timeval_from(uint64_t ns)
{
	return (struct linux_timeval){
		.tv_sec = ns / NSEC_PER_SEC,
		.tv_usec = ns % NSEC_PER_SEC / NSEC_PER_USEC,
	};
}

static err_t
timeval_to(const struct linux_timeval *tv, uint64_t *ns)
{
	if (tv->tv_usec < 0 || tv->tv_usec >= (int64_t)USEC_PER_SEC)
		return ERR_INVAL;
	return deadline_after(0, tv->tv_sec, tv->tv_usec * (int64_t)NSEC_PER_USEC, ns);
}

static err_t
alarm_to_user(const struct proc *p, vaddr_t addr)
{
	const struct linux_itimerval value = {
		.it_interval = timeval_from(p->alarm_interval),
		.it_value = timeval_from(alarm_left(p)),
	};

	return copy_to_user(addr, &value, sizeof(value));
}

/* setitimer(which, new, old): ITIMER_REAL only. */
sysret_t
sys_setitimer(void *arg)
{
	struct proc *p = proc_current();
	vaddr_t unew = arg_u64(arg, 1), uold = arg_u64(arg, 2);
	struct linux_itimerval set = { .it_value = { 0, 0 } };	/* no address: as if zero */
	uint64_t ns, interval;
	err_t err;

	if (unew != 0 && copy_from_user(&set, unew, sizeof(set)) != ERR_OK)
		return ERR_FAULT;
	if (arg_int(arg, 0) != ITIMER_REAL)
		return ERR_INVAL;
	if ((err = timeval_to(&set.it_value, &ns)) != ERR_OK ||
	    (err = timeval_to(&set.it_interval, &interval)) != ERR_OK)
		return err;
	if (uold != 0 && (err = alarm_to_user(p, uold)) != ERR_OK)
		return err;
	alarm_set(p, ns, interval);
	return ERR_OK;
}

sysret_t
sys_getitimer(void *arg)
{
	if (arg_int(arg, 0) != ITIMER_REAL)
		return ERR_INVAL;
	return alarm_to_user(proc_current(), arg_u64(arg, 1));
}
