/* SPDX-License-Identifier: MIT */
/* P4: select and pselect6, and what ioctl says about any descriptor. */
#include "harness.h"

#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/time.h>

static void
set(fd_set *s, int fd)
{
	memset(s, 0, sizeof(*s));
	FD_SET(fd, s);
}

BEHAVIOUR(P4_1, "select of a pipe with a byte: all three sets of both ends")
{
	fd_set in, out, ex;

	make_pipe();
	sys(SYS_write, wr, "x", 1);
	set(&in, rd);
	FD_SET(wr, &in);
	out = ex = in;
	say("%s", number(sys(SYS_select, wr + 1, &in, &out, &ex, NULL)));
	say("%d%d %d%d %d%d", FD_ISSET(rd, &in), FD_ISSET(wr, &in), FD_ISSET(rd, &out),
	    FD_ISSET(wr, &out), FD_ISSET(rd, &ex), FD_ISSET(wr, &ex));
}

BEHAVIOUR(P4_2, "select of a pipe whose other end has gone")
{
	struct timeval zero = { 0, 0 };
	fd_set in, out;

	make_pipe();
	sys(SYS_close, wr);
	set(&in, rd);
	out = in;
	say("%s", number(sys(SYS_select, rd + 1, &in, &out, NULL, &zero)));
	say("%d %d", FD_ISSET(rd, &in), FD_ISSET(rd, &out));
	make_pipe();
	sys(SYS_close, rd);
	set(&in, wr);
	out = in;
	say("%s", number(sys(SYS_select, wr + 1, &in, &out, NULL, &zero)));
	say("%d %d", FD_ISSET(wr, &in), FD_ISSET(wr, &out));
}

BEHAVIOUR(P4_3, "select: what is wrong with the arguments")
{
	struct timeval minus = { -1, 0 }, zero = { 0, 0 }, usec = { 0, -1 };
	fd_set in;

	set(&in, 50);
	say("%s", outcome(sys(SYS_select, 51, &in, NULL, NULL, &zero)));
	say("%d", FD_ISSET(50, &in));
	say("%s", outcome(sys(SYS_select, 50, &in, NULL, NULL, &zero)));
	say("%d", FD_ISSET(50, &in));
	say("%s", outcome(sys(SYS_select, -1, NULL, NULL, NULL, &zero)));
	say("%s", outcome(sys(SYS_select, 1, 8, NULL, NULL, &zero)));
	say("%s", outcome(sys(SYS_select, 0, 8, NULL, NULL, &zero)));
	say("%s", outcome(sys(SYS_select, 0, NULL, NULL, NULL, &minus)));
	say("%s", outcome(sys(SYS_select, 0, NULL, NULL, NULL, &usec)));
	say("%s", outcome(sys(SYS_select, 0, NULL, NULL, NULL, 8)));
}

BEHAVIOUR(P4_4, "select: the rest of the time")
{
	struct timeval tv = { 5, 2000000 };
	fd_set out;

	make_pipe();
	set(&out, wr);
	say("%s", number(sys(SYS_select, wr + 1, NULL, &out, NULL, &tv)));
	say("%s", yes(tv.tv_sec >= 0 && tv.tv_sec < 7));
	tv = (struct timeval){ 0, 20000 };
	set(&out, rd);
	say("%s", number(sys(SYS_select, rd + 1, &out, NULL, NULL, &tv)));
	say("%ld %ld, %d", (long)tv.tv_sec, (long)tv.tv_usec, FD_ISSET(rd, &out));
}

BEHAVIOUR(P4_5, "select and a signal: sets and time stay")
{
	struct timeval tv = { 5, 0 };
	fd_set in;

	make_pipe();
	set(&in, rd);
	count_signal(SIGALRM, SA_RESTART);
	alarm_in_ms(20);
	say("%s", outcome(sys(SYS_select, rd + 1, &in, NULL, NULL, &tv)));
	say("%d, %s, %d", FD_ISSET(rd, &in), yes(tv.tv_sec >= 0 && tv.tv_sec < 5), handled);
}

BEHAVIOUR(P4_6, "select waits for a byte, after a look at others")
{
	fd_set in;
	int first;
	long pid;

	make_pipe();
	first = rd;
	make_pipe();
	set(&in, rd);
	FD_SET(first, &in);
	pid = start(write_later, NULL);
	say("%s", number(sys(SYS_select, wr + 1, &in, NULL, NULL, NULL)));
	say("%d %d", FD_ISSET(first, &in), FD_ISSET(rd, &in));
	wait_for(pid);
}

BEHAVIOUR(P4_7, "pselect6: mask and size, and the rest of the time")
{
	unsigned long alarm = 1UL << (SIGALRM - 1), none = 0;
	struct { unsigned long *mask; size_t size; } arg = { &none, MASK };
	struct timespec ts = { 9, 0 };

	count_signal(SIGALRM, 0);
	sys(SYS_rt_sigprocmask, SIG_SETMASK, &alarm, NULL, MASK);
	sys(SYS_kill, sys(SYS_getpid), SIGALRM);
	say("%s", outcome(sys(SYS_pselect6, 0, NULL, NULL, NULL, &ts, &arg)));
	say("%d, %s", handled, yes(ts.tv_sec >= 0 && ts.tv_sec < 9));
	arg.size = 4;
	say("%s", outcome(sys(SYS_pselect6, 0, NULL, NULL, NULL, &ts, &arg)));
	say("%s", outcome(sys(SYS_pselect6, 0, NULL, NULL, NULL, &ts, 8)));
	arg.mask = NULL;
	ts = (struct timespec){ 0, 0 };
	say("%s", outcome(sys(SYS_pselect6, 0, NULL, NULL, NULL, &ts, &arg)));
	say("%s", outcome(sys(SYS_pselect6, -1, NULL, NULL, NULL, &ts, NULL)));
}

BEHAVIOUR(P4_8, "FIONREAD of a pipe, a file, a directory")
{
	int n = -1, fd = file("f", 100);

	make_pipe();
	sys(SYS_write, wr, "12345", 5);
	say("%s", outcome(sys(SYS_ioctl, rd, FIONREAD, &n)));
	say("%d", n);
	say("%s", outcome(sys(SYS_ioctl, wr, FIONREAD, &n)));
	say("%d", n);
	sys(SYS_lseek, fd, 30, SEEK_SET);
	say("%s", outcome(sys(SYS_ioctl, fd, FIONREAD, &n)));
	say("%d", n);
	say("%s", outcome(sys(SYS_ioctl, (int)sys(SYS_open, ".", O_RDONLY), FIONREAD, &n)));
	say("%s", outcome(sys(SYS_ioctl, rd, FIONREAD, 8)));
}

BEHAVIOUR(P4_9, "FIOCLEX, FIONCLEX, FIONBIO")
{
	int on = 1, fd = file("f", 1);

	say("%s", outcome(sys(SYS_ioctl, fd, FIOCLEX, 0)));
	say("%ld", sys(SYS_fcntl, fd, F_GETFD));
	say("%s", outcome(sys(SYS_ioctl, fd, FIONCLEX, 0)));
	say("%ld", sys(SYS_fcntl, fd, F_GETFD));
	make_pipe();
	sys(SYS_fcntl, rd, F_SETFL, 0);
	say("%s", outcome(sys(SYS_ioctl, rd, FIONBIO, &on)));
	say("%s", outcome(sys(SYS_read, rd, &on, 1)));
	say("%s", outcome(sys(SYS_ioctl, rd, FIONBIO, 8)));
}
