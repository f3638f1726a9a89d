/* SPDX-License-Identifier: MIT */
/*
 * What the tests of this lab share: where the stack lies, how to move the heap's
 * end, accesses that the compiler cannot think away, and patterns to check.
 *
 * Rules that every test here keeps:
 *   - a stack test does not use the heap, and a heap test stays on the first
 *     stack page, so that a mistake in one does not hide the other;
 *   - a test of memregion_extend moves the heap's end by brk, which is given;
 *     only the tests of sbrk call sbrk;
 *   - an access that must be refused happens in a child, and the parent looks
 *     at its wait status;
 *   - a refusal is only believed of a kernel that also serves (lab_begin);
 *   - each boot is another variant: what may be anything (sizes, pages, bytes) is
 *     between() two bounds, chosen from the nonce, so not before test_begin.  Ends of
 *     regions and pages are tried exactly, in every boot.
 */
#ifndef DEMAND_PAGING_LAB_H
#define DEMAND_PAGING_LAB_H

#include "test.h"

#define PAGE		4096ul
#define MIB		(1024ul * 1024)
#define GIB		(1024 * MIB)

/* kernel/mm/layout.h: USTACK_UPPERBOUND, USTACK_PAGES, USER_END */
#define STACK_TOP	0x7ffffff00000ul
#define STACK_PAGES	10
#define STACK_LOW	(STACK_TOP - STACK_PAGES * PAGE)
#define STACK_PAGE(i)	(STACK_LOW + (i) * PAGE)	/* 0 is the lowest, 9 the top one */
#define USER_END	0x7ffffffff000ul

/* --- single accesses --- */

static inline uint8_t
peek(uint64_t addr)
{
	uint8_t v;

	asm volatile("movb (%1), %0" : "=q"(v) : "r"(addr) : "memory");
	return v;
}

static inline void
poke(uint64_t addr, uint8_t v)
{
	asm volatile("movb %0, (%1)" : : "q"(v), "r"(addr) : "memory");
}

/* The same for eight bytes. */
static inline uint64_t
peek8(uint64_t addr)
{
	uint64_t v;

	asm volatile("movq (%1), %0" : "=r"(v) : "r"(addr) : "memory");
	return v;
}

static inline void
poke8(uint64_t addr, uint64_t v)
{
	asm volatile("movq %0, (%1)" : : "r"(v), "r"(addr) : "memory");
}

/* An access that a child is to make. */
struct access {
	char kind;		/* 'r'ead, 'w'rite, e'x'ecute */
	uint64_t addr;
};

static inline void
do_access(void *arg)
{
	const struct access *a = arg;

	if (a->kind == 'r')
		peek(a->addr);
	else if (a->kind == 'w')
		poke(a->addr, 1);
	else
		((void (*)(void))a->addr)();
}

/* Make the access in a child.  => its wait status */
static inline int
try_access(char kind, uint64_t addr)
{
	struct access a = { kind, addr };

	return test_child(do_access, &a);
}

#define check_refused(kind, addr)	check_killed(try_access(kind, addr), SIGSEGV)
#define check_served(kind, addr)	check_exited(try_access(kind, addr), 0)

/* --- patterns --- */

/* A number from LOW to HIGH, another one in each boot. */
static inline uint64_t
between(uint64_t low, uint64_t high)
{
	return low + test_random() % (high - low + 1);
}

/* An offset into a page such that N bytes from there, at most a page, end in the next one. */
static inline uint64_t
crossing(uint64_t n)
{
	return PAGE - between(1, n - 1);
}

static inline uint64_t
page_up(uint64_t addr)
{
	return (addr + PAGE - 1) & ~(PAGE - 1);
}

/* The word that belongs at ADDR under SEED: never 0, another one at each address. */
static inline uint64_t
word_for(uint64_t addr, uint64_t seed)
{
	uint64_t x = (addr ^ seed) * 0x9e3779b97f4a7c15ul;

	return (x ^ x >> 29) | 1;
}

/* Write a word at the start, in the middle and at the end of each page in [START, END). */
static inline void
mark_pages(uint64_t start, uint64_t end, uint64_t seed)
{
	for (uint64_t p = start; p < end; p += PAGE / 2)
		poke8(p, word_for(p, seed));
	for (uint64_t p = start + PAGE - 8; p < end; p += PAGE)
		poke8(p, word_for(p, seed));
}

/* How many of the words that mark_pages wrote are not there? */
static inline size_t
marks_lost(uint64_t start, uint64_t end, uint64_t seed)
{
	size_t lost = 0;

	for (uint64_t p = start; p < end; p += PAGE / 2)
		lost += peek8(p) != word_for(p, seed);
	for (uint64_t p = start + PAGE - 8; p < end; p += PAGE)
		lost += peek8(p) != word_for(p, seed);
	return lost;
}

/* How many of the words in the N bytes from ADDR on are not zero? */
static inline size_t
words_nonzero(uint64_t addr, size_t n)
{
	size_t bad = 0;

	for (size_t i = 0; i < n; i += 8)
		bad += peek8(addr + i) != 0;
	return bad;
}

static inline bool
page_present(uint64_t addr)
{
	return resident((void *)(addr & ~(PAGE - 1)), 1) == 1;
}

/*
 * The frames that are free, once init has done what it still had to do when it
 * started us: for comparison with free_frames() later.
 */
static inline size_t
frames_settled(void)
{
	sched_yield();
	sched_yield();
	return free_frames();
}

/* --- the heap's end, by brk(2) --- */

/* Where the heap ends now. */
static inline uint64_t
heap_end(void)
{
	return (uint64_t)raw_syscall(SYS_brk, 0);
}

/* Ask for END as the heap's end.  => the end then, moved or not */
static inline uint64_t
heap_set_end(uint64_t end)
{
	return (uint64_t)raw_syscall(SYS_brk, end);
}

/*
 * NPAGES fresh pages at the end of the heap, which then ends with the last one.
 * => the address of the first; without them the test cannot go on and ends
 */
#define heap_pages(npages)	heap_pages_at(__FILE__, __LINE__, (npages))

static inline uint64_t
heap_pages_at(const char *file, int line, size_t npages)
{
	uint64_t start = page_up(heap_end());
	uint64_t end = start + npages * PAGE;

	if (!test_check_msg(file, line, heap_set_end(end) >= end,
	    "expected a heap that grows by %zu pages, it ends at 0x%lx", npages, heap_end()))
		test_end();
	return start;
}

/* The same, asked for by sbrk. */
#define sbrk_pages(npages)	sbrk_pages_at(__FILE__, __LINE__, (npages))

static inline uint64_t
sbrk_pages_at(const char *file, int line, size_t npages)
{
	uint64_t start = page_up(heap_end());
	uint64_t end = start + npages * PAGE;

	heap_set_end(start);
	sbrk(npages * PAGE);
	if (!test_check_msg(file, line, heap_end() >= end,
	    "expected sbrk to grow the heap by %zu pages, it ends at 0x%lx", npages, heap_end()))
		test_end();
	return start;
}

/* --- does this kernel serve anything? --- */

static inline void
touch_stack(void *arg)
{
	(void)arg;
	poke(STACK_PAGE(STACK_PAGES - 2), 1);
}

static inline void
touch_heap(void *arg)
{
	uint64_t p = page_up(heap_end());

	(void)arg;
	if (heap_set_end(p + PAGE) < p + PAGE)
		_exit(1);
	poke(p, 1);
}

/*
 * Begin test NAME with STEP.  A kernel that refuses every access would pass
 * tests of refusals for nothing, so the test ends here unless a page of the
 * stack or of the heap appears when it is touched.
 */
#define lab_begin(name, step)	lab_begin_at(__FILE__, __LINE__, (name), (step))

static inline void
lab_begin_at(const char *file, int line, const char *name, const char *step)
{
	test_begin(name);
	test_step(step);
	if (test_child(touch_stack, NULL) != 0 && test_child(touch_heap, NULL) != 0) {
		test_check_msg(file, line, false,
		    "expected a page that appears when touched, got none");
		test_end();
	}
}

#endif
