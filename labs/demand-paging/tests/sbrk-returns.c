/* SPDX-License-Identifier: MIT */
/*
 * Looks at nothing but what sbrk returns.
 * It must be the end of the heap before the call; sbrk(0) must change nothing.
 */
#include "lab.h"

int
main(void)
{
	uint64_t end;

	test_begin("sbrk-returns");

	test_step("old-end");
	end = sbrk_pages(1) + PAGE;
	intptr_t pages = between(2, 9) * PAGE, bytes = between(1, 1000);
	check_addr(sbrk(pages), end);
	check_addr(sbrk(bytes), end + pages);
	check_addr(sbrk(-(intptr_t)PAGE), end + pages + bytes);
	check_addr(sbrk(-bytes), end + pages - PAGE + bytes);

	test_step("zero");
	sbrk(between(1, 1000));
	end = heap_end();
	size_t frames = frames_settled();
	for (int i = 0; i < 3; i++)
		check_addr(sbrk(0), end);
	check_addr(heap_end(), end);
	check_eq(free_frames(), frames);

	test_end();
}
