/* SPDX-License-Identifier: MIT */
/* D: the stack, and other regions that grow down. */
#include "harness.h"

#include <sys/resource.h>
#include <unistd.h>

#define LIMIT	(8 * MIB)	/* RLIMIT_STACK: see main.c */

/* Where the stack ends at its upper side, and where it begins now. */
static char *
stack_end(void)
{
	int local = 0;

	return (char *)entry_of(&local)->end;
}

static char *
stack_start(void)
{
	int local = 0;

	return (char *)entry_of(&local)->start;
}

/* A page somewhere in our stack frame. */
static char *
here(void)
{
	return (char *)((uintptr_t)__builtin_frame_address(0) & -P);
}

static __attribute__((noinline)) int
recurse(int depth)
{
	volatile char frame[1000];

	frame[0] = (char)depth;
	return depth == 0 ? 0 : recurse(depth - 1) + (frame[0] == (char)depth);
}

BEHAVIOUR(D1_1, "4 MiB of recursion")
{
	say("%d", recurse(4000));
}

BEHAVIOUR(D2_1, "64 pages below first, then each page between")
{
	char *at = here() - 65 * P;
	int ok = 0;

	say("%s", store(at));
	for (size_t i = 1; i < 64; i++)
		ok += store(at + i * P)[0] == 'o';
	say("%d ok", ok);
}

BEHAVIOUR(D3_1, "9 MiB below the top")
{
	say("%s", load(stack_end() - 9 * MIB));
}

BEHAVIOUR(D3_2, "the last byte inside the limit, the next one")
{
	char *end = stack_end();

	say("%s", store(end - LIMIT));
	say("%s", store(end - LIMIT - 1));
}

BEHAVIOUR(D3_3, "outside of the limit first, then inside, then outside")
{
	char *end = stack_end();

	say("%s", store(end - LIMIT - 1));
	say("%s", store(end - LIMIT));
	say("%s", store(end - LIMIT - 1));
}

BEHAVIOUR(D4_1, "6 MiB below rsp, which stays where it is")
{
	char *at = here() - 6 * MIB;

	say("%s", store(at));
	say("%s", load(at + P));
}

/* How far the stack grows when N pages under its start a page is mapped. */
static void
grow_towards(size_t n, int prot)
{
	char *start = stack_start(), *at = start - n * P;
	size_t grown = 0;
	const char *last = "ok";

	if (failed(map(at - P, P, prot, FIXED)))
		give_up("no page below the stack");
	while (grown < n && (last = store(start - (grown + 1) * P))[0] == 'o')
		grown++;
	say("%zu pages stay free", n - grown);
	say("%s", last);
}

BEHAVIOUR(D5_1, "growth towards a RW page 600 pages below")
{
	grow_towards(600, RW);
}

BEHAVIOUR(D5_2, "growth towards a NONE page 600 pages below")
{
	grow_towards(600, NONE);
}

BEHAVIOUR(D5_3, "growth towards a page 100 pages below")
{
	grow_towards(100, RW);
}

BEHAVIOUR(D6_1, "nothing is put within 256 pages below the stack in a full space")
{
	unsigned long start = (unsigned long)stack_start(), nearest = 0;
	static struct entry list[600];
	long n;

	for (size_t bytes = 1UL << 46; bytes >= P; bytes /= 2)
		while (!failed(map(NULL, bytes, NONE, PRIV | MAP_NORESERVE)))
			continue;
	n = entries(list, array_len(list));
	for (long i = 0; i < n; i++)
		if (list[i].end <= start && list[i].end > nearest)
			nearest = list[i].end;
	say("%s", yes(start - nearest >= 256 * P));
}

BEHAVIOUR(D7_1, "read() into 64 pages below the lowest one touched")
{
	int fd = file("d7", 64 * P);
	char *at = here() - 80 * P;

	sys(SYS_lseek, fd, 0, SEEK_SET);
	say("%s", number(sys(SYS_read, fd, at, 64 * P)));
	say("%s", same((unsigned char)at[63 * P] == file_byte(63 * P)));
}

static int
compare_pattern(void *at)
{
	const unsigned char *byte = at;

	for (size_t i = 0; i < 7 * P / 2; i++)
		if (byte[i] != (unsigned char)(i * 3))
			return 1;
	return 0;
}

BEHAVIOUR(D8_1, "3.5 pages of pattern on the stack, in a forked child")
{
	unsigned char pattern[7 * P / 2];

	for (size_t i = 0; i < sizeof(pattern); i++)
		pattern[i] = (unsigned char)(i * 3);
	say("%s", ended(in_child(compare_pattern, pattern)));
	say("%s", same(compare_pattern(pattern) == 0));
}

BEHAVIOUR(D8_2, "the red zone after fork, in child and parent")
{
	long pid, value;

	__asm__ volatile(
	"	movq	$0x1234, -64(%%rsp)\n"
	"	movl	%2, %%eax\n"
	"	syscall\n"
	"	movq	-64(%%rsp), %1\n"
	    : "=&a"(pid), "=&r"(value) : "i"(SYS_fork) : "rcx", "r11", "memory");
	if (pid == 0)
		_exit(value == 0x1234 ? 3 : 4);
	say("%s", ended(wait_for(pid)));
	say("%lx", value);
}

static void
recurse_deep(void *arg)
{
	(void)arg;
	recurse(1 << 20);
}

static int
overflow(void *arg)
{
	default_faults();
	recurse_deep(arg);
	return 0;
}

static void
lower_limit(void)
{
	static const struct rlimit one = { MIB, MIB };

	say("%s", outcome(sys(SYS_prlimit64, 0, RLIMIT_STACK, &one, NULL)));
}

BEHAVIOUR(D9_1, "overflow with a limit of 1 MiB, a handler on another stack")
{
	const char *seen;

	lower_limit();
	seen = attempt(recurse_deep, NULL, 0);
	say("%.10s", seen);
	say("%s", (unsigned long)stack_end() - trap.address < MIB + 2 * P ? "at the limit" : "far");
}

BEHAVIOUR(D9_2, "the same without a handler")
{
	lower_limit();
	say("%s", ended(in_child(overflow, NULL)));
}

static int
overflow_on_own_stack(void *arg)
{
	stack_t none = { .ss_flags = SS_DISABLE };

	sigaltstack(&none, NULL);
	recurse_deep(arg);
	return 0;
}

BEHAVIOUR(D9_3, "the same with a handler on the stack that is full")
{
	lower_limit();
	say("%s", ended(in_child(overflow_on_own_stack, NULL)));
}

BEHAVIOUR(D10_1, "MAP_GROWSDOWN, the page below is written")
{
	char *at = window(1000) + 900 * P;
	long got = map(at, 2 * P, RW, FIXED | MAP_GROWSDOWN);

	say("%s", outcome(got));
	if (failed(got))
		return;
	say("%s", store(at - P));
	say("%s", store(at - 10 * P));
	say("%s", listing(at - 10 * P, 12));
}

BEHAVIOUR(D10_2, "MAP_GROWSDOWN, growth towards a page 600 pages below")
{
	char *at = window(1000) + 900 * P;
	long got = map(at, P, RW, FIXED | MAP_GROWSDOWN);
	size_t grown = 0;

	map(at - 601 * P, P, RW, FIXED);
	while (!failed(got) && grown < 600 && store(at - (grown + 1) * P)[0] == 'o')
		grown++;
	say("%s, %zu pages stay free", outcome(got), 600 - grown);
}
