/* SPDX-License-Identifier: MIT */
/*
 * The strings of a new program: pushed, dropped, looked at; nothing is lost.
 * host-test: kernel/execargs.c kernel/mm/pmem.c kernel/mm/kmalloc.c kernel/lock.c
 * host-test: tests/host/fakes.c
 */
#include "host.h"

#include "execargs.h"
#include "mm/kmalloc.h"
#include "mm/pmem.h"
#include "mm/usercopy.h"

#define MIB	0x100000ul
#define LARGE	(40 * PG_SIZE)

static struct exec_args args;
static size_t before;
static char text[LARGE + PG_SIZE];
static size_t readable = sizeof(text);	/* bytes of user memory from text on that can be read */

err_t
copy_from_user(void *dst, vaddr_t src, size_t n)
{
	if (src + n > (vaddr_t)text + readable)
		return ERR_FAULT;
	memcpy(dst, (const void *)src, n);
	return ERR_OK;
}

ssize_t
copy_string_from_user(char *dst, vaddr_t src, size_t n)
{
	size_t len = strnlen((const char *)src, n);

	if (copy_from_user(dst, src, min(len + 1, n)) != ERR_OK)
		return ERR_FAULT;
	return len < n ? (ssize_t)len : ERR_NAMETOOLONG;
}

static void
begin(size_t limit)
{
	host_memory_init(4 * MIB);
	before = pmem_free_count();
	args_init(&args, limit);
}

static void
end(void)
{
	args_free(&args);
	must_eq(pmem_free_count(), before);
}

/* A string of N bytes, its end included, that depends on N. */
static const char *
string_of(size_t n)
{
	for (size_t i = 0; i + 1 < n; i++)
		text[i] = (char)('a' + (i + n) % 26);
	text[n - 1] = '\0';
	return text;
}

/* What lies at AT, N bytes, is such a string. */
static void
expect(vaddr_t at, size_t n)
{
	struct args_cursor c = args_at(&args, at);
	char *got = malloc(n);

	args_read(&c, got, n);
	ck_assert_mem_eq(got, string_of(n), n);
	free(got);
	must_eq(c.at, at + n);
}

/* L4 */
START_TEST(test_push)
{
	static const size_t sizes[] = { 1, 2, 4095, 4096, 4097, 1, 20000, 7, 8192, 3 };
	vaddr_t at[array_len(sizes)], sp = USTACK_UPPERBOUND;

	begin(MIB);
	for (size_t i = 0; i < array_len(sizes); i++) {
		err_t err = i % 2 ? args_push(&args, string_of(sizes[i])) :
		    args_push_user(&args, (vaddr_t)string_of(sizes[i]));

		ck_assert_int_eq(err, ERR_OK);
		sp -= sizes[i];
		must_eq(args.sp, sp);
		at[i] = sp;
		must_eq(args.n_frames, (USTACK_UPPERBOUND - pg_round_down(sp)) / PG_SIZE);
	}
	for (size_t i = 0; i < array_len(sizes); i++)
		expect(at[i], sizes[i]);
	for (size_t i = array_len(sizes); i-- > 1;) {
		struct args_cursor c = args_at(&args, at[i]);

		args_skip_string(&c);
		must_eq(c.at, at[i - 1]);
		args_pop(&args);
		must_eq(args.sp, at[i - 1]);
		must_eq(args.n_frames, (USTACK_UPPERBOUND - pg_round_down(args.sp)) / PG_SIZE);
	}
	expect(at[0], sizes[0]);
	end();
}
END_TEST

/* L4: to the byte. */
START_TEST(test_limit)
{
	begin(100);
	ck_assert_int_eq(args_push(&args, string_of(101)), ERR_2BIG);
	ck_assert_int_eq(args_push(&args, string_of(99)), ERR_OK);
	ck_assert_int_eq(args_push_user(&args, (vaddr_t)string_of(2)), ERR_2BIG);
	ck_assert_int_eq(args_push_user(&args, (vaddr_t)string_of(1)), ERR_OK);
	ck_assert_int_eq(args_push(&args, ""), ERR_2BIG);
	must_eq(args.sp, USTACK_UPPERBOUND - 100);
	end();
	args = (struct exec_args){ 0 };
	args_init(&args, MIB);
	ck_assert_int_eq(args_push_user(&args, (vaddr_t)string_of(ARG_STRING_MAX)), ERR_OK);
	expect(args.sp, ARG_STRING_MAX);
	ck_assert_int_eq(args_push_user(&args, (vaddr_t)string_of(ARG_STRING_MAX + 1)), ERR_2BIG);
	end();
}
END_TEST

/* Memory that cannot be read, at each place of a string. */
START_TEST(test_fault)
{
	begin(MIB);
	string_of(10000);
	for (readable = 0; readable < 10000; readable += 499)
		ck_assert_int_eq(args_push_user(&args, (vaddr_t)text), ERR_FAULT);
	readable = 10000;
	ck_assert_int_eq(args_push_user(&args, (vaddr_t)text), ERR_OK);
	end();
}
END_TEST

/* What is not written is zero, also where something was before. */
START_TEST(test_zeros)
{
	struct args_cursor c;
	char bytes[100];

	begin(MIB);
	ck_assert_int_eq(args_push(&args, string_of(50)), ERR_OK);
	ck_assert_int_eq(args_push(&args, string_of(60)), ERR_OK);
	args_pop(&args);
	ck_assert_int_eq(args_lower(&args, args.sp - 100), ERR_OK);
	c = args_at(&args, args.sp);
	args_read(&c, bytes, sizeof(bytes));
	for (size_t i = 0; i < sizeof(bytes); i++)
		must_eq(bytes[i], 0);
	end();
}
END_TEST

/* The lowest frames can be taken, one after the other, from the bottom up. */
START_TEST(test_take)
{
	size_t n;

	begin(MIB);
	ck_assert_int_eq(args_push(&args, string_of(LARGE)), ERR_OK);
	for (n = 0; args.n_frames > 1; n++) {
		paddr_t frame = args.lowest;

		ck_assert_mem_eq((void *)kmap_p2v(frame), string_of(LARGE) + n * PG_SIZE, PG_SIZE);
		args_take_lowest(&args);
		pmem_free(frame);
	}
	must_eq(n, LARGE / PG_SIZE - 1);
	must_eq(args.lowest, args.top);
	end();
}
END_TEST

START_TEST(test_view)
{
	size_t count;
	vaddr_t high;
	char **v;

	begin(MIB);
	v = args_view(&args, args.sp, args.sp, &count);
	ck_assert(count == 0 && v[0] == NULL);
	kfree(v);
	for (int i = 0; i < 300; i++)
		ck_assert_int_eq(args_push(&args, i % 2 ? "odd" : ""), ERR_OK);
	v = args_view(&args, args.sp, USTACK_UPPERBOUND, &count);
	ck_assert(count == ARGS_VIEW_MAX && v[count] == NULL);
	ck_assert_str_eq(v[0], "odd");
	ck_assert_str_eq(v[255], "");
	kfree(v);
	high = args.sp;
	ck_assert_int_eq(args_push(&args, string_of(96)), ERR_OK);
	ck_assert_int_eq(args_push(&args, string_of(4000)), ERR_OK);
	v = args_view(&args, args.sp, high, &count);
	ck_assert(count == 2 && strcmp(v[1], string_of(96)) == 0);
	kfree(v);
	v = args_view(&args, args.sp, high + 1, &count);	/* what is cut off is left out */
	must_eq(count, 2);
	kfree(v);
	ck_assert_int_eq(args_push(&args, "x"), ERR_OK);
	v = args_view(&args, args.sp, high, &count);
	must_eq(count, 2);
	kfree(v);
	end();
}
END_TEST

/* Each allocation fails once; then the same goes on. */
START_TEST(test_no_memory)
{
	begin(MIB);
	for (unsigned long k = 1; k <= LARGE / PG_SIZE; k++) {
		vaddr_t sp = args.sp;

		fail_alloc = k;
		ck_assert_int_eq(args_push(&args, string_of(LARGE)), ERR_NOMEM);
		must_eq(args.sp, sp);
		args_free(&args);
		args = (struct exec_args){ 0 };
		args_init(&args, MIB);
	}
	fail_alloc = 0;
	ck_assert_int_eq(args_push(&args, string_of(LARGE)), ERR_OK);
	end();
}
END_TEST

HOST_MAIN("execargs", test_push, test_limit, test_fault, test_zeros, test_take, test_view,
    test_no_memory)
