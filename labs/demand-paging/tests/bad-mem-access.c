/* SPDX-License-Identifier: MIT */
/*
 * Children read, write and call addresses that belong to no region.
 * Each must die by SIGSEGV, and nothing else may happen.
 */
#include "lab.h"

static void
refuse_all(uint64_t addr)
{
	check_refused('r', addr);
	check_refused('w', addr);
	check_refused('x', addr);
}

int
main(void)
{
	lab_begin("bad-mem-access", "null");
	refuse_all(0);
	refuse_all(between(1, 4095));
	refuse_all(between(0x1000, 0xffff));

	test_step("gap");
	refuse_all(0x10000);				/* the first user address */
	refuse_all(between(0x10001, 0x3ffffe));
	refuse_all(0x3fffff);				/* below the program */
	refuse_all(between(64 * GIB, 1024 * GIB));	/* between heap and stack */
	refuse_all(USER_END - 1);
	refuse_all(USER_END);				/* the last canonical page */

	test_step("kernel");
	refuse_all(0xffff800000000000);			/* all physical memory */
	refuse_all(0xffff800000000000 + between(1, 64 * MIB));
	refuse_all(0xffffffff80100000 + between(0, 0x3000));	/* the kernel's text */
	refuse_all(0xfffffffffffffff8);

	test_step("non-canonical");
	refuse_all(0x0000800000000000);
	refuse_all(0x0000800000000000 + between(1, GIB));
	refuse_all(0xffff7ffffffffff8);
	refuse_all(0x400000 | 1ul << between(47, 62));	/* the text, with one bit too many */

	test_end();
}
