/* SPDX-License-Identifier: MIT */
/* Faults among many regions, and faults on files. */
#include "bench.h"

#define FAULTS		256UL
#define MANY		50000UL
#define BASE		((char *)(1UL << 40))

/* Faults in the middle of N regions; those are made when there are fewer. */
static void
faults_among(const char *name, size_t n)
{
	static size_t present;
	char *middle = BASE + MANY / 2 * P;

	/* regions of one page each, of alternating rights, on both sides */
	for (; present + 1 < n; present++) {
		size_t k = present / 2;

		memory_at(present % 2 ? middle + (FAULTS + k) * P : middle - (k + 1) * P, P,
		    k % 2 ? PROT_READ : 0);
	}
	memory_at(middle, FAULTS * P, RW);
	for (size_t i = 0; i < FAULTS; i++) {
		uint64_t from = now();

		touch(middle + i * P);
		sample(i, from, now());
	}
	row(name, FAULTS, 1);
}

void
bench_regions(void)
{
	faults_among("fault-regions-1", 1);
	faults_among("fault-regions-1000", 1000);
	faults_among("fault-regions-50000", MANY);
}

/* --- files --- */

#define FILE_PAGES	256UL

static char *
map_file(long fd, size_t pages, size_t first)
{
	long at = sys6(SYS_mmap, 0, (long)(pages * P), PROT_READ, MAP_PRIVATE, fd,
	    (long)(first * P));

	if (at < 0)
		fail("mmap of a file");
	return (char *)at;
}

static long
make_file(void)
{
	static char page[P];
	long fd = sys(SYS_open, "/tmp/bench", 0102, 0600);	/* O_RDWR | O_CREAT */

	if (fd < 0)
		fd = sys(SYS_open, "/bench", 0102, 0600);
	if (fd < 0)
		fail("a file");
	for (size_t i = 0; i < FILE_PAGES; i++)
		if (sys(SYS_write, fd, page, P) != (long)P)
			fail("write");
	return fd;
}

/* A mapping of one page leaves nothing to map around a fault. */
void
bench_files(void)
{
	long fd = make_file();

	for (size_t i = 0; i < FILE_PAGES; i++) {
		char *at = map_file(fd, 1, i);
		uint64_t from = now();

		look(at);
		sample(i, from, now());
		release(at, P);
	}
	row("fault-file", FILE_PAGES, 1);

	for (size_t i = 0; i < 20; i++) {
		char *at = map_file(fd, FILE_PAGES, 0);
		uint64_t from = now();

		for (size_t page = 0; page < FILE_PAGES; page++)
			look(at + page * P);
		sample(i, from, now());
		release(at, FILE_PAGES * P);
	}
	row("fault-file-around", 20, FILE_PAGES);
	sys(SYS_close, fd);
}
