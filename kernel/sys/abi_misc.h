/* SPDX-License-Identifier: MIT */
/*
 * Scheduling, ids, capabilities and single calls in the Linux x86-64 ABI.  The manual pages
 * are named beside each group.
 */
#ifndef FAULTLINE_SYS_ABI_MISC_H
#define FAULTLINE_SYS_ABI_MISC_H

/* --- system-call numbers, syscalls(2) --- */
#define SYS_socket		41
#define SYS_socketpair		53
#define SYS_setuid		105
#define SYS_setgid		106
#define SYS_setreuid		113
#define SYS_setregid		114
#define SYS_getgroups		115
#define SYS_setgroups		116
#define SYS_setresuid		117
#define SYS_getresuid		118
#define SYS_setresgid		119
#define SYS_getresgid		120
#define SYS_setfsuid		122
#define SYS_setfsgid		123
#define SYS_capget		125
#define SYS_capset		126
#define SYS_personality		135
#define SYS_getpriority		140
#define SYS_setpriority		141
#define SYS_sched_setparam	142
#define SYS_sched_getparam	143
#define SYS_sched_setscheduler	144
#define SYS_sched_getscheduler	145
#define SYS_sched_get_priority_max	146
#define SYS_sched_get_priority_min	147
#define SYS_sched_rr_get_interval	148
#define SYS_mlock		149
#define SYS_munlock		150
#define SYS_prctl		157
#define SYS_sethostname		170
#define SYS_setdomainname	171
#define SYS_sched_setaffinity	203
#define SYS_getcpu		309
#define SYS_membarrier		324
#define SYS_mlock2		325

#define EAFNOSUPPORT	97

/* --- capabilities(7), capget(2) --- */
#define CAPABILITY_V1	0x19980330u	/* 32 capabilities */
#define CAPABILITY_V2	0x20071026u	/* 64, as V3 */
#define CAPABILITY_V3	0x20080522u
#define CAP_LAST	40

/* --- personality(2) --- */
#define ADDR_NO_RANDOMIZE	0x0040000u
#define PERSONALITY_ASK		0xffffffffu

/* --- getpriority(2), sched(7) --- */
#define PRIO_PROCESS	0
#define PRIO_PGRP	1
#define PRIO_USER	2
#define NICE_MIN	(-20)
#define NICE_MAX	19

#define SCHED_OTHER	0
#define SCHED_FIFO	1
#define SCHED_RR	2
#define SCHED_BATCH	3
#define SCHED_IDLE	5
#define SCHED_DEADLINE	6
#define SCHED_RESET_ON_FORK	0x40000000
#define SCHED_PRIORITY_MAX	99	/* of FIFO and RR */

/* --- prctl(2), membarrier(2), mlock2(2) --- */
#define PR_SET_PDEATHSIG	1
#define PR_GET_PDEATHSIG	2
#define PR_GET_DUMPABLE		3
#define PR_SET_DUMPABLE		4
#define PR_SET_NAME		15
#define PR_GET_NAME		16
#define PR_GET_SECCOMP		21
#define PR_CAPBSET_READ		23
#define PR_SET_NO_NEW_PRIVS	38
#define PR_GET_NO_NEW_PRIVS	39
#define PR_SET_THP_DISABLE	41
#define PR_GET_THP_DISABLE	42
#define COMM_LEN		16	/* of a process' name, with its end */

#define MEMBARRIER_CMD_QUERY	0
#define MEMBARRIER_CMD_GLOBAL	1

#define MLOCK_ONFAULT		1

#ifndef __ASSEMBLER__
#include <stdint.h>

struct linux_cap_header {
	uint32_t version;
	int32_t pid;
};

struct linux_cap_data {			/* V1: one of them; V3: two, the low half first */
	uint32_t effective, permitted, inheritable;
};

#endif /* !__ASSEMBLER__ */
#endif
