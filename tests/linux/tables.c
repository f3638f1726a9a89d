/* SPDX-License-Identifier: MIT */
/* B: page tables, as far as programs see them. */
#include "harness.h"

#include <unistd.h>

#define MEMORY_MAP	0xffff888000000000UL	/* where kernels tend to have all memory */
#define KERNEL_TEXT	0xffffffff81000000UL	/* and their code */

BEHAVIOUR(B3_1, "read, write, call of kernel text")
{
	say("%s", load((void *)KERNEL_TEXT));
	say("%s", store((void *)KERNEL_TEXT));
	say("%s", call((void *)KERNEL_TEXT));
}

BEHAVIOUR(B3_2, "read, write, call of the kernel's map of memory")
{
	say("%s", load((void *)MEMORY_MAP));
	say("%s", store((void *)MEMORY_MAP));
	say("%s", call((void *)MEMORY_MAP));
}

BEHAVIOUR(B3_3, "read of the first and the last kernel page")
{
	say("%s", load((void *)0xffff800000000000));
	say("%s", load((void *)-1));
}

static int
read_kernel_text(void *arg)
{
	default_faults();
	return *(volatile char *)arg;
}

BEHAVIOUR(B3_4, "only the process that reads kernel text dies")
{
	say("%s", ended(in_child(read_kernel_text, (void *)KERNEL_TEXT)));
	say("%s", ended(in_child(read_kernel_text, "\5")));
}

static void
write_exit7(const char *name)
{
	static struct image image;

	image_init(&image, exit7, exit7_end);
	image_write(name, &image, sizeof(image));
}

BEHAVIOUR(B6_1, "200 times fork and exec, frames lost")
{
	long before;
	int ok = 0;

	write_exit7("b6");
	image_run("b6");
	before = free_frames();
	for (int i = 0; i < 200; i++)
		ok += image_run("b6") == 7 << 8;
	say("%s", lost(before));
	say("%d ended well", ok);
}

BEHAVIOUR(B6_2, "1000 times fork and an exec that fails, frames lost")
{
	long before;
	int refused = 0;

	image_run("b6-missing");
	before = free_frames();
	for (int i = 0; i < 1000; i++)
		refused += image_run("b6-missing") == (200 + ENOENT) << 8;
	say("%s", lost(before));
	say("%d refused", refused);
}

static int
keep_own_value(void *arg)
{
	volatile long *cell = arg;
	long own = sys(SYS_getpid);
	int wrong = 0;

	*cell = own;
	for (int i = 0; i < 100000; i++) {
		wrong += *cell != own;
		if (i % 1000 == 0)
			sys(SYS_sched_yield);
	}
	return wrong != 0;
}

BEHAVIOUR(B8_1, "two processes keep a value at one address 10^5 times")
{
	char *cell = pages(1, RW);
	long one = start(keep_own_value, cell), two = start(keep_own_value, cell);

	say("%s", ended(wait_for(one)));
	say("%s", ended(wait_for(two)));
}

BEHAVIOUR(B9_1, "exec out of a process with 16 MiB")
{
	char *at = pages(16 * MIB / P, RW);

	memset(at, 1, 16 * MIB);
	write_exit7("b9");
	say("%s", ended(image_run("b9")));
}

BEHAVIOUR(B9_2, "memory after an exec that fails")
{
	static struct image image;
	char *argv[] = { "b9", NULL }, *at = pages(256, RW);

	for (size_t i = 0; i < 256; i++)
		memset(at + i * P, (int)i, P);
	image_init(&image, exit7, exit7_end);
	image.ehdr.e_machine = 3;
	image_write("b9", &image, sizeof(image));
	say("%s", outcome(sys(SYS_execve, "b9", argv, argv + 1)));
	for (size_t i = 0; i < 256; i++)
		if (!all(at + i * P, P, (int)i))
			give_up("page %zu is different", i);
	say("same");
}

BEHAVIOUR(B12_1, "a call into written memory, and again when it is executable")
{
	char *at = pages(1, RW);

	at[0] = (char)0xc3;	/* ret */
	say("%s", call(at));
	say("%s", outcome(protect(at, P, RX)));
	say("%s", call(at));
}

BEHAVIOUR(B13_1, "write, take the right away, write")
{
	char *at = pages(1, RW);

	say("%s", store(at));
	protect(at, P, R);
	say("%s", store(at));
}

BEHAVIOUR(B13_2, "write, unmap, map again, read")
{
	char *at = window(1);

	map(at, P, RW, FIXED);
	store(at);
	unmap(at, P);
	say("%s", load(at));
	map(at, P, RW, FIXED);
	say("%d", *at);
}

BEHAVIOUR(B13_3, "write, take reading away, read")
{
	char *at = pages(1, RW);

	store(at);
	protect(at, P, NONE);
	say("%s", load(at));
}

BEHAVIOUR(B13_4, "call, take execution away, call")
{
	char *at = pages(1, RW);

	at[0] = (char)0xc3;
	protect(at, P, RX);
	say("%s", call(at));
	protect(at, P, R);
	say("%s", call(at));
}

BEHAVIOUR(B13_5, "write 64 pages, take the right away, write each")
{
	char *at = pages(64, RW);
	int refused = 0;

	memset(at, 1, 64 * P);
	protect(at, 64 * P, R);
	for (size_t i = 0; i < 64; i++)
		refused += store(at + i * P)[0] == 'S';
	say("%d refused", refused);
}
