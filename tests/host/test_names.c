/* SPDX-License-Identifier: MIT */
/*
 * Paths, links, and what is done to names.
 * host-test: FS MM tests/host/fakes.c tests/host/fakes_fs.c
 */
#include "fs_host.h"

#include "fs/inode.h"

static char buf[PG_SIZE];

/* --- paths --- */

static err_t
lookup(const char *path)
{
	struct inode *ip;
	err_t err = inode_lookup(host_proc.cwd, path, &ip);

	if (err == ERR_OK)
		inode_put(ip);
	return err;
}

static void
make_tree(void)
{
	fs_host_init();
	ck_assert_int_eq(inode_mkdir(NULL, "/a", 0777), ERR_OK);
	ck_assert_int_eq(inode_mkdir(NULL, "a/b/", 0777), ERR_OK);
	file_make("/a/f", "text", 4);
}

START_TEST(test_lookup)
{
	static const struct {
		const char *path;
		err_t err;
	} cases[] = {
		{ "/", ERR_OK }, { "//", ERR_OK }, { ".", ERR_OK }, { "..", ERR_OK },
		{ "/../..", ERR_OK }, { "a", ERR_OK }, { "//a//b//", ERR_OK },
		{ "a/b/../f", ERR_OK }, { "./a/./b/.", ERR_OK }, { "a/b/..", ERR_OK },
		{ "", ERR_NOENT }, { "x", ERR_NOENT }, { "x/y", ERR_NOENT }, { "a/ff", ERR_NOENT },
		{ "a/f/", ERR_NOTDIR }, { "a/f/x", ERR_NOTDIR }, { "a/f/..", ERR_NOTDIR },
		{ "a/f/.", ERR_NOTDIR },
	};
	char name[300];

	make_tree();
	for (size_t i = 0; i < array_len(cases); i++)
		ck_assert_msg(lookup(cases[i].path) == cases[i].err, "%s: %d", cases[i].path,
		    lookup(cases[i].path));
	memset(name, 'n', 256);
	name[256] = '\0';
	ck_assert_int_eq(lookup(name), ERR_NAMETOOLONG);
	strcat(name, "/x");
	ck_assert_int_eq(lookup(name), ERR_NAMETOOLONG);
	name[255] = '\0';
	ck_assert_int_eq(lookup(name), ERR_NOENT);
	ck_assert_int_eq(inode_mkdir(NULL, name, 0), ERR_OK);
	ck_assert_int_eq(lookup(name), ERR_OK);
}
END_TEST

START_TEST(test_open_flags)
{
	static const struct {
		const char *path;
		int flags;
		err_t err;
	} cases[] = {
		{ "a", O_RDONLY, ERR_OK }, { "a", O_WRONLY, ERR_ISDIR },
		{ "a", O_RDWR, ERR_ISDIR }, { "a", O_TRUNC, ERR_ISDIR },
		{ "a", O_CREAT, ERR_ISDIR }, { "/", O_CREAT, ERR_ISDIR },
		{ "a", O_CREAT | O_EXCL, ERR_EXIST }, { "a/.", O_CREAT | O_EXCL, ERR_EXIST },
		{ "a/", O_CREAT, ERR_ISDIR }, { "new/", O_CREAT, ERR_ISDIR },
		{ "x/new", O_CREAT, ERR_NOENT }, { "a/f/new", O_CREAT, ERR_NOTDIR },
		{ "a/f", O_CREAT, ERR_OK }, { "a/f", O_CREAT | O_EXCL, ERR_EXIST },
		{ "a/f", O_DIRECTORY, ERR_NOTDIR }, { "a", O_DIRECTORY, ERR_OK },
		{ "a/new", O_CREAT | O_DIRECTORY, ERR_INVAL }, { "a/f", O_ACCMODE, ERR_INVAL },
		{ "a/f", 040000, ERR_INVAL }, { "a/f", 020000, ERR_INVAL },
		{ "a/f", O_NOCTTY | O_LARGEFILE | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, ERR_OK },
		{ "a/n", O_CREAT | O_EXCL, ERR_OK }, { "a/n", O_RDONLY, ERR_OK },
		{ "/dev/null", O_WRONLY | O_TRUNC, ERR_OK },
		{ "/dev/zero", O_DIRECTORY, ERR_NOTDIR },
	};

	make_tree();
	for (size_t i = 0; i < array_len(cases); i++) {
		err_t err = open_err(cases[i].path, cases[i].flags);

		ck_assert_msg(err == cases[i].err, "%s, 0%o: %d", cases[i].path, cases[i].flags,
		    err);
	}
	ck_assert_int_eq(lookup("new"), ERR_NOENT);
	expect_contents("a/f", "text", 4);
	ck_assert_int_eq(open_err("a/f", O_TRUNC), ERR_OK);
	expect_contents("a/f", "", 0);
}
END_TEST

START_TEST(test_mkdir_rmdir_unlink)
{
	make_tree();
	ck_assert_int_eq(inode_mkdir(NULL, "a", 0777), ERR_EXIST);
	ck_assert_int_eq(inode_mkdir(NULL, "/", 0777), ERR_EXIST);
	ck_assert_int_eq(inode_mkdir(NULL, "a/f", 0777), ERR_EXIST);
	ck_assert_int_eq(inode_mkdir(NULL, "a/.", 0777), ERR_EXIST);
	ck_assert_int_eq(inode_mkdir(NULL, "x/y", 0777), ERR_NOENT);
	ck_assert_int_eq(inode_mkdir(NULL, "a/f/y", 0777), ERR_NOTDIR);
	ck_assert_int_eq(inode_rmdir(NULL, "/"), ERR_BUSY);
	ck_assert_int_eq(inode_rmdir(NULL, "a/."), ERR_INVAL);
	ck_assert_int_eq(inode_rmdir(NULL, "a/b/.."), ERR_NOTEMPTY);
	ck_assert_int_eq(inode_rmdir(NULL, "a"), ERR_NOTEMPTY);
	ck_assert_int_eq(inode_rmdir(NULL, "a/f"), ERR_NOTDIR);
	ck_assert_int_eq(inode_rmdir(NULL, "x"), ERR_NOENT);
	ck_assert_int_eq(inode_unlink(NULL, "a"), ERR_ISDIR);
	ck_assert_int_eq(inode_unlink(NULL, "a/"), ERR_ISDIR);
	ck_assert_int_eq(inode_unlink(NULL, "."), ERR_ISDIR);
	ck_assert_int_eq(inode_unlink(NULL, "/"), ERR_ISDIR);
	ck_assert_int_eq(inode_unlink(NULL, "a/f/"), ERR_NOTDIR);
	ck_assert_int_eq(inode_unlink(NULL, "a/x/"), ERR_NOENT);
	ck_assert_int_eq(inode_unlink(NULL, "a/f"), ERR_OK);
	ck_assert_int_eq(inode_unlink(NULL, "a/f"), ERR_NOENT);
	ck_assert_int_eq(inode_rmdir(NULL, "a/b/"), ERR_OK);
	ck_assert_int_eq(inode_rmdir(NULL, "a"), ERR_OK);
	ck_assert_int_eq(lookup("a"), ERR_NOENT);
}
END_TEST

/* --- symbolic links --- */

/* The text of link PATH. */
static const char *
link_text(const char *path)
{
	static char text[64];
	struct inode *ip;
	ssize_t n;

	ck_assert_int_eq(inode_lookup_link(host_proc.cwd, path, &ip), ERR_OK);
	n = inode_readlink(ip, text, sizeof(text) - 1);
	ck_assert_int_gt(n, 0);
	text[n] = '\0';
	inode_put(ip);
	return text;
}

static void
make_links(void)
{
	static const char *const links[][2] = {
		{ "a", "dir" }, { "a/b", "sub" }, { "/a/f", "file" }, { "f", "a/same" },
		{ "nowhere", "dead" }, { "a/new", "new" }, { "../f", "a/b/up" },
		{ "loop2", "loop1" }, { "loop1", "loop2" }, { "dir/", "slash" }, { "/", "root" },
	};

	make_tree();
	for (size_t i = 0; i < array_len(links); i++)
		ck_assert_int_eq(inode_symlink(links[i][0], NULL, links[i][1]), ERR_OK);
}

START_TEST(test_links)
{
	static const struct {
		const char *path;
		err_t err;
	} cases[] = {
		{ "dir", ERR_OK }, { "dir/", ERR_OK }, { "dir/b", ERR_OK }, { "dir/b/..", ERR_OK },
		{ "file", ERR_OK }, { "file/", ERR_NOTDIR }, { "file/x", ERR_NOTDIR },
		{ "dir/same", ERR_OK }, { "a/b/up", ERR_OK }, { "sub/up", ERR_OK },
		{ "dead", ERR_NOENT }, { "dead/", ERR_NOENT }, { "dead/x", ERR_NOENT },
		{ "loop1", ERR_LOOP }, { "loop1/x", ERR_LOOP }, { "slash/b", ERR_OK },
		{ "slash", ERR_OK }, { "slash/slash", ERR_NOENT }, { "root", ERR_OK },
		{ "root/root/root/a/b", ERR_OK }, { "dir/../dir/../dir/same", ERR_OK },
	};
	struct linux_stat st;
	struct inode *ip, *dir;

	make_links();
	for (size_t i = 0; i < array_len(cases); i++)
		ck_assert_msg(lookup(cases[i].path) == cases[i].err, "%s: %d", cases[i].path,
		    lookup(cases[i].path));
	ck_assert_str_eq(link_text("dir"), "a");
	ck_assert_str_eq(link_text("dir/same"), "f");
	ck_assert_int_eq(inode_lookup_link(NULL, "file", &ip), ERR_OK);
	inode_stat(ip, &st);
	ck_assert_uint_eq(st.st_mode, S_IFLNK | 0777);
	ck_assert_int_eq(st.st_size, 4);
	ck_assert_int_eq(inode_readlink(ip, buf, 2), 2);
	ck_assert_mem_eq(buf, "/a", 2);
	inode_put(ip);
	ck_assert_int_eq(inode_lookup_link(NULL, "dir/", &ip), ERR_OK);
	ck_assert_int_eq(inode_lookup(NULL, "a", &dir), ERR_OK);
	ck_assert_ptr_eq(ip, dir);
	ck_assert_int_eq(inode_readlink(ip, buf, 2), ERR_INVAL);
	inode_put(ip);
	inode_put(dir);
}
END_TEST

START_TEST(test_links_as_names)
{
	make_links();
	ck_assert_int_eq(inode_symlink("x", NULL, "dead"), ERR_EXIST);
	ck_assert_int_eq(inode_symlink("x", NULL, "dead/"), ERR_EXIST);
	ck_assert_int_eq(inode_symlink("x", NULL, "none/"), ERR_NOENT);
	ck_assert_int_eq(inode_symlink("x", NULL, "a/f/y"), ERR_NOTDIR);
	ck_assert_int_eq(inode_mkdir(NULL, "dead", 0777), ERR_EXIST);
	ck_assert_int_eq(inode_rmdir(NULL, "dir"), ERR_NOTDIR);
	ck_assert_int_eq(inode_rmdir(NULL, "dir/"), ERR_NOTDIR);
	ck_assert_int_eq(inode_unlink(NULL, "dir/"), ERR_NOTDIR);
	ck_assert_int_eq(open_err("dead", O_RDONLY), ERR_NOENT);
	ck_assert_int_eq(open_err("dir", O_NOFOLLOW), ERR_LOOP);
	ck_assert_int_eq(open_err("dir", O_NOFOLLOW | O_DIRECTORY), ERR_NOTDIR);
	ck_assert_int_eq(open_err("dir/", O_NOFOLLOW | O_DIRECTORY), ERR_OK);
	ck_assert_int_eq(open_err("file", O_NOFOLLOW | O_CREAT), ERR_LOOP);
	ck_assert_int_eq(open_err("new", O_CREAT | O_EXCL), ERR_EXIST);
	ck_assert_int_eq(open_err("loop1", O_CREAT), ERR_LOOP);
	ck_assert_int_eq(lookup("a/new"), ERR_NOENT);
	ck_assert_int_eq(open_err("new", O_CREAT), ERR_OK);
	ck_assert_int_eq(lookup("a/new"), ERR_OK);
	ck_assert_int_eq(inode_unlink(NULL, "new"), ERR_OK);
	ck_assert_int_eq(lookup("a/new"), ERR_OK);
	ck_assert_int_eq(inode_unlink(NULL, "dir"), ERR_OK);
	ck_assert_int_eq(lookup("a/b"), ERR_OK);
}
END_TEST

/* Forty links on one way, however they are nested, and not one more. */
START_TEST(test_links_limit)
{
	char name[16], text[16], path[200] = "";

	make_tree();
	ck_assert_int_eq(inode_symlink("a/", NULL, "l0"), ERR_OK);
	for (int i = 1; i <= 40; i++) {
		snprintf(name, sizeof(name), "l%d", i);
		snprintf(text, sizeof(text), "l%d/.", i - 1);
		ck_assert_int_eq(inode_symlink(text, NULL, name), ERR_OK);
	}
	ck_assert_int_eq(lookup("l39/f"), ERR_OK);
	ck_assert_int_eq(lookup("l40/f"), ERR_LOOP);
	ck_assert_int_eq(lookup("l40"), ERR_LOOP);
	for (int i = 0; i < 20; i++)
		strcat(path, "l1/../");
	ck_assert_int_eq(lookup(path), ERR_OK);
	strcat(path, "l0");
	ck_assert_int_eq(lookup(path), ERR_LOOP);
}
END_TEST

START_TEST(test_links_run_out_of_memory)
{
	size_t free;

	fs_host_init();
	memset(buf, 'x', 2000);
	buf[2000] = '\0';
	free = pmem_free_count();
	for (unsigned long k = 1; fail_alloc == 0; k++) {
		err_t err;

		fail_alloc = k;
		err = inode_symlink(buf, NULL, "/tmp/link");
		ck_assert_int_eq(err, fail_alloc == 0 ? ERR_NOSPC : ERR_OK);
		ck_assert(err == ERR_OK || pmem_free_count() == free);
		ck_assert(err != ERR_OK || k > 3);
	}
	fail_alloc = 0;
	ck_assert_int_eq(inode_unlink(NULL, "/tmp/link"), ERR_OK);
	ck_assert_uint_eq(pmem_free_count(), free);
}
END_TEST

START_TEST(test_inode_path)
{
	struct inode *ip;

	make_tree();
	ck_assert_int_eq(inode_path(host_proc.cwd, buf, sizeof(buf)), 1);
	ck_assert_str_eq(buf, "/");
	ck_assert_int_eq(inode_lookup(NULL, "a/b", &ip), ERR_OK);
	ck_assert_int_eq(inode_path(ip, buf, 5), 4);
	ck_assert_str_eq(buf, "/a/b");
	ck_assert_int_eq(inode_path(ip, buf, 4), ERR_RANGE);
	ck_assert_int_eq(inode_path(ip, buf, 1), ERR_RANGE);
	ck_assert_int_eq(inode_rmdir(NULL, "a/b"), ERR_OK);
	ck_assert_int_eq(inode_path(ip, buf, 100), ERR_NOENT);
	inode_put(ip);
}
END_TEST

/* A directory that is gone: it still knows its parent, and nothing can be made in it. */
START_TEST(test_removed_directory)
{
	size_t free;
	struct inode *root;
	offset_t next;
	struct file *f;

	fs_host_init();
	free = pmem_free_count();
	root = host_proc.cwd;
	ck_assert_int_eq(inode_mkdir(NULL, "a", 0777), ERR_OK);
	ck_assert_int_eq(inode_mkdir(NULL, "a/b", 0777), ERR_OK);
	ck_assert_int_eq(inode_lookup(NULL, "a/b", &host_proc.cwd), ERR_OK);
	ck_assert_int_eq(inode_rmdir(NULL, "/a/b"), ERR_OK);
	ck_assert_int_eq(inode_rmdir(NULL, "/a"), ERR_OK);
	ck_assert_int_eq(lookup("."), ERR_OK);
	ck_assert_int_eq(lookup("../.."), ERR_OK);
	ck_assert_int_eq(lookup("x"), ERR_NOENT);
	ck_assert_int_eq(open_err("x", O_CREAT), ERR_NOENT);
	ck_assert_int_eq(inode_mkdir(host_proc.cwd, "x", 0), ERR_NOENT);
	f = open_ok(".", O_RDONLY);
	ck_assert_int_eq(file_readdir(f, buf, sizeof(buf), &next), ERR_NOENT);
	file_put(f);
	inode_put(host_proc.cwd);
	host_proc.cwd = root;
	ck_assert_uint_eq(pmem_free_count(), free);
}
END_TEST

HOST_MAIN("names", test_lookup, test_open_flags, test_mkdir_rmdir_unlink, test_links,
    test_links_as_names, test_links_limit, test_links_run_out_of_memory, test_inode_path,
    test_removed_directory)
