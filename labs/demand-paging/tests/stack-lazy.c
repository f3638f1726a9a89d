/* SPDX-License-Identifier: MIT */
/*
 * Counts the present pages of the stack before and while it is touched.
 * At the start only the top page may be there; a touch must bring one page, its own.
 */
#include "lab.h"

int
main(void)
{
	size_t at_start = resident((void *)STACK_LOW, STACK_PAGES);
	bool top_at_start = page_present(STACK_PAGE(9));

	test_begin("stack-lazy");

	test_step("touch");
	size_t present = at_start;
	size_t frames = frames_settled();
	size_t first = test_random() % 8;
	for (size_t i = 0; i < 4; i++) {
		uint64_t page = STACK_PAGE(1 + (first + 3 * i) % 8);

		size_t fresh = page_present(page) ? 0 : 1;

		poke(page + test_random() % PAGE, 1);
		present += fresh;
		frames -= fresh;
		check_msg(page_present(page), "0x%lx: expected present", page);
		check_eq(resident((void *)STACK_LOW, STACK_PAGES), present);
		check_eq(free_frames(), frames);
	}

	test_step("start");
	check_eq(at_start, 1);
	check(top_at_start);

	test_end();
}
