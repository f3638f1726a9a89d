/* SPDX-License-Identifier: MIT */
/*
 * Mappings: where they go, which regions come of them; case table 1 of the project's
 * specification, with Linux' answers, and the rows of table 3 about placement.  Rows that
 * do not apply here: "backend refuses" (no lower layer can refuse an address), "bottom-up",
 * "alignment" (there is nothing but pages).
 * host-test: MM kernel/pgfault.c tests/host/cpu.c tests/host/store.c tests/host/space.c
 * host-test: tests/host/invariants.c tests/host/fakes.c
 */
#include "host.h"

#include "cpu.h"
#include "mapping.h"
#include "mm/pmem.h"
#include "store.h"

static struct map_place
anywhere(int pages)
{
	return (struct map_place){
		.len = pages * PG_SIZE, .low = USER_START, .high = MMAP_TOP,
	};
}

static err_t
remap(int first, int pages, int new_pages, int to)
{
	const struct remap rq = {
		.old = PAGE(first), .old_len = pages * PG_SIZE, .new_len = new_pages * PG_SIZE,
		.may_move = to >= 0, .fixed = to >= 0, .new = PAGE(to),
	};
	err_t err = as_mremap(&as, &rq, &got);

	check_space(&as);
	return err;
}

/* The regions must be exactly those of WANT, "[0,2) [4,12)" in pages from S. */
static void
expect(const char *want)
{
	char text[200];
	size_t len = 0;

	text[0] = '\0';
	list_for_each(node, &as.regions) {
		const struct memregion *r = list_entry(node, struct memregion, as_node);

		len += snprintf(text + len, sizeof(text) - len, "%s[%ld,%ld)", len > 0 ? " " : "",
		    (long)(r->start - S) / PG_SIZE, (long)(r->end - S) / PG_SIZE);
	}
	ck_assert_str_eq(text, want);
}

START_TEST(test_case_table_1)
{
	const memperm_t R = MEMPERM_UR, RW = MEMPERM_URW, RX = MEMPERM_URX;
	struct map_place place = anywhere(1);
	err_t err;

	begin();
	must_eq(map(at(0, 12), R, RW, 0), ERR_OK);			/* 1 */
	expect("[0,12)");
	must_eq(as_munmap(&as, PAGE(2), PAGE(4)), ERR_OK);		/* 2 */
	expect("[0,2) [4,12)");
	must_eq(remap(2, 1, 2, -1), ERR_FAULT);				/* 3 */
	must_eq(remap(0, 3, 4, -1), ERR_FAULT);				/* 4 */
	must_eq(as_mprotect(&as, PAGE(2), PAGE(4), RW), ERR_NOMEM);	/* 5 */
	must_eq(as_mprotect(&as, PAGE(0), PAGE(4), RW), ERR_NOMEM);
	expect("[0,2) [4,12)");
	must_eq(as_find_memregion(&as, PAGE(0), 1)->perm, RW);		/* as Linux: H2 */
	must_eq(as_mprotect(&as, PAGE(0), PAGE(2), R), ERR_OK);
	must_eq(remap(0, 2, 4, -1), ERR_OK);				/* 6 */
	expect("[0,12)");
	must_eq(as_mprotect(&as, PAGE(0), PAGE(4), RX), ERR_ACCESS);	/* 7: H3 */
	expect("[0,12)");
	must_eq(as_mprotect(&as, PAGE(2), PAGE(4), RW), ERR_OK);	/* 8 */
	expect("[0,2) [2,4) [4,12)");
	must_eq(remap(2, 2, 4, -1), ERR_NOMEM);				/* 9 */
	expect("[0,2) [2,4) [4,12)");
	must_eq(remap(2, 2, 4, 12), ERR_OK);				/* 10 */
	must_eq(got, PAGE(12));
	expect("[0,2) [4,12) [12,16)");
	place.high = PAGE(1000);
	err = map(place, R, RW, 0);					/* 11 */
	must(err == ERR_OK && got == PAGE(999));
	must_eq(map(at(1, 1), R, R, 0), ERR_OK);			/* 12 */
	expect("[0,1) [1,2) [4,12) [12,16) [999,1000)");
	must_eq(remap(4, 4, 2, -1), ERR_OK);				/* 13 */
	expect("[0,1) [1,2) [4,6) [8,12) [12,16) [999,1000)");
	check_joined(&as);
}
END_TEST

/* Case table 3: placement; F5, F8, F9, F16. */
START_TEST(test_placement)
{
	struct map_place place = anywhere(1);

	begin();
	must_eq(map_rw(place), ERR_OK);
	must_eq(got, MMAP_TOP - PG_SIZE);		/* top - 1 */
	must_eq(map(place, MEMPERM_UR, MEMPERM_URWX, 0), ERR_OK);
	must_eq(got, MMAP_TOP - 2 * PG_SIZE);		/* F8: directly below */
	place.hint = MMAP_TOP - PG_SIZE;		/* a hint that is taken: elsewhere */
	must_eq(map_rw(place), ERR_OK);
	must_eq(got, MMAP_TOP - 3 * PG_SIZE);
	place.hint = USER_START + PG_SIZE;		/* and one that is free */
	must_eq(map_rw(place), ERR_OK);
	must_eq(got, USER_START + PG_SIZE);
	place.hint = USER_START;			/* right below what is there */
	must_eq(map(place, MEMPERM_UR, MEMPERM_URWX, 0), ERR_OK);
	must_eq(got, USER_START);
	must_eq(map_rw(place), ERR_OK);			/* it bounds nothing */
	must_eq(got, MMAP_TOP - 4 * PG_SIZE);
	/* F9: the hole that fits is taken again. */
	must_eq(as_munmap(&as, MMAP_TOP - 2 * PG_SIZE, MMAP_TOP - PG_SIZE), ERR_OK);
	must_eq(map_rw(anywhere(2)), ERR_OK);
	must_eq(got, MMAP_TOP - 6 * PG_SIZE);
	must_eq(map_rw(anywhere(1)), ERR_OK);
	must_eq(got, MMAP_TOP - 2 * PG_SIZE);
	check_joined(&as);
}
END_TEST

/* A7, A8, F10, F14, F15: nothing outside the bounds of the request, nothing on what is there. */
START_TEST(test_bounds)
{
	struct map_place place = { .len = PG_SIZE, .low = 0x10000, .high = 0x18000 };

	begin();
	/* Case table 3: the last page of the window is reserved. */
	region(0x17000, PG_SIZE)->perm = MEMPERM_NONE;
	must_eq(map_rw(place), ERR_OK);
	must_eq(got, 0x16000);
	region(0x12000, 2 * PG_SIZE)->perm = MEMPERM_NONE;
	for (vaddr_t want = 0x15000; want >= 0x10000; want -= PG_SIZE) {
		if (want == 0x12000 || want == 0x13000)
			continue;
		must_eq(map_rw(place), ERR_OK);
		must_eq(got, want);
	}
	must_eq(map_rw(place), ERR_NOMEM);		/* exhausted */
	place.len = 9 * PG_SIZE;
	must_eq(map_rw(place), ERR_NOMEM);
	/* A reservation that reaches over an end of the window. */
	place = (struct map_place){ .len = PG_SIZE, .low = PAGE(0), .high = PAGE(4) };
	region(PAGE(-2), 3 * PG_SIZE)->perm = MEMPERM_NONE;
	region(PAGE(3), 8 * PG_SIZE)->perm = MEMPERM_NONE;
	place.len = 2 * PG_SIZE;
	must_eq(map_rw(place), ERR_OK);
	must_eq(got, PAGE(1));
	must_eq(map_rw(place), ERR_NOMEM);
	/* Above a region that ends within a page. */
	region(PAGE(40), 2 * PG_SIZE + 5);
	place = (struct map_place){ .len = 2 * PG_SIZE, .low = PAGE(30), .high = PAGE(44) };
	must_eq(map_rw(place), ERR_OK);
	must_eq(got, PAGE(38));
	place.len = PG_SIZE;
	must_eq(map_rw(place), ERR_OK);
	must_eq(got, PAGE(43));
	/* Hints outside the user half are no hints. */
	place = anywhere(1);
	place.hint = USER_END;
	must_eq(map_rw(place), ERR_OK);
	must_eq(got, MMAP_TOP - PG_SIZE);
	place.hint = USER_END - PG_SIZE;
	must_eq(map_rw(place), ERR_OK);
	must_eq(got, USER_END - PG_SIZE);
	place.hint = USER_START - PG_SIZE;
	must_eq(map_rw(place), ERR_OK);
	must_eq(got, MMAP_TOP - 2 * PG_SIZE);
}
END_TEST

/* F6, F7 */
START_TEST(test_fixed)
{
	struct map_place place = at(2, 2);

	begin();
	must_eq(map_rw(place), ERR_OK);
	cpu_write(&as, PAGE(2), 7);
	for (int first = 0; first < 6; first++) {
		for (int pages = 1; pages < 6; pages++) {
			bool meets = first < 4 && first + pages > 2;

			place = at(first, pages);
			ck_assert(as_is_empty(&as, PAGE(first), PAGE(first + pages)) == !meets);
			if (!meets)
				must_eq(map_rw(place), ERR_OK);
			must_eq(cpu_read(&as, PAGE(2)), 7);
			if (!meets && first < 2)
				must_eq(as_munmap(&as, PAGE(first), PAGE(first + pages)), ERR_OK);
			else if (!meets)
				must_eq(as_munmap(&as, PAGE(4), PAGE(20)), ERR_OK);
		}
	}
	expect("[2,4)");
	must_eq(map_rw(at(1, 2)), ERR_OK);
	expect("[1,4)");
	must_eq(cpu_read(&as, PAGE(2)), 0);
}
END_TEST

/* A9, F13: neighbors are one region only if all is equal. */
START_TEST(test_joining)
{
	static struct addrspace child;
	static const struct { memperm_t perm, max; unsigned flags; bool one; } next[] = {
		{ MEMPERM_URW, MEMPERM_URWX, REGION_ANYWHERE, true },
		{ MEMPERM_UR, MEMPERM_URWX, REGION_ANYWHERE, false },
		{ MEMPERM_URW, MEMPERM_URW, REGION_ANYWHERE, false },
		{ MEMPERM_URW, MEMPERM_URWX, REGION_ANYWHERE | REGION_NORESERVE, false },
		{ MEMPERM_URW, MEMPERM_URWX, 0, false },
	};

	begin();
	for (size_t i = 0; i < array_len(next); i++) {
		for (int side = -1; side <= 1; side += 2) {
			must_eq(map_rw(at(4, 1)), ERR_OK);
			must_eq(map(at(4 + side, 1), next[i].perm, next[i].max, next[i].flags),
			    ERR_OK);
			must_eq(as.n_regions, next[i].one ? 1 : 2);
			check_joined(&as);
			must_eq(as_munmap(&as, PAGE(0), PAGE(10)), ERR_OK);
			must_eq(as.n_regions, 0);
		}
	}
	/* G6: between two, it joins both. */
	must_eq(map_rw(at(0, 8)), ERR_OK);
	must_eq(as_munmap(&as, PAGE(3), PAGE(5)), ERR_OK);
	expect("[0,3) [5,8)");
	must_eq(map_rw(at(3, 2)), ERR_OK);
	expect("[0,8)");
	/* F13: NORESERVE is kept over splits, joins, moves and forks. */
	must_eq(map(at(20, 6), MEMPERM_URW, MEMPERM_URWX, REGION_NORESERVE), ERR_OK);
	must_eq(as_mprotect(&as, PAGE(22), PAGE(23), MEMPERM_UR), ERR_OK);
	must_eq(remap(22, 1, 1, 30), ERR_OK);
	must_eq(as_init(&child), ERR_OK);
	must_eq(as_copy(&child, &as), ERR_OK);
	for (int i = 20; i < 31; i++) {
		const struct memregion *r = as_find_memregion(&as, PAGE(i), 1);
		const struct memregion *copy = as_find_memregion(&child, PAGE(i), 1);

		must_eq(r != NULL, (i < 26 && i != 22) || i == 30);
		must_eq(copy != NULL, r != NULL);
		must(r == NULL || (r->flags & copy->flags & REGION_NORESERVE));
	}
	as_destroy(&child);
}
END_TEST

/* Pages of a file go on where they go on in the file, and nowhere else. */
START_TEST(test_store_regions)
{
	static struct host_store file, other;
	struct region_like like = { .perm = MEMPERM_UR, .max_perm = MEMPERM_URWX };
	struct map_place p4 = at(4, 2), p6 = at(6, 2), p2 = at(2, 2);

	begin();
	host_store_init(&file, NULL, 30 * PG_SIZE);
	host_store_init(&other, NULL, 30 * PG_SIZE);
	like.store = &file.store;
	like.ofs = 10 * PG_SIZE;
	must_eq(as_mmap(&as, &p4, &like, &got), ERR_OK);
	like.ofs = 12 * PG_SIZE;
	must_eq(as_mmap(&as, &p6, &like, &got), ERR_OK);	/* grows upwards */
	like.ofs = 8 * PG_SIZE;
	must_eq(as_mmap(&as, &p2, &like, &got), ERR_OK);	/* and downwards */
	expect("[2,8)");
	must_eq(file.users, 1);
	for (int i = 2; i < 8; i++)
		must_eq(cpu_read(&as, PAGE(i)), i + 6 + 1);
	/* A cut keeps every page where it was; joined again it is one. */
	must_eq(as_mprotect(&as, PAGE(3), PAGE(6), MEMPERM_NONE), ERR_OK);
	expect("[2,3) [3,6) [6,8)");
	must_eq(file.users, 3);
	must_eq(as_discard(&as, PAGE(2), PAGE(8), false), ERR_OK);
	must_eq(as_mprotect(&as, PAGE(3), PAGE(6), MEMPERM_UR), ERR_OK);
	expect("[2,8)");
	for (int i = 2; i < 8; i++)
		must_eq(cpu_read(&as, PAGE(i)), i + 6 + 1);
	/* The head goes: what is left shows the same pages. */
	must_eq(as_munmap(&as, PAGE(2), PAGE(4)), ERR_OK);
	must_eq(as_discard(&as, PAGE(4), PAGE(8), false), ERR_OK);
	must_eq(cpu_read(&as, PAGE(5)), 5 + 6 + 1);
	/* The middle, and the same pages of another file there. */
	like.store = &other.store;
	like.ofs = 11 * PG_SIZE;
	p4 = at(5, 1);
	must_eq(as_mmap(&as, &p4, &like, &got), ERR_OK);
	expect("[4,5) [5,6) [6,8)");
	must_eq(other.users, 1);
	/* The right file at the wrong place does not join. */
	like.store = &file.store;
	like.ofs = 15 * PG_SIZE;
	p4 = at(8, 1);
	must_eq(as_mmap(&as, &p4, &like, &got), ERR_OK);
	like.ofs = 9 * PG_SIZE;
	p4 = at(3, 1);
	must_eq(as_mmap(&as, &p4, &like, &got), ERR_OK);
	expect("[3,5) [5,6) [6,8) [8,9)");
	/* Nor the page that follows, in front. */
	like.ofs = 16 * PG_SIZE;
	p4 = at(20, 1);
	must_eq(as_mmap(&as, &p4, &like, &got), ERR_OK);
	like.ofs = 17 * PG_SIZE;
	p4 = at(19, 1);
	must_eq(as_mmap(&as, &p4, &like, &got), ERR_OK);
	must_eq(cpu_read(&as, PAGE(19)), 18);
	must_eq(cpu_read(&as, PAGE(20)), 17);
	must_eq(as_munmap(&as, PAGE(19), PAGE(21)), ERR_OK);
	check_space(&as);
	check_joined(&as);
	must_eq(as_munmap(&as, PAGE(0), PAGE(20)), ERR_OK);
	must(file.users == 0 && other.users == 0);
}
END_TEST

HOST_MAIN("map", test_case_table_1, test_placement, test_bounds, test_fixed, test_joining,
    test_store_regions)
