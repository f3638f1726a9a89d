/* SPDX-License-Identifier: MIT */
/* P1 to P3: poll and ppoll. */
#include "harness.h"

#include <poll.h>
#include <time.h>

#define ALL	(POLLIN | POLLPRI | POLLOUT | POLLRDNORM | POLLRDBAND | POLLWRNORM | POLLWRBAND)

/* What poll says about FD, without waiting: "none", or the bits. */
static const char *
ready(int fd, short events)
{
	static const struct { short bit; const char *name; } names[] = {
		{ POLLIN, "in " }, { POLLPRI, "pri " }, { POLLOUT, "out " }, { POLLERR, "err " },
		{ POLLHUP, "hup " }, { POLLNVAL, "nval " }, { POLLRDNORM, "rdnorm " },
		{ POLLRDBAND, "rdband " }, { POLLWRNORM, "wrnorm " }, { POLLWRBAND, "wrband " },
	};
	struct pollfd p = { fd, events, 0x7fff };
	long n = sys(SYS_poll, &p, 1, 0);
	char line[128] = "";

	if (n < 0)
		return outcome(n);
	if (n != (p.revents != 0))
		return text("counts %ld", n);
	for (size_t i = 0; i < array_len(names); i++)
		if (p.revents & names[i].bit)
			strcat(line, names[i].name);
	if (line[0] == '\0')
		return "none";
	line[strlen(line) - 1] = '\0';
	return text("%s", line);
}

BEHAVIOUR(P1_1, "poll of a pipe: empty, with a byte, read again")
{
	char c = 'x';

	make_pipe();
	say("%s; %s", ready(rd, ALL), ready(wr, ALL));
	sys(SYS_write, wr, &c, 1);
	say("%s; %s", ready(rd, ALL), ready(wr, ALL));
	sys(SYS_read, rd, &c, 1);
	say("%s; %s", ready(rd, ALL), ready(wr, ALL));
}

BEHAVIOUR(P1_2, "poll of a pipe that is full, and after a page of it is read")
{
	static char page[P];

	make_pipe();
	while (sys(SYS_write, wr, page, P) == (long)P)
		continue;
	say("%s; %s", ready(rd, ALL), ready(wr, ALL));
	sys(SYS_read, rd, page, P);
	say("%s", ready(wr, ALL));
}

BEHAVIOUR(P1_3, "poll of a pipe whose writers have gone: empty, with bytes")
{
	char c = 'x';

	make_pipe();
	sys(SYS_close, wr);
	say("%s; %s", ready(rd, ALL), ready(rd, 0));
	make_pipe();
	sys(SYS_write, wr, &c, 1);
	sys(SYS_close, wr);
	say("%s; %s", ready(rd, ALL), ready(rd, POLLOUT));
}

BEHAVIOUR(P1_4, "poll of a pipe whose readers have gone")
{
	make_pipe();
	sys(SYS_close, rd);
	say("%s; %s", ready(wr, ALL), ready(wr, 0));
}

BEHAVIOUR(P1_5, "poll of a file, a directory, /dev/null")
{
	say("%s; %s", ready(file("f", 10), ALL), ready((int)sys(SYS_open, ".", O_RDONLY), ALL));
	say("%s", ready((int)sys(SYS_open, "/dev/null", O_RDWR), ALL));
}

BEHAVIOUR(P1_6, "poll of descriptors that are not open, and of negative ones")
{
	say("%s; %s; %s", ready(99, ALL), ready(99, 0), ready(-1, ALL));
	say("%s", ready(INT32_MIN, ALL));
}

BEHAVIOUR(P1_7, "poll: what is wrong with the arguments")
{
	struct pollfd p = { 99, POLLIN, 0 };

	say("%s", outcome(sys(SYS_poll, 8, 1, 0)));
	say("%s", outcome(sys(SYS_poll, 8, 0, 0)));
	say("%s", outcome(sys(SYS_poll, &p, 0x7fffffff, 0)));
	say("%s", outcome(sys(SYS_poll, &p, -1, 0)));
	say("%s", outcome(sys(SYS_poll, NON_CANONICAL, 1, 0)));
}

BEHAVIOUR(P1_8, "poll of descriptors that cannot be written to")
{
	struct pollfd *p = (struct pollfd *)pages(1, RW);

	p->fd = 99;
	protect(p, P, R);
	say("%s", outcome(sys(SYS_poll, p, 1, 0)));
}

BEHAVIOUR(P1_9, "poll counts descriptors, not bits, the same one twice")
{
	struct pollfd p[4];

	make_pipe();
	sys(SYS_close, wr);
	for (int i = 0; i < 4; i++)
		p[i] = (struct pollfd){ i == 2 ? -1 : i == 3 ? 77 : rd, POLLIN, 0 };
	say("%ld", sys(SYS_poll, p, 4, -1));
}

/* --- waiting --- */

static int
read_later(void *arg)
{
	static char page[P];

	(void)arg;
	sleep_ms(50);
	sys(SYS_read, rd, page, P);
	return 0;
}

static int
close_later(void *arg)
{
	(void)arg;
	sleep_ms(50);
	return 0;
}

BEHAVIOUR(P2_1, "poll waits for a byte")
{
	struct pollfd p[2] = { { .events = POLLIN }, { .fd = -1 } };
	long pid;

	make_pipe();
	p[0].fd = rd;
	pid = start(write_later, NULL);
	say("%ld", sys(SYS_poll, p, 2, -1));
	say("%x", p[0].revents);
	wait_for(pid);
}

BEHAVIOUR(P2_2, "poll waits for room")
{
	static char page[P];
	struct pollfd p = { .events = POLLOUT };
	long pid;

	make_pipe();
	while (sys(SYS_write, wr, page, P) == (long)P)
		continue;
	p.fd = wr;
	pid = start(read_later, NULL);
	say("%ld", sys(SYS_poll, &p, 1, -1));
	say("%x", p.revents);
	wait_for(pid);
}

BEHAVIOUR(P2_3, "poll waits for the last writer's end")
{
	struct pollfd p = { .events = 0 };
	long pid;

	make_pipe();
	p.fd = rd;
	pid = start(close_later, NULL);
	sys(SYS_close, wr);
	say("%ld", sys(SYS_poll, &p, 1, -1));
	say("%x", p.revents);
	wait_for(pid);
}

BEHAVIOUR(P2_4, "poll waits as long as it is told")
{
	struct pollfd p = { .events = POLLIN };
	long before = now_ms();

	make_pipe();
	p.fd = rd;
	say("%ld", sys(SYS_poll, &p, 1, 40));
	say("%s", yes(now_ms() - before >= 40));
	say("%ld", sys(SYS_poll, NULL, 0, 30));
	say("%s", yes(now_ms() - before >= 70));
}

BEHAVIOUR(P2_5, "poll, a signal with a handler, with and without SA_RESTART")
{
	struct pollfd p = { .events = POLLIN };

	make_pipe();
	p.fd = rd;
	p.revents = 99;
	count_signal(SIGALRM, 0);
	alarm_in_ms(20);
	say("%s", outcome(sys(SYS_poll, &p, 1, -1)));
	say("%d", p.revents);
	count_signal(SIGALRM, SA_RESTART);
	alarm_in_ms(20);
	say("%s", outcome(sys(SYS_poll, &p, 1, 5000)));
	say("%d", handled);
}

static int
stop_parent(void *arg)
{
	long parent = sys(SYS_getppid);

	(void)arg;
	sleep_ms(20);
	sys(SYS_kill, parent, SIGSTOP);
	sleep_ms(20);
	sys(SYS_kill, parent, SIGCONT);
	return 0;
}

BEHAVIOUR(P2_6, "poll goes on after a stop, for the rest of its time")
{
	struct pollfd p = { .events = POLLIN };
	long pid, before = now_ms();

	make_pipe();
	p.fd = rd;
	pid = start(stop_parent, NULL);
	say("%s", number(sys(SYS_poll, &p, 1, 150)));
	say("%s", yes(now_ms() - before >= 150));
	wait_for(pid);
}

BEHAVIOUR(P2_7, "poll and a signal that is ignored, blocked")
{
	struct pollfd p = { .events = POLLIN };
	unsigned long mask = 1UL << (SIGALRM - 1);

	make_pipe();
	p.fd = rd;
	ignore_signal(SIGALRM);
	alarm_in_ms(10);
	say("%s", number(sys(SYS_poll, &p, 1, 60)));
	count_signal(SIGALRM, 0);
	sys(SYS_rt_sigprocmask, SIG_BLOCK, &mask, NULL, MASK);
	alarm_in_ms(10);
	say("%s", number(sys(SYS_poll, &p, 1, 60)));
	say("%d", handled);
}

BEHAVIOUR(P2_8, "restart_syscall with nothing to go on with")
{
	say("%s", outcome(sys(SYS_restart_syscall)));
}

/* --- ppoll --- */

BEHAVIOUR(P3_1, "ppoll: the rest of the time, ready and late")
{
	struct pollfd p = { .events = POLLIN };
	struct timespec ts = { 7, 0 };

	make_pipe();
	p.fd = rd;
	sys(SYS_write, wr, "x", 1);
	say("%s", number(sys(SYS_ppoll, &p, 1, &ts, NULL, 0)));
	say("%s", yes(ts.tv_sec >= 0 && ts.tv_sec < 7));
	p.fd = -1;
	ts = (struct timespec){ 0, 20000000 };
	say("%s", number(sys(SYS_ppoll, &p, 1, &ts, NULL, 0)));
	say("%ld %ld", (long)ts.tv_sec, (long)ts.tv_nsec);
}

BEHAVIOUR(P3_2, "ppoll: what is wrong with time and mask")
{
	struct timespec bad = { 0, 1000000000 }, minus = { -1, 0 }, zero = { 0, 0 };
	unsigned long mask = 0;

	say("%s", outcome(sys(SYS_ppoll, NULL, 0, &bad, NULL, 0)));
	say("%s", outcome(sys(SYS_ppoll, NULL, 0, &minus, NULL, 0)));
	say("%s", outcome(sys(SYS_ppoll, NULL, 0, 8, NULL, 0)));
	say("%s", outcome(sys(SYS_ppoll, NULL, 0, &zero, &mask, 4)));
	say("%s", outcome(sys(SYS_ppoll, NULL, 0, &zero, NULL, 4)));
	say("%s", outcome(sys(SYS_ppoll, NULL, 0, &zero, 8, MASK)));
}

BEHAVIOUR(P3_3, "ppoll lets a blocked signal in, and blocks it again")
{
	unsigned long alarm = 1UL << (SIGALRM - 1), none = 0, now;

	count_signal(SIGALRM, SA_RESTART);
	sys(SYS_rt_sigprocmask, SIG_SETMASK, &alarm, NULL, MASK);
	sys(SYS_kill, sys(SYS_getpid), SIGALRM);
	say("%d", handled);
	say("%s", outcome(sys(SYS_ppoll, NULL, 0, NULL, &none, MASK)));
	say("%d", handled);
	sys(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &now, MASK);
	say("%s", same(now == alarm));
}

BEHAVIOUR(P3_4, "ppoll with something ready does not let it in")
{
	unsigned long alarm = 1UL << (SIGALRM - 1), none = 0, now;
	struct pollfd p = { .events = POLLOUT };

	make_pipe();
	p.fd = wr;
	count_signal(SIGALRM, 0);
	sys(SYS_rt_sigprocmask, SIG_SETMASK, &alarm, NULL, MASK);
	sys(SYS_kill, sys(SYS_getpid), SIGALRM);
	say("%s", number(sys(SYS_ppoll, &p, 1, NULL, &none, MASK)));
	sys(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &now, MASK);
	say("%d, %s", handled, same(now == alarm));
}

BEHAVIOUR(P3_5, "ppoll with a time that cannot be written to")
{
	struct timespec *ts = (struct timespec *)pages(1, RW);

	ts->tv_nsec = 1000000;
	protect(ts, P, R);
	say("%s", number(sys(SYS_ppoll, NULL, 0, ts, NULL, 0)));
}
