/* SPDX-License-Identifier: MIT */
/*
 * What stands in for the machine and for the rest of the kernel in host tests of
 * kernel/mm and kernel/elf.c: physical memory, CR3, the image's symbols, panic.
 */
#include "host.h"

#include <stdarg.h>
#include <sys/wait.h>

#include "boot/bootinfo.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "mm/inject.h"
#include "mm/layout.h"
#include "mm/pmem.h"
#include "panic.h"
#include "x86/x86.h"

#define IMAGE_PAGES	16

vaddr_t host_direct_base;
vaddr_t host_kern_base;
uint64_t host_cr3;
unsigned host_cr3_loads, host_invlpgs;
vaddr_t host_last_invlpg;
vaddr_t host_invlpg_log[HOST_INVLPG_LOG];
void (*host_at_invlpg)(vaddr_t a);

char host_panic_text[512];
static int panic_fd = -1;	/* in a child that is to panic: where the message goes */

/* The image and the linker's symbols in it (kernel/boot/kernel.ld). */
static char image[IMAGE_PAGES * PG_SIZE] __attribute__((used, aligned(PG_SIZE)));
__asm__(
    ".globl kernel_start, text_end, rodata_start, rodata_end, data_start\n"
    ".globl boot_stack_guard, kernel_end\n"
    "kernel_start = image\n"
    "text_end = image + 0x2800\n"
    "rodata_start = image + 0x3000\n"
    "rodata_end = image + 0x4ff0\n"
    "data_start = image + 0x5000\n"
    "boot_stack_guard = image + 0x8000\n"
    "kernel_end = image + 0x10000\n");

void
host_memory_make(size_t size)
{
	host_direct_base = (vaddr_t)aligned_alloc(LARGE_PG_SIZE, size);
	must(host_direct_base != 0);
	memset((void *)host_direct_base, HOST_DIRT, size);
	host_kern_base = (vaddr_t)image - KERN_LOAD;
}

void
host_memory_init(size_t size)
{
	static struct bootinfo bi = { .loader = "host", .n_usable = 1 };

	host_memory_make(size);
	bi.usable[0] = (struct mem_range){ 0, size };
	pmem_init(&bi);
}

unsigned long fail_alloc, fail_usercopy, fail_count;
bool fail_ever_after;
long host_objects;

/* Is this the one that is to fail, of those that LEFT counts? */
static bool
fails(unsigned long *left)
{
	if (*left != 1) {
		*left -= *left > 0;
		return false;
	}
	*left = fail_ever_after;
	fail_count++;
	return true;
}

bool
alloc_fails(void)
{
	return fails(&fail_alloc);
}

bool
usercopy_fails(void)
{
	return fails(&fail_usercopy);
}

void
inject_count_objects(int n)
{
	host_objects += n;
}

void (*host_on_failure)(void);

void
host_fail(const char *file, int line, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (host_on_failure != NULL)
		host_on_failure();
	ck_abort_msg("%s:%d: not so: %s", file, line, text);
	abort();
}

bool
host_panic_child(void)
{
	int fds[2], status;
	ssize_t n;
	pid_t pid;

	must_eq(pipe(fds), 0);
	fflush(NULL);
	pid = fork();
	must(pid >= 0);
	if (pid == 0) {
		panic_fd = fds[1];
		return true;
	}
	close(fds[1]);
	n = read(fds[0], host_panic_text, sizeof(host_panic_text) - 1);
	host_panic_text[max(n, 0)] = '\0';
	close(fds[0]);
	must_eq(waitpid(pid, &status, 0), pid);
	return false;
}

void
panic_at(const char *file, int line, const struct trapframe *tf unused_arg, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (panic_fd >= 0) {
		vdprintf(panic_fd, fmt, ap);
		_exit(EXIT_SUCCESS);
	}
	if (host_on_failure != NULL)
		host_on_failure();
	fprintf(stderr, "panic: %s:%d: ", file, line);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	abort();
}

size_t
strlcpy(char *dst, const char *src, size_t n)
{
	return (size_t)snprintf(dst, n, "%s", src);
}

int
host_run(const char *name, const TTest *const *tests, size_t n)
{
	Suite *suite = suite_create(name);
	TCase *tcase = tcase_create(name);
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(tcase, 60);
	for (size_t i = 0; i < n; i++)
		tcase_add_test(tcase, tests[i]);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
