/* SPDX-License-Identifier: MIT */
/* M: pointers that programs give to the kernel. */
#include "harness.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>

static int pipe_ends[2];

/* A pipe that holds N bytes. */
static void
fill(size_t n)
{
	static char bytes[4 * P];

	sys(SYS_pipe, pipe_ends);
	memset(bytes, 'x', sizeof(bytes));
	sys(SYS_write, pipe_ends[1], bytes, n);
}

static const char *
write_from(unsigned long at, size_t n)
{
	return number(sys(SYS_write, pipe_ends[1], at, n));
}

static const char *
read_to(unsigned long at, size_t n)
{
	return number(sys(SYS_read, pipe_ends[0], at, n));
}

BEHAVIOUR(M1_1, "write() from null, a hole, the kernel half, a non-canonical address, -1")
{
	char *hole = window(1);

	fill(0);
	say("%s", write_from(0, 1));
	say("%s", write_from((unsigned long)hole, 1));
	say("%s", write_from(KERNEL_HALF, 1));
	say("%s", write_from(NON_CANONICAL, 1));
	say("%s", write_from(~0UL, 1));
}

BEHAVIOUR(M1_2, "read() to the same")
{
	char *hole = window(1);

	fill(10);
	say("%s", read_to(0, 1));
	say("%s", read_to((unsigned long)hole, 1));
	say("%s", read_to(KERNEL_HALF, 1));
	say("%s", read_to(NON_CANONICAL, 1));
	say("%s", read_to(~0UL, 1));
}

BEHAVIOUR(M1_3, "write() from a good address plus 2^32, 2^48, 2^63")
{
	static char good[1];

	fill(0);
	say("%s", write_from((unsigned long)good + (1UL << 32), 1));
	say("%s", write_from((unsigned long)good + (1UL << 48), 1));
	say("%s", write_from((unsigned long)good + (1UL << 63), 1));
}

BEHAVIOUR(M1_4, "paths and structures at bad addresses")
{
	say("%s", number(sys(SYS_open, 8, O_RDONLY)));
	say("%s", number(sys(SYS_open, KERNEL_HALF, O_RDONLY)));
	say("%s", number(sys(SYS_chdir, NON_CANONICAL)));
	say("%s", number(sys(SYS_stat, 8, 8)));
}

BEHAVIOUR(M2_1, "write() from two regions, read() to them")
{
	char *at = window(2);

	fill(0);
	map(at, P, RW, FIXED);
	map(at + P, P, RW, SHARED | MAP_FIXED);
	memset(at, 'y', 2 * P);
	say("%s", write_from((unsigned long)at + P - 100, 200));
	say("%s", read_to((unsigned long)at + P - 50, 200));
	say("%c%c", at[P - 50], at[P + 149]);
}

BEHAVIOUR(M3_1, "read() to untouched heap, memory, bss, stack")
{
	static char untouched[16 * P];
	char stack[16 * P], *heap = (char *)sys(SYS_brk, 0);
	char *memory = pages(4, RW);

	sys(SYS_brk, heap + 4 * P);
	fill(4 * P);
	say("%s", read_to((unsigned long)heap + 100, P));
	say("%s", read_to((unsigned long)memory + 100, P));
	say("%s", read_to((unsigned long)untouched + 5 * P, P));
	say("%s", read_to((unsigned long)stack + 100, P));
	say("%c%c%c%c", heap[100], memory[100], untouched[5 * P], stack[100]);
}

BEHAVIOUR(M3_2, "write() from untouched heap, memory, bss, stack")
{
	static char untouched[16 * P];
	char stack[16 * P], *heap = (char *)sys(SYS_brk, 0);
	char *memory = pages(4, RW);

	sys(SYS_brk, heap + 4 * P);
	fill(0);
	say("%s", write_from((unsigned long)heap + 100, P));
	say("%s", write_from((unsigned long)memory + 100, P));
	say("%s", write_from((unsigned long)untouched + 5 * P, P));
	say("%s", write_from((unsigned long)stack + 100, P));
}

BEHAVIOUR(M4_1, "read() to R, RX, NONE, the program's text")
{
	fill(10);
	say("%s", read_to((unsigned long)pages(1, R), 1));
	say("%s", read_to((unsigned long)pages(1, RX), 1));
	say("%s", read_to((unsigned long)pages(1, NONE), 1));
	say("%s", read_to((unsigned long)fill, 1));
	say("%s", read_to((unsigned long)pages(1, RW), 10));
}

BEHAVIOUR(M4_2, "write() from NONE, from W")
{
	fill(0);
	say("%s", write_from((unsigned long)pages(1, NONE), 1));
	say("%s", write_from((unsigned long)pages(1, W), 1));
}

BEHAVIOUR(M5_1, "write() of two pages to a pipe, the first byte of the second being unmapped")
{
	char *at = window(2);

	map(at, P, RW, FIXED);
	fill(0);
	sys(SYS_fcntl, pipe_ends[0], F_SETFL, O_NONBLOCK);
	say("%s", write_from((unsigned long)at + P - 100, 200));
	say("%s", read_to((unsigned long)at, 200));
}

BEHAVIOUR(M5_2, "write() to a file, the second half being unmapped")
{
	char *at = window(2);
	int fd = file("m5", 0);

	map(at, P, RW, FIXED);
	say("%s", number(sys(SYS_write, fd, at + P - 100, 200)));
	say("%s", number(sys(SYS_lseek, fd, 0, SEEK_END)));
}

BEHAVIOUR(M5_3, "length 0 at a bad address")
{
	int fd = file("m5", 10);

	say("%s", number(sys(SYS_write, fd, 8, 0)));
	say("%s", number(sys(SYS_read, fd, 8, 0)));
}

BEHAVIOUR(M7_1, "a path that ends at a region's last byte, one that does not end")
{
	char *at = window(1);

	map(at, P, RW, FIXED);
	memcpy(at + P - 5, "/tmp", 5);
	say("%s", outcome(sys(SYS_open, at + P - 5, O_RDONLY)));
	memset(at, 'a', P);
	say("%s", outcome(sys(SYS_open, at + P - 5, O_RDONLY)));
}

BEHAVIOUR(M7_2, "a path of 4096 bytes without end, of 4095 slashes")
{
	char *at = pages(2, RW);

	memset(at, '/', 2 * P);
	say("%s", outcome(sys(SYS_open, at, O_RDONLY)));
	at[4095] = '\0';
	say("%s", outcome(sys(SYS_open, at, O_RDONLY)));
}

BEHAVIOUR(M8_1, "pipe, stat, fstat, uname, getcwd to a bad address")
{
	int fd = file("m8", 1);

	say("%s", outcome(sys(SYS_pipe, 8)));
	say("%s", outcome(sys(SYS_stat, ".", 8)));
	say("%s", outcome(sys(SYS_fstat, fd, KERNEL_HALF)));
	say("%s", outcome(sys(SYS_uname, 8)));
	say("%s", outcome(sys(SYS_getcwd, 8, 100)));
}

BEHAVIOUR(M8_2, "rt_sigaction, rt_sigprocmask, sigaltstack, prlimit64, clock_gettime, nanosleep")
{
	say("%s", outcome(sys(SYS_rt_sigaction, SIGTERM, 8, 0, 8)));
	say("%s", outcome(sys(SYS_rt_sigaction, SIGTERM, 0, 8, 8)));
	say("%s", outcome(sys(SYS_rt_sigprocmask, SIG_BLOCK, 8, 0, 8)));
	say("%s", outcome(sys(SYS_rt_sigprocmask, SIG_BLOCK, 0, 8, 8)));
	say("%s", outcome(sys(SYS_sigaltstack, 8, 0)));
	say("%s", outcome(sys(SYS_sigaltstack, 0, 8)));
	say("%s", outcome(sys(SYS_prlimit64, 0, RLIMIT_AS, 0, 8)));
	say("%s", outcome(sys(SYS_clock_gettime, CLOCK_MONOTONIC, 8)));
	say("%s", outcome(sys(SYS_nanosleep, 8, 0)));
}

static int
end_at_once(void *arg)
{
	(void)arg;
	return 0;
}

BEHAVIOUR(M8_3, "wait4 with a bad address for the status, and again")
{
	long pid = start(end_at_once, NULL);

	say("%s", outcome(sys(SYS_wait4, pid, 8, 0, 0)));
	say("%s", outcome(sys(SYS_wait4, pid, 0, 0, 0)));
}

BEHAVIOUR(M8_4, "fstat, uname, getcwd to read-only memory")
{
	char *at = pages(1, R);

	say("%s", outcome(sys(SYS_fstat, file("m8", 1), at)));
	say("%s", outcome(sys(SYS_uname, at)));
	say("%s", outcome(sys(SYS_getcwd, at, 100)));
}

BEHAVIOUR(M8_5, "structures over two pages, the second being absent")
{
	char *at = window(2);

	map(at, P, RW, FIXED);
	say("%s", outcome(sys(SYS_fstat, file("m8", 1), at + P - sizeof(struct stat))));
	say("%s", outcome(sys(SYS_fstat, file("m8", 1), at + P - sizeof(struct stat) + 1)));
	say("%s", outcome(sys(SYS_uname, at + P - sizeof(struct utsname) + 65)));
}

BEHAVIOUR(M9_1, "rt_sigaction for SIGKILL, SIGSTOP, 0, 65, with sets of 4 and 16 bytes")
{
	static char action[64];

	say("%s", outcome(sys(SYS_rt_sigaction, SIGKILL, action, 0, 8)));
	say("%s", outcome(sys(SYS_rt_sigaction, SIGSTOP, action, 0, 8)));
	say("%s", outcome(sys(SYS_rt_sigaction, 0, action, 0, 8)));
	say("%s", outcome(sys(SYS_rt_sigaction, 65, action, 0, 8)));
	say("%s", outcome(sys(SYS_rt_sigaction, SIGTERM, action, 0, 4)));
	say("%s", outcome(sys(SYS_rt_sigaction, SIGTERM, action, 0, 16)));
}

BEHAVIOUR(M9_2, "rt_sigprocmask with an unknown order, a set of 4 bytes")
{
	static char set[16];

	say("%s", outcome(sys(SYS_rt_sigprocmask, 99, set, 0, 8)));
	say("%s", outcome(sys(SYS_rt_sigprocmask, 99, 0, 0, 8)));
	say("%s", outcome(sys(SYS_rt_sigprocmask, SIG_BLOCK, set, 0, 4)));
}

BEHAVIOUR(M9_3, "sigaltstack too small, with unknown flags, disabled")
{
	static char memory[8192];
	stack_t small = { .ss_sp = memory, .ss_size = 100 };
	stack_t flags = { .ss_sp = memory, .ss_size = sizeof(memory), .ss_flags = 0x100 };
	stack_t none = { .ss_flags = SS_DISABLE };

	say("%s", outcome(sys(SYS_sigaltstack, &small, 0)));
	say("%s", outcome(sys(SYS_sigaltstack, &flags, 0)));
	say("%s", outcome(sys(SYS_sigaltstack, &none, 0)));
}
