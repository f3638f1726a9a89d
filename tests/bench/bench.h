/* SPDX-License-Identifier: MIT */
/*
 * What operations cost, by the time stamp counter: under QEMU's -icount shift=0 that is the
 * number of instructions.  The same program runs on Linux and on Faultline; it uses no
 * library, so that it is small and does nothing that it is not told to do.
 */
#ifndef BENCH_H
#define BENCH_H

#include <stddef.h>
#include <stdint.h>

#include "../sys6.h"

#define P	4096UL
#define MIB	(1UL << 20)

#define SYS_read	0
#define SYS_write	1
#define SYS_open	2
#define SYS_close	3
#define SYS_mmap	9
#define SYS_mprotect	10
#define SYS_munmap	11
#define SYS_brk		12
#define SYS_pipe	22
#define SYS_getpid	39
#define SYS_fork	57
#define SYS_execve	59
#define SYS_exit	60
#define SYS_wait4	61
#define SYS_prctl	157
#define SYS_reboot	169

#define PROT_READ	1
#define PROT_WRITE	2
#define RW		(PROT_READ | PROT_WRITE)
#define MAP_SHARED	1
#define MAP_PRIVATE	2
#define MAP_FIXED	16
#define MAP_ANONYMOUS	32

/* Up to three arguments of sys6, and no instruction for the others. */
static inline long
sys3(long nr, long a, long b, long c)
{
	long result;

	__asm__ volatile("syscall"
	    : "=a"(result) : "a"(nr), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
	return result;
}

#define sys(...)	sys_args(__VA_ARGS__, 0, 0, 0, 0)
#define sys_args(nr, a, b, c, ...)	sys3((nr), (long)(a), (long)(b), (long)(c))

static inline uint64_t
now(void)
{
	uint32_t low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high) : : "memory");
	return (uint64_t)high << 32 | low;
}

static inline void
touch(char *at)
{
	__asm__ volatile("movb $1, (%0)" : : "r"(at) : "memory");
}

static inline void
look(const char *at)
{
	__asm__ volatile("movb (%0), %%al" : : "r"(at) : "rax", "memory");
}

/* --- samples (main.c) --- */

#define MAX_SAMPLES	1024

/* Shared with children, and present before anything is measured. */
extern uint32_t *samples;

/* What two rdtsc cost with nothing between them. */
extern uint32_t empty;

static inline void
sample(size_t i, uint64_t from, uint64_t to)
{
	samples[i] = (uint32_t)(to - from) - empty;
}

/* The N samples are those of the row NAME, each of them for DIVISOR times the same. */
void row(const char *name, size_t n, uint32_t divisor);

/* End, because WHAT is not there. */
_Noreturn void fail(const char *what);

/* New private memory, or at a fixed place; the program ends when there is none. */
char *memory(size_t bytes);
void memory_at(char *at, size_t bytes, int prot);

static inline void
release(char *at, size_t bytes)
{
	sys(SYS_munmap, at, bytes);
}

/* Fork; in the child that is 0. */
static inline long
sys_fork(void)
{
	return sys(SYS_fork);
}

_Noreturn void quit(int code);

/* Wait for a child that must exit with 0; the first tells whether it did. */
int ended_well(long pid);
void wait_for(long pid);

/* The path of this program: run with the argument "!", it exits at once. */
extern const char *self;

/* --- rows --- */

void bench_calls(void);		/* calls.c */
void bench_heap(void);		/* memory.c */
void bench_stack(void);
void bench_mappings(void);
void bench_regions(void);	/* regions.c */
void bench_files(void);
void bench_forks(void);		/* process.c */
void bench_cow(void);
void bench_pipes(void);

#endif
