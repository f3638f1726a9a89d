/* SPDX-License-Identifier: MIT */
/*
 * Processes and time in the Linux x86-64 ABI: waiting, clone, clocks, limits, usage.
 * Shared with the user library, as abi.h is.  The manual pages are named beside each
 * group.
 */
#ifndef FAULTLINE_SYS_ABI_PROC_H
#define FAULTLINE_SYS_ABI_PROC_H

/* --- wait(2), waitid(2) --- */
#define WNOHANG		0x00000001
#define WUNTRACED	0x00000002
#define WSTOPPED	0x00000002
#define WEXITED		0x00000004
#define WCONTINUED	0x00000008
#define WNOWAIT		0x01000000
#define WNOTHREAD	0x20000000
#define WALL		0x40000000

#define P_ALL		0
#define P_PID		1
#define P_PGID		2

#define WIFEXITED(s)	(((s) & 0x7f) == 0)
#define WEXITSTATUS(s)	(((s) >> 8) & 0xff)
#define WIFSIGNALED(s)	(((s) & 0x7f) != 0 && ((s) & 0x7f) != 0x7f)
#define WTERMSIG(s)	((s) & 0x7f)
#define WIFSTOPPED(s)	(((s) & 0xff) == 0x7f)
#define WSTOPSIG(s)	WEXITSTATUS(s)
#define WIFCONTINUED(s)	((s) == 0xffff)

/* --- clone(2) --- */
#define CLONE_SIGNAL		0x000000ff	/* what the parent gets when the child ends */
#define CLONE_VM		0x00000100
#define CLONE_VFORK		0x00004000
#define CLONE_CHILD_CLEARTID	0x00200000
#define CLONE_CHILD_SETTID	0x01000000

/* --- clock_gettime(2), clock_nanosleep(2), setitimer(2) --- */
#define CLOCK_REALTIME		0
#define CLOCK_MONOTONIC		1
#define CLOCK_PROCESS_CPUTIME_ID	2
#define CLOCK_THREAD_CPUTIME_ID	3
#define CLOCK_MONOTONIC_RAW	4
#define CLOCK_REALTIME_COARSE	5
#define CLOCK_MONOTONIC_COARSE	6
#define CLOCK_BOOTTIME		7
#define TIMER_ABSTIME		1
#define ITIMER_REAL		0

/* --- getrlimit(2) --- */
#define RLIMIT_CPU		0
#define RLIMIT_FSIZE		1
#define RLIMIT_DATA		2
#define RLIMIT_STACK		3
#define RLIMIT_CORE		4
#define RLIMIT_RSS		5
#define RLIMIT_NPROC		6
#define RLIMIT_NOFILE		7
#define RLIMIT_MEMLOCK		8
#define RLIMIT_AS		9
#define RLIMIT_LOCKS		10
#define RLIMIT_SIGPENDING	11
#define RLIMIT_MSGQUEUE		12
#define RLIMIT_NICE		13
#define RLIMIT_RTPRIO		14
#define RLIMIT_RTTIME		15
#define RLIM_COUNT		16
#define RLIM_NONE		(~0ul)	/* RLIM_INFINITY */

/* --- getrusage(2), getrandom(2), futex(2) --- */
#define RUSAGE_SELF		0
#define RUSAGE_CHILDREN		(-1)
#define RUSAGE_THREAD		1

#define GRND_NONBLOCK		1
#define GRND_RANDOM		2
#define GRND_INSECURE		4

#define FUTEX_WAIT		0
#define FUTEX_WAKE		1
#define FUTEX_PRIVATE_FLAG	128

#ifndef __ASSEMBLER__
#include <stdint.h>

struct linux_timeval {
	int64_t tv_sec;
	int64_t tv_usec;
};

struct linux_itimerval {
	struct linux_timeval it_interval;
	struct linux_timeval it_value;
};

struct linux_tms {			/* times(2): in ticks of a hundredth of a second */
	int64_t tms_utime, tms_stime, tms_cutime, tms_cstime;
};

struct linux_rlimit {
	uint64_t cur;
	uint64_t max;
};

struct linux_rusage {
	struct linux_timeval ru_utime;
	struct linux_timeval ru_stime;
	int64_t ru_maxrss, ru_ixrss, ru_idrss, ru_isrss;
	int64_t ru_minflt, ru_majflt, ru_nswap;
	int64_t ru_inblock, ru_oublock, ru_msgsnd, ru_msgrcv, ru_nsignals;
	int64_t ru_nvcsw, ru_nivcsw;
};

_Static_assert(sizeof(struct linux_rusage) == 144, "struct rusage");

#endif /* !__ASSEMBLER__ */
#endif
