/* SPDX-License-Identifier: MIT */
/*
 * Clocks; limits of resources; and small calls of C libraries that only have to answer.
 */
#include "test.h"

static void
test_clocks(void)
{
	static const int clocks[] = {
		CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_PROCESS_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID,
		CLOCK_MONOTONIC_RAW, CLOCK_BOOTTIME,
	};
	struct linux_timespec a, b;
	struct linux_timeval tv;
	int64_t seconds;

	test_step("clocks-go-on");
	for (size_t i = 0; i < array_len(clocks); i++) {
		check_eq(raw_syscall(SYS_clock_gettime, clocks[i], &a), 0);
		for (volatile int n = 0; n < 100000; n++)
			continue;
		check_eq(raw_syscall(SYS_clock_gettime, clocks[i], &b), 0);
		check(a.tv_nsec >= 0 && a.tv_nsec < 1000000000);
		check(b.tv_sec > a.tv_sec || (b.tv_sec == a.tv_sec && b.tv_nsec > a.tv_nsec));
		check_eq(raw_syscall(SYS_clock_getres, clocks[i], &a), 0);
		check_eq(a.tv_sec, 0);
		check_eq(raw_syscall(SYS_clock_getres, clocks[i], NULL), 0);
	}

	test_step("date");		/* after this was written, and all calls agree */
	check_eq(raw_syscall(SYS_clock_gettime, CLOCK_REALTIME, &a), 0);
	check(a.tv_sec >= 1704067200);
	check_eq(raw_syscall(SYS_gettimeofday, &tv, NULL), 0);
	check(tv.tv_sec - a.tv_sec <= 1 && tv.tv_usec < 1000000);
	check(raw_syscall(SYS_time, &seconds) - a.tv_sec <= 1);
	check(seconds - a.tv_sec <= 1);

	test_step("clock-arguments");
	check_eq(raw_syscall(SYS_clock_gettime, 99, &a), -EINVAL);
	check_eq(raw_syscall(SYS_clock_gettime, CLOCK_MONOTONIC, 8), -EFAULT);
	check_eq(raw_syscall(SYS_gettimeofday, 8, NULL), -EFAULT);
	check_eq(raw_syscall(SYS_time, 8), -EFAULT);
	check_eq(raw_syscall(SYS_times, 8), -EFAULT);
	check(raw_syscall(SYS_times, NULL) >= 0);
}

static void
check_inherited(void *arg)
{
	struct linux_rlimit limit;

	check_eq(raw_syscall(SYS_getrlimit, RLIMIT_STACK, &limit), 0);
	check_eq(limit.cur, (intptr_t)arg);
}

static void
lower_files(void *arg unused_arg)
{
	struct linux_rlimit limit = { 5, 5 };

	check_eq(raw_syscall(SYS_setrlimit, RLIMIT_NOFILE, &limit), 0);
	for (int fd = 3; fd < 10; fd++)
		close(fd);
	check_eq(dup(0), 3);
	check_eq(dup(0), 4);
	check_eq(raw_syscall(SYS_dup, 0), -EMFILE);
}

static void
test_limits(void)
{
	struct linux_rlimit limit, half, old;

	test_step("stack-limit");
	check_eq(raw_syscall(SYS_prlimit64, 0, RLIMIT_STACK, NULL, &limit), 0);
	check_eq(limit.cur, 8 << 20);
	half = limit;
	half.cur /= 2;
	check_eq(raw_syscall(SYS_prlimit64, getpid(), RLIMIT_STACK, &half, &old), 0);
	check_eq(old.cur, limit.cur);
	check_exited(test_child(check_inherited, (void *)half.cur), 0);
	check_eq(raw_syscall(SYS_setrlimit, RLIMIT_STACK, &limit), 0);

	test_step("file-limit");
	check_exited(test_child(lower_files, NULL), 0);

	test_step("limit-arguments");
	half = (struct linux_rlimit){ 2, 1 };
	check_eq(raw_syscall(SYS_setrlimit, RLIMIT_STACK, &half), -EINVAL);
	check_eq(raw_syscall(SYS_getrlimit, RLIM_COUNT, &half), -EINVAL);
	check_eq(raw_syscall(SYS_getrlimit, RLIMIT_AS, 8), -EFAULT);
	check_eq(raw_syscall(SYS_getrlimit, RLIMIT_AS, NULL), -EFAULT);
	check_eq(raw_syscall(SYS_prlimit64, 0, RLIMIT_AS, 8, NULL), -EFAULT);
	check_eq(raw_syscall(SYS_prlimit64, 0, RLIMIT_AS, NULL, 8), -EFAULT);
	check_eq(raw_syscall(SYS_prlimit64, 0x3fffffff, RLIMIT_AS, NULL, &half), -ESRCH);
}

/* The page below the stack of a program that was started with room for TEN pages. */
#define TEN	(10 * PAGE_SIZE)

static void
touch_guard(void)
{
	uintptr_t top = ((uintptr_t)environ + PAGE_SIZE - 1) & -(uintptr_t)PAGE_SIZE;

	for (uintptr_t a = top - PAGE_SIZE; a >= top - TEN; a -= PAGE_SIZE)
		*(volatile char *)a;
	*(volatile char *)(top - TEN - 1) = 1;
}

static void
exec_with_small_stack(void *path)
{
	static char *argv[] = { "limits", "guard", NULL }, *envp[] = { NULL };
	struct linux_rlimit limit = { TEN, TEN };

	check_eq(raw_syscall(SYS_setrlimit, RLIMIT_STACK, &limit), 0);
	test_child_exec(path, argv, envp);
}

/* C20: it cannot be touched, and the console says that it is a guard (tests/boot). */
static void
test_guard(char *path)
{
	test_step("stack-guard");
	if (!test_on_linux())		/* whose stacks have other gaps */
		check_killed(test_child(exec_with_small_stack, path), SIGSEGV);
}

static void
test_small_calls(void)
{
	static char bytes[256];
	uint64_t mask[16] = { 0 };
	uint32_t word = 7;
	int zeros = 0;

	test_step("random");
	check_eq(raw_syscall(SYS_getrandom, bytes, sizeof(bytes), 0), sizeof(bytes));
	for (size_t i = 0; i < sizeof(bytes); i++)
		zeros += bytes[i] == 0;
	check(zeros < 16);
	check_eq(raw_syscall(SYS_getrandom, 8, 16, 0), -EFAULT);
	check_eq(raw_syscall(SYS_getrandom, bytes, 16, 8), -EINVAL);

	test_step("affinity");
	check(raw_syscall(SYS_sched_getaffinity, 0, sizeof(mask), mask) > 0);
	check(mask[0] != 0);
	check_eq(raw_syscall(SYS_sched_getaffinity, 0, 7, mask), -EINVAL);
	check_eq(raw_syscall(SYS_sched_getaffinity, 0x3fffffff, 8, mask), -ESRCH);

	test_step("futex");
	check_eq(raw_syscall(SYS_futex, &word, FUTEX_WAKE, 1), 0);
	check_eq(raw_syscall(SYS_futex, &word, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 1), 0);
	check_eq(raw_syscall(SYS_futex, &word, FUTEX_WAIT, 8), -EAGAIN);
	check_eq(raw_syscall(SYS_futex, 0x200000, FUTEX_WAIT, 8), -EFAULT);
	check_eq(raw_syscall(SYS_futex, (char *)&word + 1, FUTEX_WAIT, 8), -EINVAL);
}

int
main(int argc, char **argv)
{
	if (argc > 1)
		touch_guard();
	test_begin("limits");
	test_clocks();
	test_limits();
	test_guard(argv[0]);
	test_small_calls();
	test_end();
}
