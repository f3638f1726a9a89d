/* SPDX-License-Identifier: MIT */
/* Q1 to Q3: processes that stop and go on, groups and sessions, SIGPIPE; without a terminal. */
#include "harness.h"

#include <stdio.h>
#include <sys/wait.h>

static int
wait_to_be_killed(void *arg)
{
	(void)arg;
	sys(SYS_setpgid, 0, 0);
	while (sys(SYS_pause) == -EINTR)
		continue;
	return 9;
}

/* A child in a group of its own. */
static long
sleeper(void)
{
	long pid = start(wait_to_be_killed, NULL);

	sys(SYS_setpgid, pid, pid);
	return pid;
}

/* The wait status that wait4 with OPTIONS gives, or what else it says. */
static const char *
status_of(long pid, int options)
{
	int status = 0x7777;
	long got = sys(SYS_wait4, pid, &status, options, NULL);

	if (got != pid)
		return number(got);
	return text("%x", status);
}

static void
end(long pid)
{
	sys(SYS_kill, pid, SIGKILL);
	say("%s", status_of(pid, 0));
}

BEHAVIOUR(Q1_1, "a child stops, by each signal, and goes on: wait4")
{
	static const int sigs[] = { SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU };
	long pid = sleeper();

	for (size_t i = 0; i < array_len(sigs); i++) {
		sys(SYS_kill, pid, sigs[i]);
		say("%s", status_of(pid, WUNTRACED));
		say("%s", status_of(pid, WUNTRACED | WNOHANG));
		sys(SYS_kill, pid, SIGCONT);
		say("%s", status_of(pid, WCONTINUED));
		say("%s", status_of(pid, WCONTINUED | WUNTRACED | WNOHANG));
	}
	end(pid);
}

BEHAVIOUR(Q1_10, "the group that cannot be: wait4, kill")
{
	say("%s, %s", number(sys(SYS_wait4, INT32_MIN, NULL, 0, NULL)),
	    number(sys(SYS_kill, INT32_MIN, 0)));
}

BEHAVIOUR(Q1_2, "a child stops and goes on: waitid")
{
	long pid = sleeper();
	siginfo_t info;

	sys(SYS_kill, pid, SIGSTOP);
	say("%s", outcome(sys(SYS_waitid, P_PID, pid, &info, WSTOPPED | WNOWAIT, NULL)));
	say("%d %d", info.si_code, info.si_status);
	say("%s", outcome(sys(SYS_waitid, P_PGID, pid, &info, WSTOPPED, NULL)));
	say("%d", info.si_status);
	sys(SYS_kill, pid, SIGCONT);
	say("%s", outcome(sys(SYS_waitid, P_ALL, 0, &info, WCONTINUED, NULL)));
	say("%d %d", info.si_code, info.si_status);
	say("%s", outcome(sys(SYS_waitid, P_PID, pid, &info, WSTOPPED | WNOHANG, NULL)));
	say("%d", info.si_signo);
	end(pid);
}

static void
sigchld_of_stop(unsigned long flags)
{
	long pid = sleeper();

	handled = 0;
	count_signal(SIGCHLD, flags);
	sys(SYS_kill, pid, SIGSTOP);
	while (sys(SYS_wait4, pid, NULL, WUNTRACED, NULL) == -EINTR)
		continue;
	say("%d", handled);
	sys(SYS_kill, pid, SIGCONT);
	while (sys(SYS_wait4, pid, NULL, WCONTINUED, NULL) == -EINTR)
		continue;
	sleep_ms(20);
	say("%d", handled);
	sys(SYS_kill, pid, SIGKILL);
	while (sys(SYS_wait4, pid, NULL, 0, NULL) == -EINTR)
		continue;
	say("%d", handled);
}

BEHAVIOUR(Q1_3, "SIGCHLD when a child stops, goes on, ends; with SA_NOCLDSTOP")
{
	sigchld_of_stop(0);
	sigchld_of_stop(SA_NOCLDSTOP);
}

static int
stop_in_new_session(void *arg)
{
	(void)arg;
	sys(SYS_setsid);
	sys(SYS_kill, sys(SYS_getpid), SIGTSTP);
	sys(SYS_kill, sys(SYS_getpid), SIGTTIN);
	sys(SYS_kill, sys(SYS_getpid), SIGTTOU);
	return 3;
}

BEHAVIOUR(Q1_4, "an orphaned group does not stop by SIGTSTP, SIGTTIN, SIGTTOU")
{
	say("%s", status_of(start(stop_in_new_session, NULL), WUNTRACED));
}

BEHAVIOUR(Q1_5, "stopped: SIGTERM waits, SIGKILL does not")
{
	long pid = sleeper();

	sys(SYS_kill, pid, SIGSTOP);
	say("%s", status_of(pid, WUNTRACED));
	sys(SYS_kill, pid, SIGTERM);
	sleep_ms(20);
	say("%s", status_of(pid, WNOHANG));
	sys(SYS_kill, pid, SIGCONT);
	say("%s", status_of(pid, 0));
	pid = sleeper();
	sys(SYS_kill, pid, SIGSTOP);
	say("%s", status_of(pid, WUNTRACED));
	end(pid);
}

static int
tell_hangup(void *arg)
{
	(void)arg;
	sys(SYS_setpgid, 0, 0);
	count_signal(SIGHUP, 0);
	while (handled == 0)
		sys(SYS_pause);
	sys(SYS_write, wr, "h", 1);
	return 0;
}

static int
leave_stopped_child(void *arg)
{
	long pid;

	(void)arg;
	sys(SYS_setsid);
	pid = start(tell_hangup, NULL);
	sleep_ms(20);
	sys(SYS_kill, pid, SIGSTOP);
	sys(SYS_wait4, pid, NULL, WUNTRACED, NULL);
	return 0;
}

BEHAVIOUR(Q1_6, "a stopped group that is orphaned gets SIGHUP and SIGCONT")
{
	char c = '-';
	int status;

	make_pipe();
	sys(SYS_fcntl, rd, F_SETFL, 0);
	status = wait_for(start(leave_stopped_child, NULL));
	sys(SYS_close, wr);
	say("%s", ended(status));
	say("%ld", sys(SYS_read, rd, &c, 1));
	say("%c", c);
}

BEHAVIOUR(Q1_7, "the state of a stopped process in /proc")
{
	char path[64], stat[256], *state;
	long pid = sleeper(), fd, n;

	sys(SYS_kill, pid, SIGSTOP);
	say("%s", status_of(pid, WUNTRACED));
	snprintf(path, sizeof(path), "/proc/%ld/stat", pid);
	fd = sys(SYS_open, path, O_RDONLY);
	n = sys(SYS_read, fd, stat, sizeof(stat) - 1);
	stat[n > 0 ? n : 0] = '\0';
	state = strrchr(stat, ')');
	say("%c", state != NULL ? state[2] : '?');
	end(pid);
}

static int
handle_cont(void *arg)
{
	unsigned long cont = 1UL << (SIGCONT - 1);

	count_signal(SIGCONT, 0);
	if (arg != NULL)
		sys(SYS_rt_sigprocmask, SIG_BLOCK, &cont, NULL, MASK);
	sys(SYS_kill, sys(SYS_getpid), SIGSTOP);
	return handled;
}

BEHAVIOUR(Q1_8, "SIGCONT with a handler, and blocked, lets a process go on")
{
	for (int blocked = 0; blocked < 2; blocked++) {
		long pid = start(handle_cont, blocked ? "" : NULL);

		say("%s", status_of(pid, WUNTRACED));
		sys(SYS_kill, pid, SIGCONT);
		say("%s", ended(wait_for(pid)));
	}
}

static int
lend_memory(void *arg)
{
	struct timespec ts = { 0, 200000000 };

	(void)arg;
	if (sys(SYS_vfork) == 0) {
		while (sys(SYS_nanosleep, &ts, &ts) == -EINTR)
			continue;
		sys(SYS_write, wr, "x", 1);
		sys(SYS_exit, 0);
	}
	return 0;
}

BEHAVIOUR(Q1_9, "a parent in vfork is killed, its child goes on")
{
	long pid;
	char c = '-';

	make_pipe();
	sys(SYS_fcntl, rd, F_SETFL, 0);
	pid = start(lend_memory, NULL);
	sleep_ms(50);
	sys(SYS_kill, pid, SIGTERM);
	sleep_ms(20);
	say("%s", status_of(pid, WNOHANG));
	sys(SYS_kill, pid, SIGKILL);
	say("%s", status_of(pid, 0));
	sys(SYS_close, wr);
	say("%ld", sys(SYS_read, rd, &c, 1));
	say("%c", c);
}

BEHAVIOUR(Q2_1, "setpgid and its errors")
{
	long pid = sleeper();

	say("%s", same(sys(SYS_getpgid, pid) == pid));
	say("%s", outcome(sys(SYS_setpgid, pid, -1)));
	say("%s", outcome(sys(SYS_setpgid, 0x3fffffff, 0)));
	say("%s", outcome(sys(SYS_setpgid, sys(SYS_getppid), 0)));
	say("%s", outcome(sys(SYS_setpgid, pid, 0x3fffffff)));
	say("%s", outcome(sys(SYS_getpgid, 0x3fffffff)));
	say("%s", outcome(sys(SYS_getsid, 0x3fffffff)));
	end(pid);
}

BEHAVIOUR(Q2_2, "setsid, again, and setpgid of a leader")
{
	long self = sys(SYS_getpid);

	say("%s", same(sys(SYS_setsid) == self));
	say("%s", same(sys(SYS_getsid, 0) == self && sys(SYS_getpgrp) == self));
	say("%s", outcome(sys(SYS_setsid)));
	say("%s", outcome(sys(SYS_setpgid, 0, 0)));
}

BEHAVIOUR(Q2_3, "what only terminals know, asked of a pipe")
{
	int pgid = 1;

	sys(SYS_setsid);
	make_pipe();
	say("%s", outcome(sys(SYS_ioctl, rd, 0x5401, &pgid)));
	say("%s", outcome(sys(SYS_ioctl, rd, 0x540f, &pgid)));
	say("%s", outcome(sys(SYS_ioctl, rd, 0x5413, 8)));
}

BEHAVIOUR(Q2_4, "/dev/tty without a controlling terminal")
{
	int fd;

	sys(SYS_setsid);
	say("%s", outcome(sys(SYS_open, "/dev/tty", O_RDWR)));
	say("%s", outcome(sys(SYS_open, "/dev/tty", O_RDONLY | O_NOCTTY | O_NONBLOCK)));
	say("%s", outcome(sys(SYS_open, "/dev/tty", O_RDWR | O_CREAT | O_EXCL, 0600)));
	say("%s", outcome(sys(SYS_access, "/dev/tty", R_OK | W_OK)));
	fd = (int)sys(SYS_open, "/dev/tty", O_PATH);
	say("%s", fd >= 0 ? "ok" : outcome(fd));
	say("%s", outcome(sys(SYS_read, fd, &fd, 1)));
}

BEHAVIOUR(Q3_1, "a write to a pipe that nobody reads: SIGPIPE caught, ignored, default")
{
	make_pipe();
	sys(SYS_close, rd);
	count_signal(SIGPIPE, 0);
	say("%s", outcome(sys(SYS_write, wr, "x", 1)));
	say("%d", handled);
	ignore_signal(SIGPIPE);
	say("%s", outcome(sys(SYS_write, wr, "x", 1)));
	say("%s", outcome(sys(SYS_write, wr, "x", 0)));
}

static int
write_to_nobody(void *arg)
{
	(void)arg;
	make_pipe();
	sys(SYS_close, rd);
	sys(SYS_write, wr, "x", 1);
	return 0;
}

BEHAVIOUR(Q3_2, "SIGPIPE kills")
{
	say("%s", ended(wait_for(start(write_to_nobody, NULL))));
}

BEHAVIOUR(Q3_3, "a write of PIPE_BUF bytes is whole or not at all")
{
	static char page[2 * P];
	long n = 0;

	make_pipe();
	while (sys(SYS_write, wr, page, P) == (long)P)
		n++;
	say("%ld", n);
	sys(SYS_read, rd, page, P - 1);
	say("%s", outcome(sys(SYS_write, wr, page, P)));
	sys(SYS_read, rd, page, 1);
	say("%s", number(sys(SYS_write, wr, page, 2 * P)));
	say("%s", outcome(sys(SYS_write, wr, page, 1)));
}
