/* SPDX-License-Identifier: MIT */
/*
 * N7: a system call that does not exist answers ENOSYS, whatever its number looks like.
 * Some of them exist on Linux: there only the last step checks anything.
 */
#include "test.h"

/*
 * Holes in the table of Linux, so that nobody ever has a call there: 335 to 423 are left out,
 * the newest has a number below 480, and 512 to 547 are for programs of another kind.
 */
static bool
is_hole(long nr)
{
	return (nr >= 335 && nr < 424) || (nr >= 480 && nr < 512) || (nr >= 548 && nr < 1024);
}

static void
expect_nosys(long nr)
{
	long answer;

	if (test_on_linux())
		return;
	answer = raw_syscall(nr);
	check_msg(answer == -ENOSYS, "system call 0x%lx: expected %d, got %ld", nr, -ENOSYS,
	    answer);
}

int
main(void)
{
	static const long strange[] = {
		0x7fffffff, 0x80000000, 0x80000000 + SYS_getpid, 0xffffffff, 0xffffffff00000200,
		0x40000000, 0x40000000 + SYS_getpid, INT64_MAX, -1, -ENOSYS,
		1023, 1027, 4096, 65535, 65536 + SYS_getpid,
	};

	test_begin("nosys");

	test_step("small-numbers");
	for (long nr = 0; nr < 1024; nr++)
		if (is_hole(nr))
			expect_nosys(nr);

	test_step("strange-numbers");
	for (size_t i = 0; i < array_len(strange); i++)
		expect_nosys(strange[i]);

	test_step("upper-half");	/* is not looked at: the number is an int */
	check_eq(raw_syscall(0x100000000 + SYS_getpid), getpid());
	check_eq(raw_syscall(INT64_MIN + SYS_getpid), getpid());
	test_end();
}
