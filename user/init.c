/* SPDX-License-Identifier: MIT */
/*
 * The first process.
 *
 *	init			a shell on the console, again and again; when it is
 *				left by exit or ^D, the machine is switched off
 *	init PROGRAM ARG...	one program instead of the shell; then switch off
 *	init run PROGRAM ARG...	the same for the grader: wait until all processes have
 *				ended and print two lines before switching off
 *
 *		@NONCE exit code 0	or: exit signal 11, exit exec -2 (not run: ENOENT)
 *		@NONCE insns 123456	the time stamp counter; under icount, instructions
 *
 * With STACK_KIB=N in the environment (on the kernel's command line) programs that are
 * run so have a stack of at most N KiB: a lab in which the student makes the stack.
 *
 * Orphans become children of process 1, so waiting for any child reaps them too.
 */
#include "user.h"

static const char *self;	/* our program file */

static uint64_t
read_tsc(void)
{
	uint32_t low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
	return (uint64_t)high << 32 | low;
}

/* Have fds 0 to 2 on the console if nobody has given us any. */
static void
open_console(void)
{
	if (fcntl(STDIN, F_GETFD, 0) >= 0)
		return;
	open("/dev/console", O_RDWR);
	dup(STDIN);
	dup(STDIN);
}

/* Switch off; elsewhere than on Faultline, only end. */
static noreturn void
shut_down(void)
{
	power_off();
	exit(0);
}

/* How a program ended: ERR is not 0 when it could not be run, else STATUS is its wait status. */
struct outcome {
	int err;
	int status;
};

/*
 * The child tells us that exec has failed by moving a file offset that we share; a
 * successful exec closes its copy.  (A pipe would do too, but it takes memory that is
 * freed at some time while the program runs, and tests count free frames.)
 */
static noreturn void
become(char **argv, int shared)
{
	execvp(argv[0], argv);
	lseek(shared, errno, SEEK_SET);
	_exit(127);
}

/* Run ARGV in a child and wait for it; reap whoever else ends meanwhile. */
static struct outcome
run(char **argv)
{
	int shared = open(self, O_RDONLY | O_CLOEXEC);
	struct outcome result = { 0, 0 };
	pid_t pid = fork(), ended;

	if (pid == 0)
		become(argv, shared);
	if (pid < 0) {
		result.err = errno;
		return result;
	}
	do {
		ended = wait(&result.status);
	} while (ended > 0 && ended != pid);
	if (shared >= 0)
		result.err = (int)lseek(shared, 0, SEEK_CUR);
	close(shared);
	return result;
}

/* Let what we start have no more stack than STACK_KIB says, if it says anything. */
static void
limit_stack(void)
{
	const char *kib = getenv("STACK_KIB");
	struct linux_rlimit limit = { 0, RLIM_NONE };

	if (kib == NULL)
		return;
	limit.cur = atoi(kib) * 1024ul;
	raw_syscall(SYS_setrlimit, RLIMIT_STACK, &limit);
}

static noreturn void
run_graded(char **argv)
{
	const char *nonce = getenv("NONCE");
	struct outcome result;

	limit_stack();
	result = run(argv);
	while (wait(NULL) > 0)		/* what the program has left behind */
		continue;
	if (nonce == NULL)
		nonce = "-";
	if (result.err != 0)
		printf("@%s exit exec %d\n", nonce, -result.err);
	else if (WIFSIGNALED(result.status))
		printf("@%s exit signal %d\n", nonce, WTERMSIG(result.status));
	else
		printf("@%s exit code %d\n", nonce, WEXITSTATUS(result.status));
	printf("@%s insns %lu\n", nonce, read_tsc());
	shut_down();
}

static noreturn void
run_program(char **argv)
{
	struct outcome result = run(argv);

	if (result.err != 0)
		printf("init: %s: %s\n", argv[0], strerror(result.err));
	shut_down();
}

/*
 * Shells until one ends by itself: one that was killed is started anew, by ^C at its prompt,
 * for example.  => false when there is none
 */
static bool
run_shells_of(char *path)
{
	char *argv[] = { path, NULL };
	struct outcome result = run(argv);

	while (result.err == 0 && WIFSIGNALED(result.status)) {
		printf("\n");
		result = run(argv);
	}
	if (result.err != 0)
		printf("init: %s: %s\n", path, strerror(result.err));
	return result.err == 0;
}

/* The shell of these files, or else the one beside us. */
static noreturn void
run_shells(void)
{
	static char own[PATH_MAX];
	const char *slash = strrchr(self, '/');
	int dir = slash != NULL ? (int)(slash - self) : 0;

	snprintf(own, sizeof(own), "%.*s/sh", dir, self);
	if (!run_shells_of("/bin/sh") && strcmp(own, "/bin/sh") != 0)
		run_shells_of(own);
	printf("init: switching off\n");
	shut_down();
}

int
main(int argc, char **argv)
{
	self = argv[0];
	open_console();
	if (argc > 2 && strcmp(argv[1], "run") == 0)
		run_graded(argv + 2);
	if (argc > 1)
		run_program(argv + 1);
	run_shells();
}
