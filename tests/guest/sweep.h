/* SPDX-License-Identifier: MIT */
/*
 * Failure sweeps: of an operation of the kernel, the k-th allocation (or the k-th access to
 * user memory) fails, for every k, alone and with all that follow.  Each time the answer is
 * the documented one, nothing is lost, nothing has changed, all invariants hold, and the same
 * operation then succeeds.  Needs a kernel with INVARIANTS=1; in others there is no way to
 * make anything fail, and nothing is tested.
 */
#ifndef FAULTLINE_SWEEP_H
#define FAULTLINE_SWEEP_H

#include "test.h"

#define AREA		0x100000000ul		/* where scenarios map, if not FAR away, */
#define AREA_PAGES	16
#define FAR		0x20000000000ul		/* where tables of all levels are missing */
#define PAGE(n)		(AREA + (uint64_t)(n) * PAGE_SIZE)
#define K_MAX		400
#define SHARED		0x300000000ul

enum {
	MAY_DIE = 1,		/* by SIGKILL: no page to be had; by SIGSEGV: no handler's frame */
	MAY_WORK = 2,		/* what has failed was not needed */
	MAY_CHANGE = 4,		/* what was done before the failure stays */
	KEEPS = 8,		/* nothing undoes what a run has done */
	ENDS = 16,		/* a run that succeeds ends the process, with code 0 */
	ARMS = 32,		/* it calls arm() itself */
};

struct scenario {
	const char *name;
	void (*setup)(void);	/* before; NULL: nothing */
	long (*run)(void);	/* => -errno when it has failed */
	void (*undo)(long ret);	/* after a run that has returned RET; NULL: nothing */
	unsigned flags;
	int err;		/* what it may fail with besides DEFAULT_ERR */
};

/* All of a process and the machine that must be the same after a failure. */
struct look {
	uint64_t frames;
	long objects;
	uint64_t fds;				/* bit N: descriptor N is open */
	uint64_t files;				/* a sum over offsets, sizes, links of open files */
	sigset_t pending, mask;
	struct linux_stack stack;
	char cwd[64];
	char pages[AREA_PAGES];			/* what each begins with; '-': absent */
	char maps[3 * PAGE_SIZE];		/* /proc/self/maps */
};

static struct attempt {
	const struct scenario *s;
	int what;				/* INJECT_ALLOC or INJECT_COPY */
	long k;					/* 0: nothing fails */
	bool ever_after;
} now;

static struct look before, after;
static _Alignas(PAGE_SIZE) char buf[4 * PAGE_SIZE];	/* for scenarios */
static int probe[2];				/* a pipe */
static int default_err;
static unsigned n_scenarios, n_sites;

static void
arm(void)
{
	if (now.k > 0)
		raw_syscall(SYS_fl_inject, now.what, now.k, now.ever_after);
}

static long
disarm(void)
{
	return raw_syscall(SYS_fl_inject, INJECT_OFF);
}

/* What the page at ADDR begins with, if it is there and can be read. */
static char
first_byte(uint64_t addr)
{
	unsigned char present = 0;
	char c = '-';

	if (raw_syscall(SYS_mincore, addr, PAGE_SIZE, &present) == 0 && (present & 1) &&
	    raw_syscall(SYS_write, probe[1], addr, 1) == 1)
		raw_syscall(SYS_read, probe[0], &c, 1);
	return c;
}

static void
look(struct look *l)
{
	static struct linux_sysinfo info;
	int fd = (int)raw_syscall(SYS_open, "/proc/self/maps", O_RDONLY);
	long n, len = 0;

	memset(l, 0, sizeof(*l));
	while ((n = raw_syscall(SYS_read, fd, l->maps + len, sizeof(l->maps) - len)) > 0)
		len += n;
	check(len > 0 && len < (long)sizeof(l->maps));
	raw_syscall(SYS_close, fd);
	for (fd = 0; fd < 32; fd++) {
		static struct linux_stat st;

		if (raw_syscall(SYS_fstat, fd, &st) < 0)
			continue;
		l->fds |= 1UL << fd;
		l->files += (uint64_t)(fd + 1) * (st.st_size + st.st_nlink * 1001 +
		    raw_syscall(SYS_lseek, fd, 0, SEEK_CUR));
	}
	for (int i = 0; i < AREA_PAGES; i++)
		l->pages[i] = first_byte(PAGE(i));
	raw_syscall(SYS_rt_sigpending, &l->pending, sizeof(l->pending));
	raw_syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &l->mask, sizeof(l->mask));
	raw_syscall(SYS_sigaltstack, NULL, &l->stack);
	raw_syscall(SYS_getcwd, l->cwd, sizeof(l->cwd));
	raw_syscall(SYS_sysinfo, &info);
	l->frames = info.freeram * info.mem_unit / PAGE_SIZE;
	l->objects = raw_syscall(SYS_fl_inject, INJECT_OBJECTS);
}

/* Nothing has changed since BEFORE, when WHAT. */
static void
check_unchanged(const char *what)
{
	look(&after);
	check_msg(after.frames == before.frames, "%s, k = %ld: %lu frames, then %lu", what, now.k,
	    before.frames, after.frames);
	check_msg(after.objects == before.objects, "%s, k = %ld: %ld objects, then %ld", what,
	    now.k, before.objects, after.objects);
	check_msg(after.fds == before.fds && after.files == before.files,
	    "%s, k = %ld: other files", what, now.k);
	check_msg(after.pending == before.pending && after.mask == before.mask &&
	    memcmp(&after.stack, &before.stack, sizeof(after.stack)) == 0,
	    "%s, k = %ld: other signals", what, now.k);
	check_msg(strcmp(after.cwd, before.cwd) == 0, "%s, k = %ld: %s", what, now.k, after.cwd);
	check_msg(memcmp(after.pages, before.pages, AREA_PAGES) == 0, "%s, k = %ld: other pages",
	    what, now.k);
	check_msg(strcmp(after.maps, before.maps) == 0, "%s, k = %ld: other regions: %s", what,
	    now.k, after.maps);
}

/* Have the pages that are written while allocations fail: of a fork's child, none is its own. */
static void
own_pages(void)
{
	volatile char stack[4 * PAGE_SIZE];

	for (size_t i = 0; i < sizeof(stack); i += PAGE_SIZE)
		stack[i] = 0;
	for (size_t i = 0; i < sizeof(buf); i += PAGE_SIZE)
		((volatile char *)buf)[i] = 0;
	look(&after);
	look(&before);
}

/* RET is what a run has returned when something has failed. */
static void
check_failed(const struct scenario *s, long ret)
{
	if (ret >= 0)
		check_msg(s->flags & MAY_WORK, "k = %ld: no error", now.k);
	else
		check_msg(-ret == default_err || -ret == s->err,
		    "k = %ld: errno %ld, want %d or %d", now.k, -ret, default_err, s->err);
}

static void
attempt(void *arg unused_arg)
{
	const struct scenario *s = now.s;
	long ret, refused;

	if (s->setup != NULL)
		s->setup();
	own_pages();
	if (!(s->flags & ARMS))
		arm();
	ret = s->run();
	refused = disarm();
	if (refused > 0 && now.k > 0) {
		check_failed(s, ret);
		if (ret >= 0 && s->undo != NULL)
			s->undo(ret);
		if (!(s->flags & (ret < 0 ? MAY_CHANGE : KEEPS)))
			check_unchanged("failed");
		now.k = 0;
		ret = s->run();
	}
	check_msg(ret >= 0, "nothing fails, but errno is %ld", -ret);
	if (ret >= 0 && s->undo != NULL)
		s->undo(ret);
	if (!(s->flags & KEEPS))
		check_unchanged("done");
}

static unsigned
processes(void)
{
	static struct linux_sysinfo info;

	raw_syscall(SYS_sysinfo, &info);
	return info.procs;
}

/* Fail access or allocation K.  => false when there are not so many */
static bool
fail_at(const struct scenario *s, int what, long k, bool ever_after)
{
	size_t frames = free_frames();
	long objects = raw_syscall(SYS_fl_inject, INJECT_OBJECTS), refused;
	unsigned procs = processes();
	int status;

	now = (struct attempt){ s, what, k, ever_after };
	status = test_child(attempt, NULL);
	refused = k > 0 ? disarm() : 0;
	if (WIFSIGNALED(status))
		check_msg((s->flags & MAY_DIE) && refused > 0 &&
		    WTERMSIG(status) == (what == INJECT_COPY ? SIGSEGV : SIGKILL),
		    "k = %ld: killed by signal %d", k, WTERMSIG(status));
	else
		check_exited(status, 0);
	for (int i = 0; i < 100 && processes() > procs; i++)
		sched_yield();		/* for a child's child to end */
	if (k == 0)
		return true;		/* caches may have been filled */
	check_frames(frames);
	check_eq(raw_syscall(SYS_fl_inject, INJECT_OBJECTS), objects);
	return refused > 0;
}

/* Let each of WHAT (INJECT_) fail that S does. */
static void
sweep(const struct scenario *s, int what)
{
	test_step(s->name);
	fail_at(s, what, 0, false);
	for (int ever_after = 0; ever_after <= 1; ever_after++) {
		long k = 1;

		while (fail_at(s, what, k, ever_after) && check(k < K_MAX))
			k++;
		n_sites += ever_after ? 0 : (unsigned)(k - 1);
	}
	n_scenarios++;
}

/* Begin the test NAME, whose failures are ERR.  => ends it where nothing can be made to fail */
static void
sweep_begin(const char *name, int err)
{
	default_err = err;
	test_begin(name);
	if (disarm() < 0)
		test_end();
	pipe(probe);
}

/* At least LEAST of WHAT must have failed: else the kernel does not ask any more. */
static noreturn void
sweep_end(const char *what, unsigned least)
{
	check_msg(n_sites >= least, "%u %s have failed, want %u", n_sites, what, least);
	printf("sweep: %u scenarios, %u %s, each failed alone and with all that follow\n",
	    n_scenarios, n_sites, what);
	test_end();
}

/* --- what scenarios are made of --- */

static inline long
map_at(uint64_t addr, size_t pages, int flags, int fd)
{
	return raw_syscall(SYS_mmap, addr, pages * PAGE_SIZE, PROT_READ | PROT_WRITE,
	    flags | MAP_FIXED | (fd < 0 ? MAP_ANONYMOUS : 0), fd, 0);
}

static inline void
unmap_at(uint64_t addr, size_t pages)
{
	raw_syscall(SYS_munmap, addr, pages * PAGE_SIZE);
}

static inline long
touch(uint64_t addr)
{
	*(volatile char *)addr = 'x';
	return 0;
}

static inline void
close_fd(long fd)
{
	raw_syscall(SYS_close, fd);
}

#endif
