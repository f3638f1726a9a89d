/* SPDX-License-Identifier: MIT */
/* S: ids, scheduling, and single calls that programs try. */
#include "harness.h"

#include <sched.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define NO_PROCESS	0x3fffffff

#define CAPABILITY_V3	0x20080522u

struct cap_header {
	unsigned version;
	int pid;
};

struct cap_data {
	unsigned effective, permitted, inheritable;
};

BEHAVIOUR(S1_1, "real, effective, saved, set again to what they are, and to -1")
{
	unsigned id[6];

	say("%s", outcome(sys(SYS_getresuid, &id[0], &id[1], &id[2])));
	say("%s", outcome(sys(SYS_getresgid, &id[3], &id[4], &id[5])));
	say("%s", same(id[0] == id[1] && id[1] == id[2] && (long)id[0] == sys(SYS_getuid) &&
	    (long)id[1] == sys(SYS_geteuid)));
	say("%s", same(id[3] == id[4] && id[4] == id[5] && (long)id[3] == sys(SYS_getgid) &&
	    (long)id[4] == sys(SYS_getegid)));
	say("%s", outcome(sys(SYS_setuid, id[0])));
	say("%s", outcome(sys(SYS_setgid, id[3])));
	say("%s", outcome(sys(SYS_setreuid, -1, id[1])));
	say("%s", outcome(sys(SYS_setregid, id[3], -1)));
	say("%s", outcome(sys(SYS_setresuid, -1, -1, -1)));
	say("%s", outcome(sys(SYS_setresgid, id[3], id[4], id[5])));
	say("%s", same(sys(SYS_setfsuid, -1) == (long)id[0]));
	say("%s", same(sys(SYS_setfsgid, -1) == (long)id[3]));
}

BEHAVIOUR(S1_2, "setuid and setgid to -1, ids to a bad address")
{
	unsigned id;

	say("%s", outcome(sys(SYS_setuid, -1)));
	say("%s", outcome(sys(SYS_setgid, -1)));
	say("%s", outcome(sys(SYS_getresuid, &id, &id, 8)));
	say("%s", outcome(sys(SYS_getresgid, 8, &id, &id)));
}

BEHAVIOUR(S1_3, "how many further groups there are, a negative size")
{
	say("%s", number(sys(SYS_getgroups, 0, NULL)));
	say("%s", number(sys(SYS_getgroups, 10, NULL)));
	say("%s", outcome(sys(SYS_getgroups, -1, NULL)));
}

BEHAVIOUR(S2_1, "capget: the version, a wrong version, no data, no process, bad addresses")
{
	struct cap_header header = { CAPABILITY_V3, 0 };
	struct cap_data data[2];

	say("%s", outcome(sys(SYS_capget, &header, data)));
	header.version = 1;
	say("%s", outcome(sys(SYS_capget, &header, NULL)));
	say("%x", header.version);
	header.version = 1;
	say("%s", outcome(sys(SYS_capget, &header, data)));
	say("%x", header.version);
	header.pid = NO_PROCESS;
	say("%s", outcome(sys(SYS_capget, &header, data)));
	header.pid = -1;
	say("%s", outcome(sys(SYS_capget, &header, data)));
	header.pid = 0;
	say("%s", outcome(sys(SYS_capget, &header, 8)));
	say("%s", outcome(sys(SYS_capget, 8, data)));
}

BEHAVIOUR(S2_2, "capset to what there is, to more inheritable ones, of another process")
{
	struct cap_header header = { CAPABILITY_V3, 0 };
	struct cap_data data[2];

	sys(SYS_capget, &header, data);
	say("%s", outcome(sys(SYS_capset, &header, data)));
	header.pid = 1;
	say("%s", outcome(sys(SYS_capset, &header, data)));
}

BEHAVIOUR(S3_1, "the policy, its priority, and setting them again")
{
	struct sched_param param = { .sched_priority = 5 };

	say("%s", number(sys(SYS_sched_getscheduler, 0)));
	say("%s", outcome(sys(SYS_sched_getparam, 0, &param)));
	say("%d", param.sched_priority);
	say("%s", outcome(sys(SYS_sched_setscheduler, 0, SCHED_OTHER, &param)));
	say("%s", outcome(sys(SYS_sched_setparam, 0, &param)));
	param.sched_priority = 1;
	say("%s", outcome(sys(SYS_sched_setscheduler, 0, SCHED_OTHER, &param)));
	say("%s", outcome(sys(SYS_sched_setparam, 0, &param)));
	say("%s", outcome(sys(SYS_sched_setscheduler, 0, SCHED_FIFO, &param)));
	say("%s", outcome(sys(SYS_sched_setscheduler, 0, SCHED_RR, &param)));
	param.sched_priority = 100;
	say("%s", outcome(sys(SYS_sched_setscheduler, 0, SCHED_RR, &param)));
	say("%s", outcome(sys(SYS_sched_setscheduler, 0, 77, &param)));
}

BEHAVIOUR(S3_2, "policies: no process, a negative one, no address, a bad one")
{
	struct sched_param param = { .sched_priority = 0 };

	say("%s", outcome(sys(SYS_sched_getscheduler, NO_PROCESS)));
	say("%s", outcome(sys(SYS_sched_getscheduler, -1)));
	say("%s", outcome(sys(SYS_sched_setscheduler, NO_PROCESS, SCHED_OTHER, &param)));
	say("%s", outcome(sys(SYS_sched_setscheduler, -1, SCHED_OTHER, &param)));
	say("%s", outcome(sys(SYS_sched_getparam, 0, NULL)));
	say("%s", outcome(sys(SYS_sched_getparam, 0, 8)));
	say("%s", outcome(sys(SYS_sched_getparam, NO_PROCESS, &param)));
	say("%s", outcome(sys(SYS_sched_setscheduler, 0, SCHED_OTHER, NULL)));
	say("%s", outcome(sys(SYS_sched_setscheduler, 0, SCHED_OTHER, 8)));
	say("%s", outcome(sys(SYS_sched_rr_get_interval, -1, &param)));
}

BEHAVIOUR(S3_3, "the highest and lowest priority of policies 0 to 7 and -1")
{
	for (int policy = 0; policy < 8; policy++)
		say("%s %s", number(sys(SYS_sched_get_priority_max, policy)),
		    number(sys(SYS_sched_get_priority_min, policy)));
	say("%s", outcome(sys(SYS_sched_get_priority_max, -1)));
}

BEHAVIOUR(S3_4, "affinity: set to the first CPU, to none, to one that is not, of no process")
{
	unsigned long mask = 1;

	say("%s", outcome(sys(SYS_sched_setaffinity, 0, sizeof(mask), &mask)));
	say("%s", number(sys(SYS_sched_getaffinity, 0, sizeof(mask), &mask)));
	say("%lx", mask);
	mask = 0;
	say("%s", outcome(sys(SYS_sched_setaffinity, 0, sizeof(mask), &mask)));
	mask = 1UL << 63;
	say("%s", outcome(sys(SYS_sched_setaffinity, 0, sizeof(mask), &mask)));
	mask = 1;
	say("%s", outcome(sys(SYS_sched_setaffinity, NO_PROCESS, sizeof(mask), &mask)));
	say("%s", outcome(sys(SYS_sched_setaffinity, 0, sizeof(mask), 8)));
}

BEHAVIOUR(S3_5, "getcpu: where, to null, to a bad address")
{
	unsigned cpu = 7, node = 7;

	say("%s", outcome(sys(SYS_getcpu, &cpu, &node, NULL)));
	say("%u, %u", cpu, node);
	say("%s", outcome(sys(SYS_getcpu, NULL, NULL, NULL)));
	say("%s", outcome(sys(SYS_getcpu, 8, NULL, NULL)));
}

static int
tell_nice(void *arg)
{
	(void)arg;
	return (int)sys(SYS_getpriority, PRIO_PROCESS, 0);
}

BEHAVIOUR(S4_1, "nice value, raised, too far, in a child, of the group")
{
	say("%s", number(sys(SYS_getpriority, PRIO_PROCESS, 0)));
	say("%s", outcome(sys(SYS_setpriority, PRIO_PROCESS, 0, 5)));
	say("%s", number(sys(SYS_getpriority, PRIO_PROCESS, 0)));
	say("%s", ended(in_child(tell_nice, NULL)));
	say("%s", outcome(sys(SYS_setpriority, PRIO_PROCESS, getpid(), 100)));
	say("%s", number(sys(SYS_getpriority, PRIO_PROCESS, getpid())));
	sys(SYS_setpgid, 0, 0);
	say("%s", number(sys(SYS_getpriority, PRIO_PGRP, 0)));
	say("%s", number(sys(SYS_getpriority, PRIO_PGRP, getpid())));
}

BEHAVIOUR(S4_2, "nice value of no process, group, user, of a wrong kind")
{
	say("%s", outcome(sys(SYS_getpriority, PRIO_PROCESS, NO_PROCESS)));
	say("%s", outcome(sys(SYS_setpriority, PRIO_PROCESS, NO_PROCESS, 3)));
	say("%s", outcome(sys(SYS_getpriority, PRIO_PGRP, NO_PROCESS)));
	say("%s", outcome(sys(SYS_getpriority, PRIO_USER, NO_PROCESS)));
	say("%s", outcome(sys(SYS_getpriority, 3, 0)));
	say("%s", outcome(sys(SYS_getpriority, -1, 0)));
}

BEHAVIOUR(S5_1, "a name, a longer one, after a bad address")
{
	char name[16];

	memset(name, 'x', sizeof(name));
	say("%s", outcome(sys(SYS_prctl, PR_SET_NAME, "short")));
	say("%s, %s", outcome(sys(SYS_prctl, PR_GET_NAME, name)), name);
	say("%s", same(name[15] == '\0'));
	say("%s", outcome(sys(SYS_prctl, PR_SET_NAME, "a name that is too long")));
	say("%s, %s", outcome(sys(SYS_prctl, PR_GET_NAME, name)), name);
	say("%s", outcome(sys(SYS_prctl, PR_SET_NAME, 8)));
	say("%s", outcome(sys(SYS_prctl, PR_GET_NAME, 8)));
}

BEHAVIOUR(S5_2, "flags of prctl: dumpable, no new privileges, huge pages, seccomp")
{
	say("%s", number(sys(SYS_prctl, PR_SET_DUMPABLE, 0)));
	say("%s", number(sys(SYS_prctl, PR_GET_DUMPABLE)));
	say("%s", number(sys(SYS_prctl, PR_SET_DUMPABLE, 1)));
	say("%s", number(sys(SYS_prctl, PR_GET_DUMPABLE)));
	say("%s", number(sys(SYS_prctl, PR_SET_DUMPABLE, 2)));
	say("%s", number(sys(SYS_prctl, PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0)));
	say("%s", number(sys(SYS_prctl, PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0)));
	say("%s", number(sys(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)));
	say("%s", number(sys(SYS_prctl, PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0)));
	say("%s", number(sys(SYS_prctl, PR_GET_NO_NEW_PRIVS, 1, 0, 0, 0)));
	say("%s", number(sys(SYS_prctl, PR_SET_THP_DISABLE, 1, 0, 0, 0)));
	say("%s", number(sys(SYS_prctl, PR_GET_THP_DISABLE, 0, 0, 0, 0)));
	say("%s", number(sys(SYS_prctl, PR_GET_SECCOMP)));
	say("%s", number(sys(SYS_prctl, PR_CAPBSET_READ, 0)));
	say("%s", number(sys(SYS_prctl, PR_CAPBSET_READ, 63)));
	say("%s", number(sys(SYS_prctl, 12345)));
}

/* A child that asks for a signal at its parent's end, and waits for it. */
static int
orphan_maker(void *arg)
{
	int *fds = arg;
	long pid = sys(SYS_fork);
	char byte = 'x';

	if (pid != 0) {
		sys(SYS_read, fds[0], &byte, 1);
		return 0;
	}
	sys(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL);
	sys(SYS_write, fds[1], &byte, 1);
	for (;;)
		sys(SYS_pause);
}

BEHAVIOUR(S5_3, "a signal at the parent's end: asked for, a bad one, in a child, sent")
{
	int fds[2], end[2], sig = 7;
	char byte;

	say("%s", outcome(sys(SYS_prctl, PR_SET_PDEATHSIG, 65)));
	say("%s", outcome(sys(SYS_prctl, PR_SET_PDEATHSIG, SIGUSR1)));
	say("%s", outcome(sys(SYS_prctl, PR_GET_PDEATHSIG, &sig)));
	say("%d", sig);
	sys(SYS_pipe, fds);
	sys(SYS_pipe, end);
	say("%s", ended(in_child(orphan_maker, fds)));
	sys(SYS_close, end[1]);
	sys(SYS_close, fds[1]);
	say("%s", number(sys(SYS_read, end[0], &byte, 1)));	/* when the orphan is gone */
}

BEHAVIOUR(S5_4, "personality: asked for, set, set back")
{
	long old = sys(SYS_personality, 0xffffffff);

	say("%lx", old);
	say("%lx", sys(SYS_personality, PER_LINUX));
	say("%lx", sys(SYS_personality, ADDR_NO_RANDOMIZE));
	say("%lx", sys(SYS_personality, 0xffffffff));
}

BEHAVIOUR(S6_1, "mlock of 4 pages, resident, over a hole, of nothing")
{
	char *at = window(4);

	map(at, 4 * P, RW, FIXED);
	say("%s", outcome(sys(SYS_mlock, at + 1, 3 * P)));
	say("%ld", resident(at, 4));
	say("%s", outcome(sys(SYS_munlock, at, 4 * P)));
	say("%s", outcome(sys(SYS_mlock2, at, 4 * P, 77)));
	unmap(at + P, P);
	say("%s", outcome(sys(SYS_mlock, at, 4 * P)));
	say("%s", outcome(sys(SYS_munlock, at, 4 * P)));
	say("%s", outcome(sys(SYS_mlock, at, 0)));
}

BEHAVIOUR(S7_1, "membarrier: unknown, with flags, for everybody")
{
	say("%s", outcome(sys(SYS_membarrier, 77, 0, 0)));
	say("%s", outcome(sys(SYS_membarrier, 0, 5, 0)));
	say("%s", outcome(sys(SYS_membarrier, 1, 0, 0)));
}

BEHAVIOUR(S7_2, "a socket of a family that there is not")
{
	say("%s", outcome(sys(SYS_socket, 200, SOCK_STREAM, 0)));
}
