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
	refuse_all(8);
	refuse_all(0xffff);

	test_step("gap");
	refuse_all(0x10000);				/* the first user address */
	refuse_all(0x3fffff);				/* below the program */
	refuse_all(64 * GIB + test_random() % GIB);	/* between heap and stack */
	refuse_all(USER_END - 1);
	refuse_all(USER_END);				/* the last canonical page */

	test_step("kernel");
	refuse_all(0xffff800000000000);			/* all physical memory */
	refuse_all(0xffff800000100000);
	refuse_all(0xffffffff80100000);			/* the kernel's text */
	refuse_all(0xfffffffffffffff8);

	test_step("non-canonical");
	refuse_all(0x0000800000000000);
	refuse_all(0x0000800000000000 + test_random() % GIB);
	refuse_all(0xffff7ffffffffff8);
	refuse_all(0x4000000000400000);			/* the text, with one bit too many */

	test_end();
}
