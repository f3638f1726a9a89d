/* SPDX-License-Identifier: MIT */
/*
 * Ranges of user memory, from 16 bytes: start and length.
 * host-test: kernel/mm/usercopy.c MM tests/host/usercopy.c tests/host/fakes.c
 */
#include "fuzz.h"

#include "mm/layout.h"
#include "mm/usercopy.h"
#include "usercopy.h"

void
fuzz_begin(void)
{
	user_string = "a string";
}

void
fuzz_one(const uint8_t *data, size_t size)
{
	uint64_t in[2];
	char buf[16];
	__int128 end;
	ssize_t len;
	bool ok;

	if (size < sizeof(in))
		return;
	memcpy(in, data, sizeof(in));
	end = (__int128)in[0] + in[1];
	ok = in[1] == 0 || (in[0] >= USER_START && end <= USER_END);
	must_eq(user_range_ok(in[0], in[1]), ok);
	user_copied = 0;
	must_eq(copy_to_user(in[0], buf, in[1]), ok ? ERR_OK : ERR_FAULT);
	must_eq(user_copied, ok ? in[1] : 0);
	must_eq(copy_from_user(buf, in[0], in[1]), ok ? ERR_OK : ERR_FAULT);
	len = copy_string_from_user(buf, in[0], in[1] % sizeof(buf));
	must(len == ERR_FAULT || len == ERR_NAMETOOLONG || len == (ssize_t)strlen(user_string));
	must(len == ERR_FAULT || is_user_addr(in[0]));
}
