/* SPDX-License-Identifier: MIT */
/*
 * /dev/mem: the screen's memory can be mapped, and nothing else; no frame of it is ever memory
 * (F24).  What a machine without a screen has there keeps what is written to it, too.
 */
#include "abi_file.h"
#include "test.h"

#define VGA_START	0xa0000l
#define VGA_END		0xc0000l
#define VGA_TEXT	0xb8000l
#define VGA_PAGES	((VGA_END - VGA_START) / PAGE_SIZE)
#define MANY		200

static int fd;
static uint64_t mem_total;
static char text[4096];

/* /proc/meminfo's MemTotal: the frames that pmem manages. */
static uint64_t
memory(void)
{
	int info = open("/proc/meminfo", O_RDONLY);
	ssize_t n = read(info, text, sizeof(text) - 1);

	close(info);
	check(n > 0 && strncmp(text, "MemTotal:", 9) == 0);
	return strtol(text + 9, NULL, 10);
}

static long
map(long ofs, size_t len, int prot, int flags)
{
	return raw_syscall(SYS_mmap, 0, len, prot, flags, fd, ofs);
}

static volatile char *
map_screen(size_t pages, int flags)
{
	long at = map(VGA_END - pages * PAGE_SIZE, pages * PAGE_SIZE, PROT_READ | PROT_WRITE,
	    flags);

	check(at > 0);
	return (volatile char *)at;
}

/* What is not the screen's, from whichever side: in no way, and at no offset. */
static void
test_refused(void)
{
	static const struct { long ofs, len; long err; } cases[] = {
		{ 0, PAGE_SIZE, -EPERM },
		{ 0x100000, PAGE_SIZE, -EPERM },		/* the kernel */
		{ 0x1000000, PAGE_SIZE, -EPERM },		/* memory */
		{ VGA_START - PAGE_SIZE, PAGE_SIZE, -EPERM },
		{ VGA_START - PAGE_SIZE, 2 * PAGE_SIZE, -EPERM },
		{ VGA_END, PAGE_SIZE, -EPERM },
		{ VGA_END - PAGE_SIZE, PAGE_SIZE + 1, -EPERM },
		{ VGA_START, VGA_END - VGA_START + 1, -EPERM },
		{ VGA_START, 1l << 46, -EPERM },
		{ 0xfee00000, PAGE_SIZE, -EPERM },
		{ 1l << 52 | VGA_TEXT, PAGE_SIZE, -EPERM },
		{ INT64_MIN | VGA_TEXT, PAGE_SIZE, -EPERM },
		{ -PAGE_SIZE, PAGE_SIZE, -EOVERFLOW },		/* wraps */
		{ -PAGE_SIZE, 200 * PAGE_SIZE, -EOVERFLOW },
		{ -2 * PAGE_SIZE, PAGE_SIZE, -EPERM },
		{ VGA_TEXT + 1, PAGE_SIZE, -EINVAL },
	};

	test_step("refused");
	for (size_t i = 0; i < array_len(cases); i++) {
		check_eq(map(cases[i].ofs, cases[i].len, PROT_READ, MAP_SHARED), cases[i].err);
		check_eq(map(cases[i].ofs, cases[i].len, PROT_READ | PROT_WRITE, MAP_PRIVATE |
		    MAP_NORESERVE), cases[i].err);
	}

	test_step("not-read-not-written");
	check_eq(raw_syscall(SYS_read, fd, text, 1), -EPERM);
	check_eq(raw_syscall(SYS_pread64, fd, text, 1, VGA_TEXT), -EPERM);
	check_eq(raw_syscall(SYS_write, fd, text, 1), -EPERM);
	check_eq(raw_syscall(SYS_pwrite64, fd, text, 1, 0x100000), -EPERM);
}

static void
touch_past(void *arg)
{
	(void)*(volatile char *)arg;
}

/* A mapping that is made longer shows nothing of what follows, not even to who reads ahead. */
static void
test_longer(void)
{
	volatile char *p = map_screen(8, MAP_SHARED);
	long q = raw_syscall(SYS_mremap, p, 8 * PAGE_SIZE, 16 * PAGE_SIZE, MREMAP_MAYMOVE);

	test_step("longer");
	check(q > 0);
	for (int i = 0; i < 8; i++)
		(void)((volatile char *)q)[i * PAGE_SIZE];
	check_eq(resident((void *)q, 16), 8);
	for (int i = 8; i < 16; i++)
		check_killed(test_child(touch_past, (char *)q + i * PAGE_SIZE), SIGBUS);
	check_eq(raw_syscall(SYS_munmap, q, 16 * PAGE_SIZE), 0);
}

static void
touch_all(volatile char *p)
{
	for (long i = 0; i < VGA_PAGES; i++)
		p[i * PAGE_SIZE] = p[i * PAGE_SIZE + 1];
}

/* In a child: mapped, shared with a child of its own, unmapped in pieces, or left to exit. */
static void
use(void *arg unused_arg)
{
	volatile char *shared = map_screen(VGA_PAGES, MAP_SHARED);
	volatile char *private = map_screen(VGA_PAGES, MAP_PRIVATE);
	pid_t child;

	touch_all(shared);
	touch_all(private);
	child = test_child_start();
	if (child == 0) {
		touch_all(shared);
		touch_all(private);
		check_eq(raw_syscall(SYS_munmap, shared, 3 * PAGE_SIZE), 0);
		test_child_exit();
	}
	check_exited(test_child_wait(child), 0);
	check_eq(raw_syscall(SYS_madvise, shared, 5 * PAGE_SIZE, MADV_DONTNEED), 0);
	touch_all(shared);
	check_eq(raw_syscall(SYS_mprotect, shared, PAGE_SIZE, PROT_NONE), 0);
	check_eq(raw_syscall(SYS_munmap, shared + 8 * PAGE_SIZE, 8 * PAGE_SIZE), 0);
}

static void
test_frames(void)
{
	size_t before;

	test_step("frames");
	check_exited(test_child(use, NULL), 0);		/* what is made once is there now */
	before = free_frames();
	for (int i = 0; i < MANY; i++)
		check_exited(test_child(use, NULL), 0);
	check_frames(before);
	check_eq(memory(), mem_total);
}

/* Whatever is allocated later, it is none of the device's frames: all memory is used once. */
static void
fill(void *arg unused_arg)
{
	size_t pages = free_frames() - 1000;
	long at = raw_syscall(SYS_mmap, 0, pages * PAGE_SIZE, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	volatile uint64_t *p = (volatile uint64_t *)at;

	check(at > 0);
	for (size_t i = 0; i < pages; i++)
		p[i * PAGE_SIZE / sizeof(*p)] = i;
	for (size_t i = 0; i < pages; i++) {
		if (p[i * PAGE_SIZE / sizeof(*p)] != i) {
			check_eq(p[i * PAGE_SIZE / sizeof(*p)], i);
			return;
		}
	}
}

static void
test_memory(void)
{
	test_step("memory");
	check_exited(test_child(fill, NULL), 0);
}

static const char hello[] = "Faultline";

static void
draw(void *arg)
{
	volatile char *screen = arg;

	for (size_t i = 0; i < sizeof(hello); i++) {
		screen[2 * i] = hello[i];
		screen[2 * i + 1] = 0x1f;
	}
}

/* A child draws; its parent, another mapping and a kernel that reads from there see it. */
static void
test_screen(void)
{
	long at = map(VGA_TEXT, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED);
	long other = map(VGA_TEXT, PAGE_SIZE, PROT_READ, MAP_SHARED);
	volatile char *screen = (volatile char *)at;
	volatile char *own = (volatile char *)map(VGA_TEXT, PAGE_SIZE, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE);
	int fds[2];

	test_step("screen");
	check_exited(test_child(draw, (void *)at), 0);
	for (size_t i = 0; i < sizeof(hello); i++) {
		check_eq(screen[2 * i], hello[i]);
		check_eq(((volatile char *)other)[2 * i], hello[i]);
		check_eq(own[2 * i], hello[i]);
	}
	own[0] = 'f';			/* is copied first */
	check_eq(screen[0], hello[0]);
	check_eq(own[0], 'f');
	check_eq(own[2], hello[1]);
	check_eq(pipe(fds), 0);
	check_eq(write(fds[1], (void *)other, 3), 3);
	check_eq(read(fds[0], text, 3), 3);
	check_eq(text[0], hello[0]);
	check_eq(text[2], hello[1]);
}

int
main(void)
{
	test_begin("devmem");
	fd = open("/dev/mem", O_RDWR);
	check(fd >= 0);
	mem_total = memory();
	test_refused();
	test_longer();
	test_frames();
	test_memory();
	test_screen();
	test_end();
}
