/* SPDX-License-Identifier: MIT */
/*
 * forkexec [COUNT]: fork, exec /bin/true and wait, 1000 times.  Afterwards exactly as
 * many frames are free as before (B6, B7: the kernel asserts that no root in use goes, and with
 * INVARIANTS=1 it fills what is freed with rubbish).
 */
#include "test.h"

static void
round_trip(void)
{
	static char *argv[] = { "true", NULL };
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		execv("/bin/true", argv);
		_exit(127);
	}
	check_msg(pid > 0, "fork: errno %d", errno);
	check_eq(wait(&status), pid);
	check_exited(status, 0);
}

int
main(int argc, char **argv)
{
	int count = argc > 1 ? atoi(argv[1]) : 1000;
	size_t before;

	test_begin("forkexec");

	test_step("once");
	round_trip();

	test_step("many");
	before = free_frames();
	for (int i = 0; i < count; i++)
		round_trip();

	test_step("frames");
	check_frames(before);
	test_end();
}
