/* SPDX-License-Identifier: MIT */
/*
 * What host tests share.  Each test_*.c is a program of its own, made of the
 * files that its "host-test:" line names; libcheck runs every test in a process
 * of its own.  Include this before any kernel header: they redefine `noreturn`.
 */
#ifndef HOST_H
#define HOST_H

#include <check.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* sys/abi.h and sys/abi_proc.h have their own. */
#undef WIFEXITED
#undef WEXITSTATUS
#undef WIFSIGNALED
#undef WTERMSIG
#undef WIFSTOPPED
#undef WSTOPSIG
#undef WIFCONTINUED
#undef WNOHANG
#undef WUNTRACED
#undef WSTOPPED
#undef WEXITED
#undef WCONTINUED
#undef WNOWAIT

/* Run the tests of a TTest list and print libcheck's summary.  => main's result */
int host_run(const char *name, const TTest *const *tests, size_t n);

#define HOST_MAIN(name, ...) \
	int \
	main(void) \
	{ \
		const TTest *const tests[] = { __VA_ARGS__ }; \
		return host_run(name, tests, sizeof(tests) / sizeof(tests[0])); \
	}

#define HOST_DIRT	0xa5		/* what memory is full of at first: no zeros */

/* As ck_assert, which takes microseconds even when all is well: for what is asked often. */
#define must(cond) \
	do { \
		if (!(cond)) \
			host_fail(__FILE__, __LINE__, "%s", #cond); \
	} while (0)

/* The same for two integers, which it tells. */
#define must_eq(a, b) \
	do { \
		uint64_t must_a = (uint64_t)(a), must_b = (uint64_t)(b); \
		if (must_a != must_b) \
			host_fail(__FILE__, __LINE__, "%s is 0x%lx, %s is 0x%lx", #a, must_a, #b, \
			    must_b); \
	} while (0)

/* End the test: FMT was expected to hold, but did not.  Calls host_on_failure first. */
void host_fail(const char *file, int line, const char *fmt, ...)
    __attribute__((noreturn, format(printf, 3, 4)));
extern void (*host_on_failure)(void);

/*
 * Allocation number FAIL_ALLOC from now on (1: the next; 0: none) is refused, access number
 * FAIL_USERCOPY to user memory.  sweep.h lets each of an operation fail.
 */
extern unsigned long fail_alloc, fail_usercopy;
extern bool fail_ever_after;		/* and so are all after it */
extern unsigned long fail_count;	/* how many were refused */

extern long host_objects;		/* of kmalloc, in use */

/* SIZE bytes of physical memory (a multiple of 2 MiB), full of dirt.  => once in a test */
void host_memory_make(size_t size);

/* The same, and pmem has taken all of it over but the image's place. */
void host_memory_init(size_t size);

/*
 * STATEMENT must panic, with TEXT in the message.  It runs in a process of its own,
 * so nothing it does, such as taking a lock, is seen afterwards.
 */
#define expect_panic(statement, text) \
	do { \
		if (host_panic_child()) { \
			statement; \
			_exit(EXIT_SUCCESS); \
		} \
		ck_assert_msg(strstr(host_panic_text, text) != NULL, \
		    "%s: want a panic with \"%s\", got \"%s\"", #statement, text, \
		    host_panic_text); \
	} while (0)

/* => true in a new child; in the parent, false once the child has ended */
bool host_panic_child(void);
extern char host_panic_text[512];	/* what the child panicked with; "" if it did not */

#endif
