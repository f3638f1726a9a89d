/* SPDX-License-Identifier: MIT */
/*
 * Much memory at once: what a fork of 64 MiB takes, how much can be promised, and that none of
 * 10000 new pages shows what another process has left.
 */
#include "test.h"

#define MIB		(1UL << 20)
#define USER_END	0x7ffffffff000UL
#define TOUCHED		(64 * MIB)
#define FILLED		(80 * MIB)
#define FRESH		10000UL		/* pages */
#define TABLES		(TOUCHED / (512 * PAGE_SIZE))	/* of the last level */
#define FEW		32		/* other tables, a kernel stack, a copied page or two */

static volatile char *
map(uint64_t size, int how)
{
	long at = raw_syscall(SYS_mmap, 0, size, PROT_READ | PROT_WRITE, MAP_ANONYMOUS | how, -1,
	    0);

	check_msg(at > 0, "mmap: errno %ld", -at);
	return (volatile char *)at;
}

static volatile uint64_t *told;

static void
count_frames(void *arg unused_arg)
{
	*told = free_frames();
}

/* K2: with 64 MiB touched a fork takes frames for tables, and none for pages. */
static void
test_fork(void)
{
	volatile char *p = map(TOUCHED, MAP_PRIVATE);
	size_t before;

	test_step("fork-64-MiB");
	told = (volatile uint64_t *)map(PAGE_SIZE, MAP_SHARED);
	*told = 0;
	for (uint64_t at = 0; at < TOUCHED; at += PAGE_SIZE)
		p[at] = 1;
	before = free_frames();
	check_exited(test_child(count_frames, NULL), 0);
	check_msg(before - *told >= TABLES && before - *told <= TABLES + FEW,
	    "a fork took %lu frames, want %lu to %lu", before - *told, TABLES, TABLES + FEW);
	check_frames(before);
	raw_syscall(SYS_munmap, p, TOUCHED);
}

/* => 0 when PAGES could be mapped with PROT and HOW, else the error; they are unmapped again */
static long
try(uint64_t pages, int prot, int how)
{
	long at = raw_syscall(SYS_mmap, 0, pages * PAGE_SIZE, prot, MAP_ANONYMOUS | how, -1, 0);

	return at < 0 ? at : raw_syscall(SYS_munmap, at, pages * PAGE_SIZE);
}

/* F12: all the memory there is can be promised, and not a page more; F11: or nothing is. */
static void
test_promises(void)
{
	const int rw = PROT_READ | PROT_WRITE;
	struct linux_sysinfo info;
	uint64_t all;

	test_step("promises");
	check_eq(sysinfo(&info), 0);
	all = info.totalram * info.mem_unit / PAGE_SIZE;
	check_eq(try(all, rw, MAP_PRIVATE), 0);
	check_eq(try(all + 1, rw, MAP_PRIVATE), -ENOMEM);
	check_eq(try(all, rw, MAP_SHARED), 0);
	check_eq(try(all + 1, rw, MAP_SHARED), -ENOMEM);
	check_eq(try(all + 1, PROT_READ, MAP_PRIVATE), 0);
	check_eq(try(all + 1, rw, MAP_PRIVATE | MAP_NORESERVE), 0);
}

/* A5, A6: user space has its last page, which on Linux is the stack's, and no more. */
static void
test_last_page(void)
{
	const int how = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, rw = PROT_READ | PROT_WRITE;

	test_step("last-page");
	check_eq(raw_syscall(SYS_mmap, USER_END - PAGE_SIZE, 2 * PAGE_SIZE, rw, how, -1, 0),
	    -ENOMEM);
	check_addr(raw_syscall(SYS_mmap, USER_END - PAGE_SIZE, PAGE_SIZE, rw, how, -1, 0),
	    USER_END - PAGE_SIZE);
	*(volatile char *)(USER_END - 1) = 1;
	check_eq(raw_syscall(SYS_munmap, USER_END - PAGE_SIZE, PAGE_SIZE), 0);
}

static void
fill(void *arg unused_arg)
{
	memset((void *)map(FILLED, MAP_PRIVATE), 0xa5, FILLED);
}

/* N16 */
static void
test_fresh_pages(void)
{
	const volatile uint64_t *p;
	size_t dirty = 0;

	test_step("fresh-pages");
	check_exited(test_child(fill, NULL), 0);
	p = (volatile uint64_t *)map(FRESH * PAGE_SIZE, MAP_PRIVATE);
	for (size_t i = 0; i < FRESH * PAGE_SIZE / sizeof(*p); i++) {
		if (i % (PAGE_SIZE / sizeof(*p)) == 0)
			((volatile char *)&p[i])[PAGE_SIZE - 1] = 0;	/* a page of its own */
		dirty += p[i] != 0;
	}
	check_eq(dirty, 0);
}

int
main(void)
{
	test_begin("bigmem");
	if (!test_on_linux()) {		/* where frames are not counted, and much is different */
		test_fork();
		test_promises();
		test_last_page();
	}
	test_fresh_pages();
	test_end();
}
