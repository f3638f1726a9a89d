/* SPDX-License-Identifier: MIT */
/*
 * M10: which ranges of addresses a system call may be given.
 * host-test: kernel/mm/usercopy.c MM tests/host/usercopy.c tests/host/fakes.c
 */
#include "host.h"

#include "mm/layout.h"
#include "mm/usercopy.h"
#include "usercopy.h"

#define MAX_STRING	64

/* M6 */
START_TEST(test_fixups)
{
	must_eq(usercopy_fixup(0x1000), 0x2000);
	must_eq(usercopy_fixup(0x1008), 0x2004);
	must_eq(usercopy_fixup(0x1004), 0);
	must_eq(usercopy_fixup(0x2000), 0);
	must_eq(usercopy_fixup(0x1010), 0);		/* behind the table's end */
}
END_TEST

/* O4: what can be made to fail is an access, which one to no bytes is not. */
START_TEST(test_refused_on_purpose)
{
	char buf[10] = "";

	fail_usercopy = 2;
	must_eq(copy_to_user(USER_TEXT, buf, 0), ERR_OK);
	must_eq(copy_to_user(USER_TEXT, buf, 1), ERR_OK);
	must_eq(copy_from_user(buf, USER_TEXT, 0), ERR_OK);
	must_eq(copy_from_user(buf, USER_TEXT, 1), ERR_FAULT);
	must_eq(copy_from_user(buf, USER_TEXT, 1), ERR_OK);
	fail_usercopy = 1;
	must_eq(copy_string_from_user(buf, USER_TEXT, sizeof(buf)), ERR_FAULT);
	must_eq(copy_string_from_user(buf, USER_TEXT, sizeof(buf)), 0);
}
END_TEST

/* Everything near the places where an answer may change, with 128 bits to count in. */
START_TEST(test_every_boundary_pair)
{
	static const uint64_t around[] = { 0, USER_START, USER_END, 1ul << 47, 1ul << 63,
		0xffff800000000000, DIRECT_SIZE };
	uint64_t values[array_len(around) * 8];
	size_t n = 0;

	for (size_t i = 0; i < array_len(around); i++) {
		for (int d = -3; d <= 4; d++)
			values[n++] = around[i] + d;
	}
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < 2 * n; k++) {
			/* Both: each length as it is, and each end as a length. */
			uint64_t start = values[i], len = k < n ? values[k] : values[k - n] - start;
			__int128 end = (__int128)start + len;
			bool want = len == 0 || (start >= USER_START && end <= USER_END);

			must_eq(user_range_ok(start, len), want);
			must_eq(copy_to_user(start, NULL, len), want ? ERR_OK : ERR_FAULT);
			must_eq(copy_from_user(NULL, start, len), want ? ERR_OK : ERR_FAULT);
			must(!want || user_copied == len);
		}
	}
}
END_TEST

/* M6 */
START_TEST(test_refused_half_way)
{
	char buf[10];

	user_refuse_at = 5;
	must_eq(copy_from_user(buf, USER_TEXT, 5), ERR_OK);
	must_eq(copy_from_user(buf, USER_TEXT, 6), ERR_FAULT);
	must_eq(copy_to_user(USER_TEXT, buf, 6), ERR_FAULT);
	must_eq(copy_string_from_user(buf, USER_TEXT, 10), ERR_FAULT);
}
END_TEST

/* M7: a string ends at its 0, at the buffer's end, or at the end of what there can be. */
START_TEST(test_strings)
{
	char buf[MAX_STRING];

	user_string = "12345";
	must_eq(copy_string_from_user(buf, USER_TEXT, 6), 5);
	ck_assert_str_eq(buf, "12345");
	must_eq(copy_string_from_user(buf, USER_TEXT, 5), ERR_NAMETOOLONG);
	must_eq(copy_string_from_user(buf, USER_END - 6, 10), 5);
	must_eq(copy_string_from_user(buf, USER_END - 6, 6), 5);
	must_eq(copy_string_from_user(buf, USER_END - 5, 10), ERR_FAULT);
	must_eq(copy_string_from_user(buf, USER_END - 5, 5), ERR_NAMETOOLONG);
	user_string = "";
	must_eq(copy_string_from_user(buf, USER_TEXT, 6), 0);
	must_eq(copy_string_from_user(buf, USER_END - 1, 5), 0);
	must_eq(copy_string_from_user(buf, USER_END, 5), ERR_FAULT);
	must_eq(copy_string_from_user(buf, USER_START - 1, 5), ERR_FAULT);
	must_eq(copy_string_from_user(buf, UINT64_MAX, 5), ERR_FAULT);
	must_eq(copy_string_from_user(buf, 0, 5), ERR_FAULT);
}
END_TEST

HOST_MAIN("userrange", test_every_boundary_pair, test_refused_half_way, test_strings,
    test_fixups, test_refused_on_purpose)
