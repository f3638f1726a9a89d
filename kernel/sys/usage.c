/* SPDX-License-Identifier: MIT */
/*
 * Usage and limits of resources: getrusage, times, getrlimit, setrlimit, prlimit.
 *
 * Time on the CPU is all user time: the kernel does not look at the clock when it is
 * entered and left.
 */
#include "sys/usage.h"

#include "clock.h"
#include "lib/string.h"
#include "mm/usercopy.h"
#include "syscall.h"
#include "sys/abi_proc.h"
#include "x86/x86.h"

#define NSEC_PER_TICK	(NSEC_PER_SEC / 100)	/* AT_CLKTCK */
#define STACK_DEFAULT	(8ul << 20)
#define SIGPENDING_MAX	128

_Static_assert(PROC_LIMITS == RLIM_COUNT, "a limit for each resource");
_Static_assert(sizeof(struct limit) == sizeof(struct linux_rlimit), "the ABI's");

struct usage
usage_now(const struct proc *p)
{
	struct usage u = p->usage;

	if (p == proc_current())
		u.tsc += rdtsc() - p->since;
	return u;
}

err_t
usage_to_user(vaddr_t addr, const struct usage *u)
{
	uint64_t ns = clock_from_tsc(u->tsc);
	struct linux_rusage ru;

	memset(&ru, 0, sizeof(ru));
	ru.ru_utime.tv_sec = ns / NSEC_PER_SEC;
	ru.ru_utime.tv_usec = ns % NSEC_PER_SEC / NSEC_PER_USEC;
	ru.ru_minflt = u->faults;
	ru.ru_nvcsw = u->sleeps;
	ru.ru_nivcsw = u->yields;
	return copy_to_user(addr, &ru, sizeof(ru));
}

sysret_t
sys_getrusage(void *arg)
{
	struct proc *p = proc_current();
	struct usage u = p->children_usage;
	int who = arg_int(arg, 0);

	if (who == RUSAGE_SELF || who == RUSAGE_THREAD)
		u = usage_now(p);
	else if (who != RUSAGE_CHILDREN)
		return ERR_INVAL;
	return usage_to_user(arg_u64(arg, 1), &u);
}

/* times(buffer): NULL is no buffer.  => ticks since some time in the past */
sysret_t
sys_times(void *arg)
{
	struct proc *p = proc_current();
	struct usage u = usage_now(p);
	struct linux_tms tms = {
		.tms_utime = clock_from_tsc(u.tsc) / NSEC_PER_TICK,
		.tms_cutime = clock_from_tsc(p->children_usage.tsc) / NSEC_PER_TICK,
	};
	vaddr_t addr = arg_u64(arg, 0);

	if (addr != 0 && copy_to_user(addr, &tms, sizeof(tms)) != ERR_OK)
		return ERR_FAULT;
	return clock_now() / NSEC_PER_TICK;
}

void
limit_init(struct limit rlim[PROC_LIMITS])
{
	for (int i = 0; i < RLIM_COUNT; i++)
		rlim[i] = (struct limit){ RLIM_NONE, RLIM_NONE };
	rlim[RLIMIT_STACK].cur = STACK_DEFAULT;
	rlim[RLIMIT_CORE].cur = 0;
	rlim[RLIMIT_NOFILE] = (struct limit){ PROC_MAX_FILES, PROC_MAX_FILES };
	rlim[RLIMIT_SIGPENDING] = (struct limit){ SIGPENDING_MAX, SIGPENDING_MAX };
	rlim[RLIMIT_NICE] = rlim[RLIMIT_RTPRIO] = (struct limit){ 0, 0 };
}

/*
 * Is LIMIT one that we can keep?  A limit of time or of file size cannot be kept, and what
 * is not kept must not be promised.  Linux spares the superuser the others that are
 * not looked at here, and has no use for RSS, LOCKS and CORE (there are no core files).
 */
static err_t
limit_check(unsigned resource, const struct limit *limit)
{
	if (limit->cur > limit->max)
		return ERR_INVAL;
	switch (resource) {
	case RLIMIT_CPU:
	case RLIMIT_FSIZE:
	case RLIMIT_RTTIME:
		return limit->cur == RLIM_NONE ? ERR_OK : ERR_INVAL;
	case RLIMIT_NOFILE:
		return limit->max <= PROC_MAX_FILES ? ERR_OK : ERR_PERM;
	case RLIMIT_SIGPENDING:
		return limit->max <= SIGPENDING_MAX ? ERR_OK : ERR_PERM;
	default:
		return ERR_OK;
	}
}

/* AS keeps what it is asked for often. */
static void
limit_space(struct addrspace *as, unsigned resource, uint64_t limit)
{
	if (resource == RLIMIT_STACK)
		as->stack_limit = limit;
	if (resource == RLIMIT_AS)
		as->size_limit = limit;
}

/* Show process PID's (0: our) limit of RESOURCE, and then set it; NULL: do not. */
static err_t
limit_access(pid_t pid, unsigned resource, const struct limit *set,
    struct limit *old)
{
	struct proc *p;
	err_t err = ERR_OK;

	if (resource >= RLIM_COUNT)
		return ERR_INVAL;
	if (set != NULL)
		err = limit_check(resource, set);
	if (err != ERR_OK)
		return err;
	spin_lock(&proc_lock);
	p = pid == 0 ? proc_current() : proc_find_locked(pid);
	if (p == NULL) {
		err = ERR_SRCH;
	} else {
		*old = p->rlim[resource];
		if (set != NULL)
			p->rlim[resource] = *set;
		if (set != NULL && p->as != NULL && p->lender == NULL)
			limit_space(p->as, resource, set->cur);
	}
	spin_unlock(&proc_lock);
	return err;
}

/* prlimit64(pid, resource, new, old): either address may be NULL. */
static sysret_t
limit_call(pid_t pid, unsigned resource, vaddr_t unew, vaddr_t uold)
{
	struct limit set, old;
	err_t err;

	if (unew != 0 && copy_from_user(&set, unew, sizeof(set)) != ERR_OK)
		return ERR_FAULT;
	err = limit_access(pid, resource, unew != 0 ? &set : NULL, &old);
	if (err != ERR_OK || uold == 0)
		return err;
	return copy_to_user(uold, &old, sizeof(old));
}

sysret_t
sys_prlimit64(void *arg)
{
	return limit_call(arg_int(arg, 0), arg_int(arg, 1), arg_u64(arg, 2), arg_u64(arg, 3));
}

/* An address of 0 is a bad one here. */
sysret_t
sys_getrlimit(void *arg)
{
	struct limit old;
	err_t err = limit_access(0, arg_int(arg, 0), NULL, &old);

	return err == ERR_OK ? copy_to_user(arg_u64(arg, 1), &old, sizeof(old)) : err;
}

sysret_t
sys_setrlimit(void *arg)
{
	struct limit set, old;

	if (copy_from_user(&set, arg_u64(arg, 1), sizeof(set)) != ERR_OK)
		return ERR_FAULT;
	return limit_access(0, arg_int(arg, 0), &set, &old);
}
