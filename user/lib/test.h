/* SPDX-License-Identifier: MIT */
/*
 * The test library: a test is a program that opens steps and checks things in
 * them.  What it prints is read by the grader and by people:
 *
 *	@n begin sbrk-small
 *	@n step grow ok
 *	@n step contents FAIL tests/sbrk-small.c:41: buf[5]: expected 7, got 0
 *	@n end 2
 *
 * n is the environment variable NONCE, "-" when it is not set.  A failed check
 * prints its line and the test goes on; further failures in the same step are
 * silent.  A step that was never opened or never closed prints nothing.
 *
 * Each line is one write(2).  Nothing here needs the heap, and little of the stack.
 */
#ifndef FAULTLINE_TEST_H
#define FAULTLINE_TEST_H

#include "user.h"

/* Begin the test NAME.  => once, before everything else */
void test_begin(const char *name);

/* Close the open step, if any, and open step ID. */
void test_step(const char *id);

/* Close the last step and exit: with 0 when no check has failed, else with 1. */
noreturn void test_end(void);

/* --- checks: macros, each => whether it held --- */

#define check(cond) \
	test_check(__FILE__, __LINE__, #cond, (cond))

/* Two integers, printed in decimal. */
#define check_eq(got, want) \
	test_check_eq(__FILE__, __LINE__, #got, (int64_t)(got), (int64_t)(want))

/* Two addresses or bit patterns, printed in hexadecimal. */
#define check_addr(got, want) \
	test_check_addr(__FILE__, __LINE__, #got, (uint64_t)(got), (uint64_t)(want))

#define check_str(got, want) \
	test_check_str(__FILE__, __LINE__, #got, (got), (want))

/* The same in your own words: check_msg(n == 3, "words: expected 3, got %d", n) */
#define check_msg(cond, ...) \
	test_check_msg(__FILE__, __LINE__, (cond), __VA_ARGS__)

/* A wait status: did the process exit with CODE, was it killed by SIGNAL? */
#define check_exited(status, code) \
	test_check_exited(__FILE__, __LINE__, (status), (code))
#define check_killed(status, signal) \
	test_check_killed(__FILE__, __LINE__, (status), (signal))

/* --- children --- */

#define TEST_CHILD_FAILED	99	/* exit code of a child in which a check failed */

/*
 * Fork; the child runs FN(ARG) and exits with 0.  Its checks print lines of the
 * parent's step, and fail it here too.  The child must not open or end steps.
 * => its wait status; -1 when fork or wait fails (that fails the step)
 */
int test_child(void (*fn)(void *), void *arg);

/*
 * The same in pieces, for children that run while the test goes on.  Whoever watches from
 * outside hears of each child's end from the child itself, so a status that the kernel
 * has made up is found out.
 */
pid_t test_child_start(void);			/* fork */
int test_child_wait(pid_t pid);			/* => its wait status, -1 when wait fails */
noreturn void test_child_exit(void);		/* exit 0, or TEST_CHILD_FAILED */
noreturn void test_child_exit_with(int code);
int test_child_exec(const char *path, char *const argv[], char *const envp[]);	/* execve */

/* --- looking at the machine --- */

/* Physical frames that nobody uses. */
size_t free_frames(void);

/* As many frames as BEFORE must be free again.  => always true on Linux */
#define check_frames(before) \
	test_check_frames(__FILE__, __LINE__, (before))

/* How many of the NPAGES pages from ADDR on are present; pages in no region are not. */
size_t resident(const void *addr, size_t npages);

/* Are we running on Linux?  There, frames cannot be counted: other programs run. */
bool test_on_linux(void);

/* A pseudo-random number; the sequence depends on NONCE only. */
uint64_t test_random(void);

/* --- behind the macros --- */

/*
 * What is printed, and more, for whoever watches from outside (crt0.S): a breakpoint
 * there reads it from the registers, so what a test found does not have to be believed from the
 * console.  WHAT is begin (a: the name), step (a: the id, b: whether it is ok), end
 * (a: how many steps, b: whether all are ok), resident (a: address, b: pages, c: how
 * many are present), holes (the same, but some pages are in no region), frames (a: how
 * many are free), exit and exec (a: which child ends, or becomes another program, b: the
 * exit code) or child (a: which child was waited for, b: its wait status).
 */
void checkpoint(const char *what, uint64_t a, uint64_t b, uint64_t c);

bool test_check(const char *file, int line, const char *text, bool ok);
bool test_check_eq(const char *file, int line, const char *text, int64_t got, int64_t want);
bool test_check_addr(const char *file, int line, const char *text, uint64_t got, uint64_t want);
bool test_check_str(const char *file, int line, const char *text, const char *got,
    const char *want);
bool test_check_msg(const char *file, int line, bool ok, const char *fmt, ...) printf_like(4, 5);
bool test_check_exited(const char *file, int line, int status, int code);
bool test_check_frames(const char *file, int line, size_t before);
bool test_check_killed(const char *file, int line, int status, int sig);

#endif
