/* SPDX-License-Identifier: MIT */
/*
 * A child touches more memory than the machine has, by itself and in a system call.
 * It must be killed by SIGKILL; the rest goes on, with every frame back.
 */
#include "lab.h"

#define TOO_MANY	(64 * MIB / PAGE)	/* on a machine of 32 MiB */

static void
touch(uint64_t addr, size_t npages)
{
	for (size_t i = 0; i < npages; i++)
		poke(addr + i * PAGE, 1);
}

static uint64_t start;		/* of so much heap */

static void
eat_all(void *arg)
{
	(void)arg;
	touch(start, TOO_MANY);
}

/* Leave a few frames only, then have the kernel fill many pages. */
static void
eat_in_read(void *path)
{
	int file = open(path, O_RDONLY);
	size_t n = free_frames() - between(56, 72);
	uint64_t p = start + n * PAGE;

	touch(start, n);
	for (; raw_syscall(SYS_read, file, p, 4 * PAGE) > 0; p += 4 * PAGE)
		lseek(file, 0, SEEK_SET);
}

static void
eat_a_third(void *arg)
{
	(void)arg;
	touch(start, between(2400, 2600));
}

int
main(int argc, char **argv)
{
	(void)argc;
	test_begin("oom-heap");

	test_step("killed");
	start = heap_pages(TOO_MANY);
	check_exited(test_child(eat_a_third, NULL), 0);
	size_t frames = frames_settled();
	check_killed(test_child(eat_all, NULL), SIGKILL);

	test_step("system-call");
	check_killed(test_child(eat_in_read, argv[0]), SIGKILL);

	test_step("goes-on");
	check_eq(free_frames(), frames);
	check_exited(test_child(eat_a_third, NULL), 0);

	test_end();
}
