/* SPDX-License-Identifier: MIT */
/* Calls about processes, time and limits by their numbers, with good and bad arguments. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/times.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "calls.h"

static volatile int got, code, told;

static void
handler(int sig, siginfo_t *info, void *context)
{
	(void)context;
	got = sig;
	code = info->si_code;
	told = info->si_value.sival_int;
}

static void
clocks(void)
{
	struct timeval tv = { 0, 0 };
	struct timespec ts = { 0, 0 }, res;
	struct itimerval it = { { 0, 0 }, { 100, 0 } }, old;
	struct tms tms;

	CALL(gettimeofday, &tv, NULL);
	CALL(clock_gettime, CLOCK_REALTIME, &ts);
	printf("same second: %d", ts.tv_sec - tv.tv_sec <= 1);
	printf(" %d\n", syscall(SYS_time, NULL) - tv.tv_sec <= 1);
	CALL(clock_gettime, 99, &ts);
	CALL(clock_getres, CLOCK_MONOTONIC, &res);
	printf("resolution: %ld.%09ld\n", (long)res.tv_sec, res.tv_nsec);
	CALL(clock_getres, 99, &res);
	CALL(setitimer, ITIMER_REAL, &it, NULL);
	CALL(getitimer, ITIMER_REAL, &old);
	printf("left: %d\n", old.it_value.tv_sec >= 98 && old.it_value.tv_sec <= 100);
	printf("alarm: %d\n", syscall(SYS_alarm, 0) >= 99);
	CALL(getitimer, 7, &old);
	ts = (struct timespec){ 0, 2000000000 };
	CALL(clock_nanosleep, CLOCK_MONOTONIC, 0, &ts, NULL);
	CALL(nanosleep, &ts, NULL);
	printf("times: %d\n", syscall(SYS_times, &tms) > 0);
	printf("no child has used any: %d\n", (int)tms.tms_cutime);
}

static void
identity(void)
{
	struct utsname uts;
	struct rlimit limit;
	struct rusage usage;
	pid_t pid = (pid_t)syscall(SYS_getpid);

	printf("a session of its own: %d", (int)(syscall(SYS_setsid) == pid));
	printf(" %d %d\n", (int)(syscall(SYS_getsid, 0) == pid),
	    (int)(syscall(SYS_getpgrp) == pid));
	printf("group: %d\n", (int)(syscall(SYS_getpgid, 0) == pid));
	CALL(getpgid, 999999);
	CALL(getsid, 999999);
	CALL(setpgid, 0, 0);
	printf("thread: %d\n", (int)(syscall(SYS_gettid) == pid));
	CALL(getuid);
	CALL(geteuid);
	CALL(getgid);
	CALL(getegid);
	CALL(uname, &uts);
	CALL(getrlimit, RLIMIT_CORE, &limit);
	CALL(getrlimit, 99, &limit);
	CALL(getrusage, RUSAGE_SELF, &usage);
	printf("faults: %d\n", usage.ru_minflt > 0);
	CALL(getrusage, 5, &usage);
}

static void
signals(void)
{
	struct sigaction sa = { .sa_sigaction = handler, .sa_flags = SA_SIGINFO };
	siginfo_t info = { .si_code = SI_QUEUE };
	pid_t pid = getpid();

	sigaction(SIGRTMIN, &sa, NULL);
	info.si_value.sival_int = 77;
	CALL(rt_sigqueueinfo, pid, SIGRTMIN, &info);
	printf("queued: %d %d %d\n", got == SIGRTMIN, code, told);
	info.si_code = SI_USER;
	CALL(rt_sigqueueinfo, pid + 1000, SIGRTMIN, &info);
	CALL(tkill, pid, SIGRTMIN);
	printf("from tkill: %d\n", code);
	CALL(tgkill, pid, pid, SIGRTMIN);
	CALL(tgkill, pid, -1, SIGRTMIN);
	CALL(kill, pid, 65);
	CALL(kill, 999999, 0);
}

static void
children(void)
{
	siginfo_t info;
	pid_t pid = (pid_t)syscall(SYS_fork);

	if (pid == 0)
		syscall(SYS_exit, 300);
	memset(&info, 0, sizeof(info));
	CALL(waitid, P_PID, pid, &info, WEXITED | WNOWAIT, NULL);
	printf("%d %d %d %d\n", info.si_signo, info.si_code, info.si_status, info.si_pid == pid);
	CALL(waitid, P_PID, pid, &info, WEXITED, NULL);
	CALL(waitid, P_ALL, 0, &info, WEXITED, NULL);
	CALL(waitid, P_ALL, 0, &info, 0, NULL);
	pid = (pid_t)syscall(SYS_vfork);
	if (pid == 0)
		syscall(SYS_exit_group, 4);
	printf("wait4: %d", (int)(syscall(SYS_wait4, -1, &got, 0, NULL) == pid));
	printf(" %x\n", got);
	CALL(wait4, -1, NULL, 0x40, NULL);
}

int
main(int argc, char **argv)
{
	char *args[] = { argv[0], "again", NULL }, *env[] = { NULL };
	int fd, status;

	setvbuf(stdout, NULL, _IONBF, 0);
	if (argc > 1) {
		printf("again\n");
		return 0;
	}
	clocks();
	if (fork() == 0) {
		identity();
		_exit(0);
	}
	wait(NULL);
	signals();
	children();
	printf("random: %ld\n", syscall(SYS_getrandom, args, 0, 0));
	CALL(getrandom, &status, 4, 64);
	CALL(sched_yield);
	printf("a CPU: %d\n", syscall(SYS_sched_getaffinity, 0, sizeof(long), &fd) > 0);
	fd = open(argv[0], O_RDONLY);
	CALL(execveat, AT_FDCWD, "none", args, env, 0);
	fflush(stdout);
	syscall(SYS_execveat, fd, "", args, env, AT_EMPTY_PATH);
	return 1;
}
