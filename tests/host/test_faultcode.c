/* SPDX-License-Identifier: MIT */
/*
 * host-test: kernel/x86/faultcode.c kernel/lib/printf.c tests/host/fakes.c kernel/mm/pmem.c
 * host-test: kernel/lock.c
 */
#include "host.h"

#include "mm/mmu.h"
#include "x86/faultcode.h"

static void
expect(uint64_t err, const char *want)
{
	char text[FAULTCODE_LEN];

	memset(text, 'x', sizeof(text));
	faultcode_text(err, text);
	ck_assert_str_eq(text, want);
}

/* C17: each bit has its name, and only that one. */
START_TEST(test_each_bit)
{
	expect(0, "none");
	expect(PF_PRESENT, "present");
	expect(PF_WRITE, "write");
	expect(PF_USER, "user");
	expect(PF_RESERVED, "reserved");
	expect(PF_FETCH, "fetch");
	expect(1 << 5, "key");
	expect(1 << 6, "shadow-stack");
	expect(1 << 15, "sgx");
	for (int bit = 7; bit < 64; bit++) {
		char number[32];

		snprintf(number, sizeof(number), "0x%lx", 1ul << bit);
		if (bit != 15)
			expect(1ul << bit, number);
	}
}
END_TEST

START_TEST(test_several_bits)
{
	expect(PF_PRESENT | PF_WRITE | PF_USER, "present|write|user");
	expect(PF_USER | PF_FETCH | 0x80, "user|fetch|0x80");
	expect(~0ul, "present|write|user|reserved|fetch|key|shadow-stack|sgx|0xffffffffffff7f80");
}
END_TEST

HOST_MAIN("faultcode", test_each_bit, test_several_bits)
