/* SPDX-License-Identifier: MIT */
/*
 * The initrd: good archives, and bad ones.  Every archive lies in memory of its
 * exact size, so that the sanitizer sees a read outside of it.
 * host-test: FS MM tests/host/fakes.c tests/host/fakes_fs.c
 */
#include "tar_host.h"

START_TEST(test_plant)
{
	struct inode *ip;
	char *h;

	fs_host_init();
	add('5', "bin/", "");
	add('0', "bin/prog", "machine code");
	add('\0', "./deep/er/file", "x");
	h = add('0', "name", "prefixed");
	strcpy(h + AT_PREFIX, "very/long");
	seal(h);
	h = add('0', "plain", "data");
	strcpy(h + AT_MODE, "0000644");
	seal(h);
	ck_assert_uint_eq(plant(), 5);
	ck_assert_str_eq(host_console, "");
	expect_contents("/bin/prog", "machine code", 12);
	expect_contents("/deep/er/file", "x", 1);
	expect_contents("/very/long/name", "prefixed", 8);
	ck_assert_int_eq(inode_lookup(NULL, "/bin/prog", &ip), ERR_OK);
	ck_assert(inode_may_exec(ip));
	ck_assert_uint_eq(ip->data.tree.pages, 0);
	inode_put(ip);
	ck_assert_int_eq(inode_lookup(NULL, "/plain", &ip), ERR_OK);
	ck_assert(!inode_may_exec(ip));
	inode_put(ip);
}
END_TEST

START_TEST(test_no_copy_until_written)
{
	size_t free;
	struct file *f;

	fs_host_init();
	add('0', "a", "0123456789");
	ck_assert_uint_eq(plant(), 1);
	free = pmem_free_count();
	expect_contents("/a", "0123456789", 10);
	ck_assert_uint_eq(pmem_free_count(), free);
	f = open_ok("/a", O_WRONLY);
	ck_assert_int_eq(file_write(f, "ab", 2, false), 2);
	file_put(f);
	ck_assert_uint_eq(pmem_free_count(), free - 1);
	expect_contents("/a", "ab23456789", 10);
	ck_assert_int_eq(inode_unlink(NULL, "/a"), ERR_OK);
	ck_assert_uint_ge(pmem_free_count(), free);
}
END_TEST

/* What is left out, and what is planted all the same after it. */
START_TEST(test_skipped)
{
	fs_host_init();
	add('0', "/etc/passwd", "x");
	add('0', "a/../../b", "x");
	add('0', "..", "x");
	add('2', "link", "");
	add('1', "hard", "");
	add('7', "contiguous", "x");
	add('x', "pax", "17 path=somewhere\n");
	add('0', "./", "x");
	add('0', "dev/null", "x");
	add('0', "bad\033[2Jname/..", "x");
	add('0', "good", "1");
	add('0', "good/below", "x");
	add('0', "good", "2");
	add('5', "good", "");
	add('5', "./", "");
	ck_assert_uint_eq(plant(), 3);
	expect_contents("/good", "2", 1);
	ck_assert(!exists("/etc") && !exists("/b") && !exists("/a") && !exists("/link"));
	expect_report("initrd: /etc/passwd: its path leads out of the archive, skipped\n");
	expect_report("initrd: link: it leads nowhere, skipped\n");
	expect_report("initrd: hard: there is no such file to link to, skipped\n");
	expect_report("initrd: contiguous: it is of an unknown kind, skipped\n");
	expect_report(": bad pax header, skipped\n");
	expect_report("initrd: dev/null: the name is taken, skipped\n");
	expect_report("initrd: bad?[2Jname/..: its path");
	expect_report("initrd: good/below: a file has the name of its directory, skipped\n");
	expect_report("initrd: ./: it has no name, skipped\n");
}
END_TEST

static void spoil_name(char *h) { h[0]++; }
static void spoil_checksum(char *h) { memset(h + AT_CHKSUM, 'x', 8); }
static void spoil_magic(char *h) { h[AT_MAGIC] = 'U'; }
static void spoil_size(char *h) { memcpy(h + AT_SIZE, "0000000000z", 11); }
static void spoil_size_blank(char *h) { memset(h + AT_SIZE, ' ', 12); }
static void spoil_size_binary(char *h) { h[AT_SIZE] = (char)0x80; }
static void spoil_size_minus(char *h) { memcpy(h + AT_SIZE, "-0000000001", 11); }
static void spoil_size_past(char *h) { memcpy(h + AT_SIZE, "00000100000", 11); }
static void spoil_size_huge(char *h) { memset(h + AT_SIZE, '7', 12); }
static void spoil_mode(char *h) { memcpy(h + AT_MODE, "rwxr-xr", 7); }

/* One good file, then a spoiled header: the first is there, the rest is reported. */
START_TEST(test_header_not_to_be_trusted)
{
	static const struct {
		void (*spoil)(char *h);
		bool sealed;
		const char *text;
	} cases[] = {
		{ spoil_name, false, "bad checksum" },
		{ spoil_checksum, false, "bad checksum" },
		{ spoil_magic, true, "not a ustar header" },
		{ spoil_size, true, "bad size" },
		{ spoil_size_blank, true, "bad size" },
		{ spoil_size_binary, true, "bad size" },
		{ spoil_size_minus, true, "bad size" },
		{ spoil_size_past, true, "size runs past the end" },
		{ spoil_size_huge, true, "size runs past the end" },
		{ spoil_mode, true, "bad mode" },
	};

	fs_host_init();
	for (size_t i = 0; i < array_len(cases); i++) {
		char *h;

		memset(tar, 0, tar_len);
		tar_len = 0;
		host_console[0] = '\0';
		add('0', "good", "1");
		h = add('0', "bad", "22");
		cases[i].spoil(h);
		if (cases[i].sealed)
			seal(h);
		add('0', "after", "3");
		ck_assert_uint_eq(plant(), 1);
		ck_assert(exists("/good") && !exists("/bad") && !exists("/after"));
		expect_report(cases[i].text);
		expect_report("at byte 1024, the rest is skipped\n");
		ck_assert_int_eq(inode_unlink(NULL, "/good"), ERR_OK);
	}
}
END_TEST

START_TEST(test_unterminated_fields)
{
	static char path[256];
	char *h;

	fs_host_init();
	h = add('0', "x", "data");
	memset(h, 'n', 100);
	memset(h + AT_PREFIX, 'p', 155);
	memcpy(h + AT_SIZE, "000000000004", 12);
	seal(h);
	ck_assert_uint_eq(plant(), 1);
	memset(path, 'p', 155);
	path[155] = '/';
	memset(path + 156, 'n', 100);
	ck_assert(!exists("x"));
	{
		char whole[sizeof(path) + 1] = "";

		memcpy(whole, path, sizeof(path));
		expect_contents(whole, "data", 4);
	}
}
END_TEST

/* Cut everywhere: never a read outside, and the files before the cut are whole. */
START_TEST(test_truncated)
{
	fs_host_init();
	add('0', "a", "1");
	add('0', "b", "22");
	tar_len += 2 * BLOCK;
	for (size_t n = 0; n <= tar_len; n++) {
		size_t want = (n >= BLOCK + 1) + (n >= 3 * BLOCK + 2);

		host_console[0] = '\0';
		ck_assert_uint_eq(plant_part(n), want);
		ck_assert_int_eq(host_console[0] == '\0', n >= 5 * BLOCK);
		if (want >= 1)
			expect_contents("/a", "1", 1);
		if (want >= 2)
			expect_contents("/b", "22", 2);
	}
}
END_TEST

/* Random damage, with checksums made good again or not. */
START_TEST(test_damaged)
{
	static char whole[sizeof(tar)];

	fs_host_init();
	add('5', "d/", "");
	add('0', "d/a", "1");
	add('0', "b/c", "22");
	add('2', "l", "");
	add('0', "e", "333");
	tar_len += 2 * BLOCK;
	memcpy(whole, tar, tar_len);
	srand(4);
	for (int i = 0; i < 8000; i++) {
		size_t n = rand() % 4 == 0 ? (size_t)rand() % tar_len : tar_len;

		memcpy(tar, whole, tar_len);
		for (int hits = 1 + rand() % 4; hits > 0; hits--) {
			size_t block = rand() % (tar_len / BLOCK) * BLOCK;

			tar[block + rand() % BLOCK] = (char)rand();
			tar[block + AT_SIZE + rand() % 12] = "01234567 x\0"[rand() % 11];
			if (rand() % 4 != 0)
				seal(tar + block);
		}
		ck_assert_uint_le(plant_part(n), 8);
		host_console[0] = '\0';
	}
}
END_TEST

START_TEST(test_no_memory)
{
	size_t free;

	fs_host_init();
	for (char name[] = "a/file"; name[0] <= 'z'; name[0]++)
		add('0', name, "x");
	tar_len += 2 * BLOCK;
	free = pmem_free_count();
	frames_hold(0);
	ck_assert_uint_lt(plant_part(tar_len), 26);
	expect_report(": no memory, skipped\n");
	frames_release();
	ck_assert_uint_eq(pmem_free_count(), free);
	ck_assert_uint_eq(plant_part(tar_len), 26);
}
END_TEST

HOST_MAIN("tar", test_plant, test_no_copy_until_written, test_skipped,
    test_header_not_to_be_trusted, test_unterminated_fields, test_truncated, test_damaged,
    test_no_memory)
