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

/* sys/abi.h has its own. */
#undef WIFEXITED
#undef WEXITSTATUS
#undef WIFSIGNALED
#undef WTERMSIG

/* Run the tests of a TTest list and print libcheck's summary.  => main's result */
int host_run(const char *name, const TTest *const *tests, size_t n);

#define HOST_MAIN(name, ...) \
	int \
	main(void) \
	{ \
		const TTest *const tests[] = { __VA_ARGS__ }; \
		return host_run(name, tests, sizeof(tests) / sizeof(tests[0])); \
	}

/* SIZE bytes of zeroed physical memory (a multiple of 2 MiB).  => once in a test */
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
