/* SPDX-License-Identifier: MIT */
/* O: limits and exhaustion. */
#include "harness.h"

#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <sys/wait.h>
#include <unistd.h>

/* Less than every machine has: it is the limit that refuses. */
BEHAVIOUR(O1_1, "RLIMIT_AS of 32 MiB, mmap of 48 MiB, of 1 MiB, brk, mremap")
{
	static const struct rlimit limit = { 32 * MIB, 32 * MIB };
	char *at = pages(1, RW), *heap = (char *)sys(SYS_brk, 0);

	say("%s", outcome(sys(SYS_prlimit64, 0, RLIMIT_AS, &limit, NULL)));
	say("%s", outcome(map(NULL, 48 * MIB, RW, PRIV)));
	say("%s", outcome(map(NULL, MIB, RW, PRIV)));
	say("%s", place(sys(SYS_brk, heap + 48 * MIB), heap));
	say("%s", outcome(remap(at, P, 48 * MIB, MREMAP_MAYMOVE)));
}

BEHAVIOUR(O1_2, "RLIMIT_AS, a mapping that replaces another of its size")
{
	char *at = pages(32 * MIB / P, RW);
	static const struct rlimit limit = { 48 * MIB, 48 * MIB };

	sys(SYS_prlimit64, 0, RLIMIT_AS, &limit, NULL);
	say("%s", outcome(map(at, 32 * MIB, R, FIXED)));
	say("%s", outcome(map(NULL, 32 * MIB, R, PRIV)));
}

/* What lies so many bytes below our frame. */
static void *
stack_below(size_t bytes)
{
	return (void *)((uintptr_t)__builtin_frame_address(0) - bytes);
}

BEHAVIOUR(O1_4, "RLIMIT_AS is used up but for a MiB, the stack and the break grow by 3 MiB")
{
	static const struct rlimit limit = { 48 * MIB, 48 * MIB };
	char *heap = (char *)sys(SYS_brk, 0);

	sys(SYS_prlimit64, 0, RLIMIT_AS, &limit, NULL);
	while (!failed(map(NULL, MIB, RW, PRIV)))
		continue;
	say("%s", store(stack_below(3 * MIB)));
	say("%s", place(sys(SYS_brk, heap + 3 * MIB), heap));
}

BEHAVIOUR(O1_6, "RLIMIT_AS of less than there is: what needs no more, and what does")
{
	static const struct rlimit limit = { P, P };
	char *at = pages(4, RW), *heap = (char *)sys(SYS_brk, 0);

	sys(SYS_brk, heap + 3 * P);
	sys(SYS_prlimit64, 0, RLIMIT_AS, &limit, NULL);
	say("%s", outcome(remap(at, 4 * P, 4 * P, MREMAP_MAYMOVE)));
	say("%s", outcome(remap(at, 4 * P, 3 * P, 0)));
	say("%s", outcome(protect(at, P, R)));
	say("%s", outcome(map(at, P, RW, FIXED)));
	say("%s", outcome(remap(at + P, 2 * P, 3 * P, 0)));
	say("%s", outcome(remap(at, 3 * P, 4 * P, 0)));
	say("%s", outcome(remap(at + P, 2 * P, 2 * P, MREMAP_MAYMOVE | 4 /* DONTUNMAP */)));
	say("%s", place(sys(SYS_brk, heap + P), heap));
	say("%s", place(sys(SYS_brk, heap + P + 1), heap));
	say("%s", outcome(unmap(at, P)));
}

/* In a child of vfork: prlimit64(0, RLIMIT_AS, limit), the same of RLIMIT_STACK, exit(3). */
static long
vfork_and_limit(const struct rlimit *limit)
{
	long pid;

	__asm__ volatile(
	"	syscall\n"
	"	test	%%rax, %%rax\n"
	"	jnz	1f\n"
	"	mov	$302, %%eax; xor %%edi, %%edi; mov $9, %%esi; mov %1, %%rdx\n"
	"	xor	%%r10d, %%r10d\n"
	"	syscall\n"
	"	mov	$302, %%eax; mov $3, %%esi\n"
	"	syscall\n"
	"	mov	$231, %%eax; mov $3, %%edi\n"
	"	syscall\n"
	"1:\n"
	    : "=a"(pid) : "r"(limit), "a"((long)SYS_vfork)
	    : "rcx", "rdx", "rdi", "rsi", "r10", "r11", "memory");
	return pid;
}

/* A child of a vfork has limits of its own, although it runs in our memory. */
BEHAVIOUR(O1_5, "a child of vfork lowers RLIMIT_AS and RLIMIT_STACK, its parent maps and recurses")
{
	static const struct rlimit limit = { MIB, MIB };
	long pid = vfork_and_limit(&limit);

	say("%s", ended(wait_for(pid)));
	say("%s", outcome(map(NULL, 48 * MIB, RW, PRIV)));
	say("%s", store(stack_below(3 * MIB)));
}

BEHAVIOUR(O1_3, "prlimit64, a soft limit over the hard one, an unknown limit")
{
	static const struct rlimit wrong = { 2 * MIB, MIB };
	struct rlimit old;

	say("%s", outcome(sys(SYS_prlimit64, 0, RLIMIT_AS, &wrong, NULL)));
	say("%s", outcome(sys(SYS_prlimit64, 0, 99, NULL, &old)));
	say("%s", outcome(sys(SYS_prlimit64, 0, RLIMIT_STACK, NULL, &old)));
	say("%lu MiB", (unsigned long)(old.rlim_cur / MIB));
}

/* Fill a window with regions of alternating rights until it is refused. */
static long
many_regions(char *at, size_t n, long *refusal)
{
	for (size_t i = 0; i < n; i++) {
		*refusal = map(at + i * P, P, i % 2 ? RW : R, FIXED);
		if (failed(*refusal))
			return (long)i;
	}
	return (long)n;
}

BEHAVIOUR(O2_1, "70000 regions, between 65000 and 65530 are possible, then")
{
	char *at = window(70000);
	long refusal, n = many_regions(at, 70000, &refusal);

	say("%s", yes(n > 65000 && n <= 65530));
	say("%s", outcome(refusal));
	say("%s", load(at + (n - 1) * (long)P));
	say("%s", outcome(unmap(at, 70000 * P)));
	say("%s", outcome(map(at, P, RW, FIXED)));
}

BEHAVIOUR(O2_2, "at the limit, munmap and mprotect that split, munmap of a whole region")
{
	char *at = window(70000), *three = pages(3, RW);
	long refusal, n = many_regions(at, 70000, &refusal);

	say("%s", outcome(protect(three + P, P, R)));
	say("%s", outcome(unmap(three + P, P)));
	say("%s", outcome(unmap(at + (n - 1) * (long)P, P)));
}

BEHAVIOUR(O5_1, "frames lost by all kinds of memory in a child")
{
	const char *frames = "";
	int status = 0;

	for (int i = 0; i < 2; i++) {
		long pid, before = free_frames();

		pid = sys(SYS_fork);
		if (pid == 0) {
			char *heap = (char *)sys(SYS_brk, 0), *at = pages(100, RW);

			sys(SYS_brk, heap + 50 * P);
			memset(heap, 1, 50 * P);
			memset(at, 1, 100 * P);
			memset((char *)map(NULL, 10 * P, RW, SHARED), 1, 10 * P);
			remap(at, 50 * P, 80 * P, MREMAP_MAYMOVE);
			_exit(3);
		}
		status = wait_for(pid);
		frames = lost(before);
	}
	say("%s, %s", ended(status), frames);
}

static int
exit_with(void *arg)
{
	return *(int *)arg;
}

BEHAVIOUR(O6_1, "1000 children, one after the other, right exit codes, frames lost")
{
	const char *frames;
	long before;
	int right = 0;

	in_child(exit_with, &right);
	before = free_frames();
	for (int i = 0; i < 1000; i++) {
		int code = i % 100;

		right += in_child(exit_with, &code) == code << 8;
	}
	frames = lost(before);
	say("%d, %s", right, frames);
}

static int
touch_a_lot(void *arg)
{
	memset(pages(256, RW), 1, 256 * P);
	return *(int *)arg;
}

BEHAVIOUR(O6_2, "8 zombies that had a MiB each, what they hold, frames lost when they are gone")
{
	static siginfo_t info;
	const char *frames = "";
	long pids[8], before, held;
	int seven = 7, right = 0;

	for (int round = 0; round < 2; round++) {
		right = 0;
		before = free_frames();
		for (size_t i = 0; i < 8; i++)
			pids[i] = start(touch_a_lot, &seven);
		for (size_t i = 0; i < 8; i++)
			sys(SYS_waitid, P_PID, pids[i], &info, WEXITED | WNOWAIT, NULL);
		held = before - free_frames();
		for (size_t i = 0; i < 8; i++)
			right += wait_for(pids[i]) == 7 << 8;
		frames = lost(before);
	}
	say("%d", right);
	say("%s", on_linux() || held < 8 * 8 ? "little" : text("%ld frames", held));
	say("%s", frames);
}

static int
wait_to_be_killed(void *arg)
{
	char byte;

	sys(SYS_read, *(int *)arg, &byte, 1);
	return 0;
}

/* Only on a machine that is made for it. */
BEHAVIOUR(O7_1, "fork until it fails or 300 run, all are killed, and fork again")
{
	static struct sysinfo info;
	static long pids[300];
	int fds[2], n = 0, killed = 0, seven = 7;

	sys(SYS_pipe, fds);
	if (sys(SYS_sysinfo, &info) != 0 || info.totalram * info.mem_unit > GIB / 2) {
		say("left out: a machine of more than 512 MiB");
		return;
	}
	while (n < 300 && !failed(pids[n] = start(wait_to_be_killed, &fds[0])))
		n++;
	for (int i = 0; i < n; i++) {
		sys(SYS_kill, pids[i], SIGKILL);
		killed += (wait_for(pids[i]) & 0x7f) == SIGKILL;
	}
	say("%s", yes(n > 0 && killed == n));
	say("%s", ended(in_child(exit_with, &seven)));
}

/* A small allocator over one region: blocks of a slot are filled with the slot's number. */
BEHAVIOUR(O9_1, "2000 rounds of 128 blocks mapped, filled, resized, unmapped, wrong blocks")
{
	static char *blocks[128];
	static size_t sizes[128];
	unsigned seed = 7;
	int wrong = 0;

	for (int round = 0; round < 2000; round++) {
		size_t slot = (seed = seed * 1103515245 + 12345) >> 16 & 127;
		size_t size = (1 + ((seed = seed * 1103515245 + 12345) >> 16) % 4) * P;

		if (blocks[slot] != NULL) {
			wrong += !all(blocks[slot], sizes[slot], (int)slot + 1);
			if (round % 8 == 0) {
				size_t less = sizes[slot] < size ? sizes[slot] : size;

				blocks[slot] = (char *)remap(blocks[slot], sizes[slot], size,
				    MREMAP_MAYMOVE);
				wrong += !all(blocks[slot], less, (int)slot + 1);
			} else {
				unmap(blocks[slot], sizes[slot]);
			}
		}
		if (blocks[slot] == NULL || round % 8 != 0)
			blocks[slot] = pages(size / P, RW);
		sizes[slot] = size;
		memset(blocks[slot], (int)slot + 1, size);
	}
	say("%d", wrong);
}
