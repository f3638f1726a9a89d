/* SPDX-License-Identifier: MIT */
/*
 * Looking at the machine, for tests: frames and present pages, see test.h.  What the
 * kernel answers here is checked from outside (checkpoint).
 */
#include "test.h"

size_t
free_frames(void)
{
	static struct linux_sysinfo info;

	if (sysinfo(&info) < 0)
		return 0;
	checkpoint("frames", info.freeram * info.mem_unit / PAGE_SIZE, 0, 0);
	return info.freeram * info.mem_unit / PAGE_SIZE;
}

bool
test_check_frames(const char *file, int lineno, size_t before)
{
	size_t now = free_frames();

	return test_check_msg(file, lineno, now == before || test_on_linux(),
	    "free frames: expected %zu, got %zu", before, now);
}

/* mincore(2) into VEC.  => how many are present, or -1 when some page is in no region */
static long
count_present(uintptr_t addr, size_t npages, unsigned char *vec)
{
	long count = 0;

	if (raw_syscall(SYS_mincore, addr, npages * PAGE_SIZE, vec) < 0)
		return -1;
	for (size_t i = 0; i < npages; i++)
		count += vec[i] & 1;
	return count;
}

size_t
resident(const void *addr, size_t npages)
{
	static unsigned char vec[64];
	uintptr_t page = (uintptr_t)addr & ~(uintptr_t)(PAGE_SIZE - 1);
	size_t count = 0, all = npages;
	bool holes = false;		/* is some page in no region? */

	while (npages > 0) {
		size_t n = npages < sizeof(vec) ? npages : sizeof(vec);
		long got = count_present(page, n, vec);

		holes |= got < 0;
		if (got < 0 && n > 1) {		/* a hole somewhere: page by page */
			n = 1;
			got = count_present(page, 1, vec);
		}
		count += got > 0 ? (size_t)got : 0;
		page += n * PAGE_SIZE;
		npages -= n;
	}
	checkpoint(holes ? "holes" : "resident", page - all * PAGE_SIZE, all, count);
	return count;
}

bool
test_on_linux(void)
{
	static struct linux_utsname name;

	return uname(&name) == 0 && strcmp(name.sysname, "Faultline") != 0;
}
