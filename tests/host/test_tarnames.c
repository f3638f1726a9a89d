/* SPDX-License-Identifier: MIT */
/*
 * The initrd: links, and names that are too long for a header.
 * host-test: FS MM tests/host/fakes.c tests/host/fakes_fs.c
 */
#include "tar_host.h"

/* Add a link of TYPE ('1' or '2') to TEXT. */
static void
add_link(char type, const char *name, const char *text)
{
	char *h = add(type, name, "");

	memcpy(h + AT_LINK, text, strlen(text));
	seal(h);
}

START_TEST(test_links)
{
	struct linux_stat st;
	struct inode *ip;
	char text[10];

	fs_host_init();
	add('5', "usr/lib64/", "");
	add_link('2', "lib64", "usr/lib64");
	add('0', "lib64/ld.so", "loader");
	add_link('1', "usr/hard", "lib64/ld.so");
	add_link('2', "dead", "no/where");
	add('0', "dead/file", "x");
	add('0', "old", "x");
	add_link('2', "old", "usr/hard");
	add('6', "fifo", "");
	add('3', "dev/null", "");
	add('3', "dev/none", "");
	ck_assert_uint_eq(plant(), 9);
	expect_contents("/usr/lib64/ld.so", "loader", 6);
	expect_contents("/usr/hard", "loader", 6);
	expect_contents("/old", "loader", 6);
	ck_assert_int_eq(inode_lookup(NULL, "/usr/hard", &ip), ERR_OK);
	inode_stat(ip, &st);
	ck_assert_uint_eq(st.st_nlink, 2);
	inode_put(ip);
	ck_assert_int_eq(inode_lookup_link(NULL, "/dead", &ip), ERR_OK);
	ck_assert_int_eq(inode_readlink(ip, text, sizeof(text)), 8);
	ck_assert_mem_eq(text, "no/where", 8);
	inode_put(ip);
	expect_report("initrd: dead/file: the link that has the name of its directory leads no");
	expect_report("initrd: dev/none: there is no such device, skipped\n");
}
END_TEST

/* Names that came before their entry: GNU tar's and pax'. */
START_TEST(test_long_names)
{
	static char name[1000], record[1100];

	fs_host_init();
	for (size_t i = 0; i < 399; i++)
		name[i] = i % 100 == 99 ? '/' : 'n';
	add('L', "././@LongLink", name);
	add('0', "cut", "1");
	add('0', "short", "2");
	memset(name, 'p', 3);
	snprintf(record, sizeof(record), "30 mtime=1234567890.123456789\n%zu path=%s\n",
	    strlen(name) + 10, name);
	add('x', "PaxHeaders/x", record);
	add('0', "cut", "3");
	name[200] = '\0';
	add('K', "././@LongLink", name);
	add('L', "././@LongLink", "a/link");
	add_link('2', "cut", "cut");
	add('g', "global", "16 path=nothing\n");
	add('0', "last", "4");
	ck_assert_uint_eq(plant(), 5);
	ck_assert_str_eq(host_console, "");
	ck_assert(!exists("/cut") && !exists("/nothing"));
	expect_contents("/short", "2", 1);
	expect_contents("/last", "4", 1);
	{
		struct inode *ip;
		char text[300];

		ck_assert_int_eq(inode_lookup_link(NULL, "/a/link", &ip), ERR_OK);
		ck_assert_int_eq(inode_readlink(ip, text, sizeof(text)), 200);
		ck_assert_mem_eq(text, name, 200);
		inode_put(ip);
		name[200] = 'n';
		expect_contents(name, "3", 1);
		memset(name, 'n', 3);
		expect_contents(name, "1", 1);
	}
}
END_TEST

/* What is wrong with a name only costs its entry. */
START_TEST(test_bad_long_names)
{
	static char name[5000];

	fs_host_init();
	memset(name, 'n', sizeof(name) - 1);
	add('L', "long", name);
	add('0', "a", "1");
	name[256] = '\0';
	add('L', "long", name);
	add('0', "b", "2");
	add('x', "pax", "999 path=x\n");
	add('x', "pax", "path=x\n");
	add('x', "pax", "10 path=x");
	add('x', "pax", "3 \n");
	add('x', "pax", "5 xy\n");
	add('0', "c", "3");
	ck_assert_uint_eq(plant(), 2);
	expect_contents("/a", "1", 1);
	expect_contents("/c", "3", 1);
	expect_report("a name is too long");
	expect_report("bad pax header");
}
END_TEST

HOST_MAIN("tarnames", test_links, test_long_names, test_bad_long_names)
