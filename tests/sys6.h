/* SPDX-License-Identifier: MIT */
/*
 * A system call as it is, for programs that run on Linux and on Faultline: the benchmarks and
 * the behaviours (tests/bench, tests/linux).
 */
#ifndef TESTS_SYS6_H
#define TESTS_SYS6_H

/* Call NR with up to six arguments.  => the result, or a negated errno value */
static inline long
sys6(long nr, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long result;

	__asm__ volatile("syscall"
	    : "=a"(result)
	    : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
	    : "rcx", "r11", "memory");
	return result;
}

#endif
