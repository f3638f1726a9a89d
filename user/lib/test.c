/* SPDX-License-Identifier: MIT */
/*
 * The test library, see test.h.  All state is static and lines are put together in a
 * static buffer: a test of the stack or the heap must be able to report that they are
 * broken.
 */
#include "test.h"

static const char *nonce = "-";
static const char *step_id;		/* NULL: no step is open */
static bool step_failed;
static bool test_failed;		/* some step has failed */
static int steps;			/* opened so far */

/* --- output: a line is collected, then written at once --- */

static char line[512];
static size_t line_len;

static void
line_vadd(const char *fmt, va_list ap)
{
	size_t room = sizeof(line) - 1 - line_len;	/* keep a byte for the newline */
	size_t n = (size_t)vsnprintf(line + line_len, room, fmt, ap);

	line_len += n < room ? n : room - 1;
}

static void printf_like(1, 2)
line_add(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	line_vadd(fmt, ap);
	va_end(ap);
}

static void
line_begin(void)
{
	line_len = 0;
	line_add("@%s ", nonce);
}

static void
line_end(void)
{
	line[line_len++] = '\n';
	write_all(STDOUT, line, line_len);
}

/* --- steps --- */

void
test_begin(const char *name)
{
	const char *value = getenv("NONCE");

	if (value != NULL)
		nonce = value;
	line_begin();
	line_add("begin %s", name);
	line_end();
	checkpoint("begin", (uintptr_t)name, 0, 0);
}

static void
step_close(void)
{
	if (step_id != NULL && !step_failed) {
		line_begin();
		line_add("step %s ok", step_id);
		line_end();
		checkpoint("step", (uintptr_t)step_id, true, 0);
	}
	step_id = NULL;
	step_failed = false;
}

void
test_step(const char *id)
{
	step_close();
	step_id = id;
	steps++;
}

noreturn void
test_end(void)
{
	step_close();
	line_begin();
	line_add("end %d", steps);
	line_end();
	checkpoint("end", (uint64_t)steps, !test_failed, 0);
	_exit(test_failed ? 1 : 0);
}

/* --- failed checks --- */

/* The part of a source file's name that says which test it is. */
static const char *
short_name(const char *file)
{
	const char *found = strstr(file, "tests/");

	while (found != NULL && strstr(found + 1, "/tests/") != NULL)
		found = strstr(found + 1, "/tests/") + 1;
	return found != NULL ? found : file;
}

/*
 * Note that a check has failed, and begin its line.
 * => true: the caller adds the words and calls line_end
 * => false: this step has failed before, be silent
 */
static bool
fail_begin(const char *file, int lineno)
{
	bool first = !step_failed;

	step_failed = test_failed = true;
	if (!first)
		return false;
	checkpoint("step", (uintptr_t)(step_id != NULL ? step_id : "-"), false, 0);
	line_begin();
	line_add("step %s FAIL %s:%d: ", step_id != NULL ? step_id : "-", short_name(file),
	    lineno);
	return true;
}

bool
test_check(const char *file, int lineno, const char *text, bool ok)
{
	if (ok)
		return true;
	if (fail_begin(file, lineno)) {
		line_add("%s: expected true, got false", text);
		line_end();
	}
	return false;
}

bool
test_check_eq(const char *file, int lineno, const char *text, int64_t got, int64_t want)
{
	if (got == want)
		return true;
	if (fail_begin(file, lineno)) {
		line_add("%s: expected %ld, got %ld", text, want, got);
		line_end();
	}
	return false;
}

bool
test_check_addr(const char *file, int lineno, const char *text, uint64_t got, uint64_t want)
{
	if (got == want)
		return true;
	if (fail_begin(file, lineno)) {
		line_add("%s: expected 0x%lx, got 0x%lx", text, want, got);
		line_end();
	}
	return false;
}

/* Add a string in quotes; what would break the line is shown as \xNN, a long rest as dots. */
static void
line_add_quoted(const char *s)
{
	size_t n = 0;

	if (s == NULL) {
		line_add("NULL");
		return;
	}
	line_add("\"");
	for (; s[n] != '\0' && n < 60; n++) {
		if (s[n] < ' ' || s[n] > '~')
			line_add("\\x%02x", (unsigned char)s[n]);
		else
			line_add("%c", s[n]);
	}
	line_add(s[n] != '\0' ? "...\"" : "\"");
}

bool
test_check_str(const char *file, int lineno, const char *text, const char *got, const char *want)
{
	if (got != NULL && want != NULL && strcmp(got, want) == 0)
		return true;
	if (fail_begin(file, lineno)) {
		line_add("%s: expected ", text);
		line_add_quoted(want);
		line_add(", got ");
		line_add_quoted(got);
		line_end();
	}
	return false;
}

bool
test_check_msg(const char *file, int lineno, bool ok, const char *fmt, ...)
{
	va_list ap;

	if (ok)
		return true;
	if (fail_begin(file, lineno)) {
		va_start(ap, fmt);
		line_vadd(fmt, ap);
		va_end(ap);
		line_end();
	}
	return false;
}

/* --- wait statuses --- */

static void
line_add_status(int status)
{
	if (WIFEXITED(status))
		line_add("exit code %d", WEXITSTATUS(status));
	else if (WIFSIGNALED(status))
		line_add("killed by signal %d", WTERMSIG(status));
	else
		line_add("wait status 0x%x", (unsigned)status);
}

bool
test_check_exited(const char *file, int lineno, int status, int code)
{
	if (WIFEXITED(status) && WEXITSTATUS(status) == code)
		return true;
	if (fail_begin(file, lineno)) {
		line_add("the process: expected exit code %d, got ", code);
		line_add_status(status);
		line_end();
	}
	return false;
}

bool
test_check_killed(const char *file, int lineno, int status, int sig)
{
	if (WIFSIGNALED(status) && WTERMSIG(status) == sig)
		return true;
	if (fail_begin(file, lineno)) {
		line_add("the process: expected killed by signal %d, got ", sig);
		line_add_status(status);
		line_end();
	}
	return false;
}

/* --- children --- */

#define MAX_CHILDREN	1024		/* of one process; so that ids are unique */

static uint64_t self;			/* 0 is the test; child n of process p is p * 1024 + n */
static uint64_t children;		/* started by this process */
static struct {
	pid_t pid;
	uint64_t id;
} running[16];

pid_t
test_child_start(void)
{
	uint64_t id = self * MAX_CHILDREN + ++children;
	pid_t pid = fork();

	if (pid == 0) {
		self = id;
		children = 0;
		memset(running, 0, sizeof(running));
	}
	for (size_t i = 0; pid > 0 && i < array_len(running); i++) {
		if (running[i].pid == 0) {
			running[i].pid = pid;
			running[i].id = id;
			break;
		}
	}
	return pid;
}

int
test_child_wait(pid_t pid)
{
	int status = -1;

	if (waitpid(pid, &status, 0) != pid)
		return -1;
	for (size_t i = 0; i < array_len(running); i++) {
		if (running[i].pid == pid) {
			checkpoint("child", running[i].id, (uint64_t)status, 0);
			running[i].pid = 0;
			break;
		}
	}
	return status;
}

noreturn void
test_child_exit_with(int code)
{
	checkpoint("exit", self, (uint64_t)code, 0);
	_exit(code);
}

noreturn void
test_child_exit(void)
{
	test_child_exit_with(step_failed ? TEST_CHILD_FAILED : 0);
}

int
test_child_exec(const char *path, char *const argv[], char *const envp[])
{
	checkpoint("exec", self, 0, 0);
	return execve(path, argv, envp);
}

int
test_child(void (*fn)(void *), void *arg)
{
	pid_t pid = test_child_start();
	int status;

	if (pid == 0) {
		fn(arg);
		test_child_exit();
	}
	if (!check_msg(pid > 0, "fork: expected a child, got errno %d", errno))
		return -1;
	status = test_child_wait(pid);
	if (!check_msg(status != -1, "wait: expected pid %d, got errno %d", pid, errno))
		return -1;
	if (WIFEXITED(status) && WEXITSTATUS(status) == TEST_CHILD_FAILED)
		step_failed = test_failed = true;	/* it has printed why */
	return status;
}

/* Steele, Lea and Flood's SplitMix64, started from a hash (FNV-1a) of the nonce. */
uint64_t
test_random(void)
{
	static uint64_t state;
	uint64_t z;

	if (state == 0) {
		state = 0xcbf29ce484222325;
		for (const char *p = nonce; *p != '\0'; p++)
			state = (state ^ (unsigned char)*p) * 0x100000001b3;
	}
	z = state += 0x9e3779b97f4a7c15;
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}
