/* SPDX-License-Identifier: MIT */
/*
 *	behaviours DIR all [FIRST]	all behaviours, from number FIRST on
 *	behaviours DIR only PREFIX	those whose id begins with PREFIX
 *	behaviours DIR random ...	random sequences of calls (random.c)
 *
 * DIR is for files; it is made, and made the current directory.  As the first process of
 * a Linux machine the program prepares it, does the same in a child, and switches off.
 */
#include "harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <unistd.h>

#define NOBODY		65534
#define MAX_BEHAVIOURS	1000

extern const struct behaviour *const __start_behaviours[], *const __stop_behaviours[];
extern const struct helper *const __start_helpers[], *const __stop_helpers[];

char *self_path, **initial_argv;

/* "A10_2" is row 10 of section A, number 2. */
static int
order(const void *left, const void *right)
{
	const struct behaviour *a = *(const struct behaviour *const *)left;
	const struct behaviour *b = *(const struct behaviour *const *)right;
	int row_a = 0, row_b = 0, n_a = 0, n_b = 0;

	sscanf(a->id + 1, "%d_%d", &row_a, &n_a);
	sscanf(b->id + 1, "%d_%d", &row_b, &n_b);
	if (a->id[0] != b->id[0])
		return a->id[0] - b->id[0];
	return row_a != row_b ? row_a - row_b : n_a - n_b;
}

static void
print_line(const struct behaviour *b, const char *result)
{
	char line[600], id[16];

	snprintf(id, sizeof(id), "%s", b->id);
	*strchr(id, '_') = '.';
	snprintf(line, sizeof(line), "%s %s: %s\n", id, b->name, result);
	sys(SYS_write, 1, line, strlen(line));
}

/* Run B in a child and print its line: what came through the pipe, and how it ended. */
static void
run(const struct behaviour *b)
{
	char result[500];
	size_t used = 0;
	int fds[2], status;
	long pid, got;

	if (failed(sys(SYS_pipe, fds)) || failed(pid = sys(SYS_fork))) {
		print_line(b, "cannot be run");
		return;
	}
	if (pid == 0) {
		sys(SYS_close, fds[0]);
		result_fd = fds[1];
		catch_faults();
		b->run();
		_exit(0);
	}
	sys(SYS_close, fds[1]);
	while (used < sizeof(result) - 1 &&
	    (got = sys(SYS_read, fds[0], result + used, sizeof(result) - 1 - used)) > 0)
		used += (size_t)got;
	result[used] = '\0';
	sys(SYS_close, fds[0]);
	status = wait_for(pid);
	if (status != 0)
		snprintf(result + used, sizeof(result) - used, "%s%s", used > 0 ? ", " : "",
		    ended(status));
	print_line(b, result);
}

static int
run_behaviours(size_t first, const char *prefix)
{
	static const struct behaviour *sorted[MAX_BEHAVIOURS];
	size_t n = (size_t)(__stop_behaviours - __start_behaviours);

	if (n > MAX_BEHAVIOURS)
		return 2;
	memcpy(sorted, __start_behaviours, n * sizeof(sorted[0]));
	qsort(sorted, n, sizeof(sorted[0]), order);
	dprintf(1, "behaviours: %zu\n", n);
	for (size_t i = first; i < n; i++)
		if (strncmp(sorted[i]->id, prefix, strlen(prefix)) == 0)
			run(sorted[i]);
	dprintf(1, "behaviours: end\n");
	return 0;
}

/* --- a machine like any other --- */

/* Files, limits and rights of an ordinary user; what a kernel does not have, it does not have. */
static void
become_ordinary(const char *dir)
{
	static const struct rlimit stack = { 8 * MIB, RLIM_INFINITY }, core = { 0, 0 };

	sys(SYS_mkdir, "/tmp", 0777);
	sys(SYS_mkdir, dir, 0777);
	sys(SYS_chmod, dir, 0777);
	sys(SYS_prlimit64, 0, RLIMIT_STACK, &stack, NULL);
	sys(SYS_prlimit64, 0, RLIMIT_CORE, &core, NULL);
	sys(SYS_prctl, PR_SET_THP_DISABLE, 1, 0, 0, 0);
	sys(SYS_umask, 0);
	if (sys(SYS_getuid) == 0) {
		sys(SYS_setgroups, 0, NULL);
		sys(SYS_setresgid, NOBODY, NOBODY, NOBODY);
		sys(SYS_setresuid, NOBODY, NOBODY, NOBODY);
	}
}

/* Addresses are the same in every run from here on. */
static void
without_randomness(char **argv)
{
	char *const environment[] = { "READY=1", NULL };

	if (getenv("READY") != NULL || failed(sys(SYS_personality, ADDR_NO_RANDOMIZE)))
		return;
	sys(SYS_execve, argv[0], argv, environment);
}

/* The first process of a Linux machine. */
static void
be_init(void)
{
	long pid;

	sys(SYS_mkdir, "/proc", 0755);
	sys(SYS_mount, "proc", "/proc", "proc", 0, NULL);
	pid = sys(SYS_fork);
	if (pid == 0)
		return;
	wait_for(pid);
	sync();
	reboot(RB_AUTOBOOT);
}

/* => what the helper NAME returns; -1: there is none */
static int
run_helper(const char *name)
{
	size_t n = (size_t)(__stop_helpers - __start_helpers);

	for (size_t i = 0; i < n; i++)
		if (strcmp(name, __start_helpers[i]->name) == 0)
			return __start_helpers[i]->run();
	return -1;
}

/* What main() is asked for, behind DIR. */
static int
run_order(int argc, char **argv)
{
	if (strcmp(argv[0], "random") == 0)
		return random_main(argc - 1, argv + 1);
	if (strcmp(argv[0], "only") == 0 && argc == 2)
		return run_behaviours(0, argv[1]);
	if (strcmp(argv[0], "all") != 0)
		return 2;
	return run_behaviours(argc > 1 ? strtoul(argv[1], NULL, 10) : 0, "");
}

int
main(int argc, char **argv)
{
	int result;

	self_path = argv[0];
	initial_argv = argv;
	if (argc >= 2 && (result = run_helper(argv[1])) >= 0)
		return result;
	if (argc < 3)
		return 2;
	if (getpid() == 1 && on_linux() && getenv("READY") == NULL)
		be_init();
	become_ordinary(argv[1]);
	without_randomness(argv);
	if (failed(sys(SYS_chdir, argv[1])))
		return 3;
	return run_order(argc - 2, argv + 2);
}
