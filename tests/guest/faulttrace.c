/* SPDX-License-Identifier: MIT */
/*
 * The fault trace: one page fault of each kind.  The lines are the kernel's, on the
 * console; tests/boot/test_faulttrace.py reads them.
 */
#include "test.h"

static long
map(size_t pages, int prot, int flags, int fd)
{
	return raw_syscall(SYS_mmap, 0, pages * PAGE_SIZE, prot, flags, fd, 0);
}

static void
poke(void *addr)
{
	*(volatile char *)addr = 1;
}

static char
peek(const void *addr)
{
	return *(const volatile char *)addr;
}

static void
below(void *page)
{
	poke((char *)page - PAGE_SIZE);		/* stack grown, new page */
}

static void
stack_pages(void)
{
	long down = map(1, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_GROWSDOWN, -1);

	check_exited(test_child(below, (void *)down), 0);
}

static void
anonymous_pages(void)
{
	char *p = (char *)map(4, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	char *heap = sbrk(PAGE_SIZE);
	int zero = open("/dev/zero", O_RDONLY);

	check_eq(peek(p), 0);				/* zero page */
	poke(p);					/* new page, was the zero page */
	poke(p + PAGE_SIZE);				/* new page */
	check_eq(read(zero, p + 2 * PAGE_SIZE, 1), 1);	/* new page, in a system call */
	poke(heap);					/* new page */
	close(zero);
}

static void
child(void *page)
{
	poke(page);			/* copied */
}

static void
shared_pages(void)
{
	char *p = (char *)map(1, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);

	poke(p);
	check_exited(test_child(child, p), 0);
	poke(p);			/* kept: the child has gone */
}

static void
file_pages(void)
{
	int fd = open("/tmp/pages", O_RDWR | O_CREAT, 0600);
	char *p, *shared;

	for (int i = 0; i < 4; i++) {
		lseek(fd, i * PAGE_SIZE, SEEK_SET);
		check_eq(write(fd, "x", 1), 1);
	}
	p = (char *)map(4, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd);
	shared = (char *)map(1, PROT_READ | PROT_WRITE, MAP_SHARED, fd);
	poke(p);			/* new page, copied from the file */
	check_eq(peek(p + PAGE_SIZE), 'x');	/* file page */
	check_eq(peek(p + 2 * PAGE_SIZE), 'x');	/* file page, the next one too */
	poke(p + 3 * PAGE_SIZE);	/* copied */
	check_eq(peek(shared), 'x');	/* file page */
	poke(shared);			/* made writable */
	close(fd);
	unlink("/tmp/pages");
}

static void
outside(void *addr)
{
	poke(addr);
}

static void
past_the_end(void *page)
{
	(void)peek(page);
}

static void
refusals(void)
{
	int fd = open("/tmp/empty", O_RDWR | O_CREAT, 0600);
	char *p = (char *)map(1, PROT_READ, MAP_PRIVATE, fd);
	void *nowhere = (void *)0x10000000;
	int status;

	check_killed(test_child(outside, nowhere), SIGSEGV);
	status = test_child(past_the_end, p);
	check(WIFSIGNALED(status));
	check(write(fd, nowhere, 1) == -1 && errno == EFAULT);
	close(fd);
	unlink("/tmp/empty");
}

int
main(void)
{
	test_begin("faulttrace");
	test_step("modes");
	if (!test_on_linux()) {
		check_eq(raw_syscall(SYS_fl_faulttrace, FAULTTRACE_EXEC + 1), -EINVAL);
		check_eq(raw_syscall(SYS_fl_faulttrace, -1), -EINVAL);
		check_eq(raw_syscall(SYS_fl_faulttrace, FAULTTRACE_ON), 0);
	}
	test_step("anonymous");
	anonymous_pages();
	stack_pages();
	test_step("shared");
	shared_pages();
	test_step("file");
	file_pages();
	test_step("refused");
	refusals();
	if (!test_on_linux())
		check_eq(raw_syscall(SYS_fl_faulttrace, FAULTTRACE_OFF), 0);
	test_end();
}
