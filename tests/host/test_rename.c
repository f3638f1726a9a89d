/* SPDX-License-Identifier: MIT */
/*
 * rename, link, attributes: what may be, what comes of it, and what is lost when there is no
 * memory: nothing.
 * host-test: FS MM tests/host/fakes.c tests/host/fakes_fs.c
 */
#include "fs_host.h"

#include "fs/inode.h"

static struct linux_stat st;

static void
make_tree(void)
{
	static const char *const dirs[] = { "a", "a/b", "a/b/c", "empty", "full", "full/x" };

	fs_host_init();
	for (size_t i = 0; i < array_len(dirs); i++)
		ck_assert_int_eq(inode_mkdir(NULL, dirs[i], 0777), ERR_OK);
	file_make("a/f", "text", 4);
	file_make("g", "other", 5);
	ck_assert_int_eq(inode_symlink("f", NULL, "a/l"), ERR_OK);
}

/* What PATH is, itself.  => its inode number */
static uint64_t
look(const char *path)
{
	struct inode *ip;

	if (inode_lookup_link(host_proc.cwd, path, &ip) != ERR_OK)
		return 0;
	inode_stat(ip, &st);
	inode_put(ip);
	return st.st_ino;
}

static err_t
move(const char *from, const char *to, unsigned flags)
{
	return inode_rename(host_proc.cwd, from, host_proc.cwd, to, flags);
}

START_TEST(test_rename_refused)
{
	static const struct {
		const char *from, *to;
		unsigned flags;
		err_t err;
	} cases[] = {
		{ "none", "x", 0, ERR_NOENT }, { "g", "none/x", 0, ERR_NOENT },
		{ "g", "a/f/x", 0, ERR_NOTDIR }, { "g/", "x", 0, ERR_NOTDIR },
		{ "g", "x/", 0, ERR_NOTDIR }, { "a/l/", "x", 0, ERR_NOTDIR },
		{ "g", "empty", 0, ERR_ISDIR }, { "empty", "g", 0, ERR_NOTDIR },
		{ "empty", "full", 0, ERR_NOTEMPTY }, { "a", "a/x", 0, ERR_INVAL },
		{ "a", "a/b/c/x", 0, ERR_INVAL }, { "a", "a/b", 0, ERR_INVAL },
		{ "a/b/c", "a", 0, ERR_NOTEMPTY }, { "a/b/c", "a/b", 0, ERR_NOTEMPTY },
		{ ".", "x", 0, ERR_BUSY }, { "a/..", "x", 0, ERR_BUSY }, { "/", "x", 0, ERR_BUSY },
		{ "a", ".", 0, ERR_BUSY }, { "a", "/", 0, ERR_BUSY },
		{ "g", "a/f", RENAME_NOREPLACE, ERR_EXIST },
		{ "g", ".", RENAME_NOREPLACE, ERR_EXIST },
		{ "g", "g", RENAME_NOREPLACE, ERR_EXIST },
		{ "g", "none", RENAME_EXCHANGE, ERR_NOENT },
		{ "a", "a/b", RENAME_EXCHANGE, ERR_INVAL },
		{ "a/b/c", "a", RENAME_EXCHANGE, ERR_INVAL },
		{ "a", "g/", RENAME_EXCHANGE, ERR_NOTDIR },
		{ "g/", "a", RENAME_EXCHANGE, ERR_NOTDIR },
		{ "g", "x", 4, ERR_INVAL }, { "g", "a", 3, ERR_INVAL },
	};

	make_tree();
	for (size_t i = 0; i < array_len(cases); i++) {
		uint64_t from = look(cases[i].from), to = look(cases[i].to);
		err_t err = move(cases[i].from, cases[i].to, cases[i].flags);

		ck_assert_msg(err == cases[i].err, "%s to %s, %u: %d", cases[i].from, cases[i].to,
		    cases[i].flags, err);
		ck_assert_uint_eq(look(cases[i].from), from);
		ck_assert_uint_eq(look(cases[i].to), to);
	}
}
END_TEST

START_TEST(test_rename)
{
	uint64_t ino;
	char path[64];
	struct inode *ip;
	size_t free;

	make_tree();
	free = pmem_free_count();
	ino = look("g");
	ck_assert_int_eq(move("g", "g", 0), ERR_OK);
	ck_assert_int_eq(move("g", "a/f", 0), ERR_OK);
	ck_assert_uint_eq(look("a/f"), ino);
	ck_assert_uint_eq(look("g"), 0);
	expect_contents("a/l", "other", 5);
	ck_assert_uint_gt(pmem_free_count(), free);

	/* A directory's parent, path and counts go with it. */
	ino = look("a/b");
	ck_assert_int_eq(inode_lookup(NULL, "a/b/c", &ip), ERR_OK);
	ck_assert_int_eq(move("a/b/", "empty/", 0), ERR_OK);
	ck_assert_uint_eq(look("empty"), ino);
	ck_assert_uint_eq(look("empty/.."), look("/"));
	ck_assert_int_eq(inode_path(ip, path, sizeof(path)), 8);
	ck_assert_str_eq(path, "/empty/c");
	inode_put(ip);
	look("a");
	ck_assert_uint_eq(st.st_nlink, 2);
	look("empty");
	ck_assert_uint_eq(st.st_nlink, 3);
	ck_assert_int_eq(move("empty/c", "a/c", 0), ERR_OK);
	ck_assert_uint_eq(look("a/c/.."), look("a"));
	ck_assert_int_eq(inode_rmdir(NULL, "empty"), ERR_OK);
	ck_assert_int_eq(move("a/l", "l", RENAME_NOREPLACE), ERR_OK);
	look("l");
	ck_assert_uint_eq(st.st_mode, S_IFLNK | 0777);
}
END_TEST

START_TEST(test_exchange)
{
	uint64_t dir, file;

	make_tree();
	dir = look("a/b");
	file = look("g");
	ck_assert_int_eq(move("a/b", "g", RENAME_EXCHANGE), ERR_OK);
	ck_assert_uint_eq(look("g"), dir);
	ck_assert_uint_eq(look("g/.."), look("/"));
	ck_assert_uint_eq(look("a/b"), file);
	look("a");
	ck_assert_uint_eq(st.st_nlink, 2);
	look("/");
	ck_assert_uint_eq(st.st_nlink, 2 + 6);	/* dev, tmp; a, empty, full, g */
	ck_assert_int_eq(move("g", "full", RENAME_EXCHANGE), ERR_OK);
	ck_assert_uint_eq(look("full"), dir);
	ck_assert_uint_ne(look("g/x"), 0);
	expect_contents("a/b", "other", 5);
}
END_TEST

START_TEST(test_link)
{
	struct inode *ip, *dir;
	struct file *f;
	char path[64];
	size_t free;

	make_tree();
	ck_assert_int_eq(inode_lookup(NULL, "g", &ip), ERR_OK);
	ck_assert_int_eq(inode_link(ip, NULL, "a/h"), ERR_OK);
	ck_assert_uint_eq(look("a/h"), look("g"));
	ck_assert_uint_eq(st.st_nlink, 2);
	ck_assert_int_eq(inode_link(ip, NULL, "a/f"), ERR_EXIST);
	ck_assert_int_eq(inode_link(ip, NULL, "h/"), ERR_NOENT);
	ck_assert_int_eq(inode_lookup(NULL, "a", &dir), ERR_OK);
	ck_assert_int_eq(inode_link(dir, NULL, "d"), ERR_PERM);
	inode_put(dir);

	/* Renaming one name to another of the same does nothing. */
	ck_assert_int_eq(move("g", "a/h", 0), ERR_OK);
	ck_assert_uint_ne(look("g"), 0);
	ck_assert_int_eq(inode_unlink(NULL, "g"), ERR_OK);
	ck_assert_int_eq(inode_path(ip, path, sizeof(path)), 4);
	ck_assert_str_eq(path, "/a/h");
	f = open_ok("a/h", O_RDONLY);
	ck_assert_int_eq(inode_unlink(NULL, "a/h"), ERR_OK);
	ck_assert_int_eq(inode_link(ip, NULL, "again"), ERR_NOENT);
	ck_assert_int_eq(inode_path(ip, path, sizeof(path)), 4);
	ck_assert_str_eq(path, "/a/h");
	free = pmem_free_count();
	inode_put(ip);
	ck_assert_uint_eq(pmem_free_count(), free);
	file_put(f);
	ck_assert_uint_gt(pmem_free_count(), free);
}
END_TEST

/* Every allocation of every operation fails once: then nothing has changed. */
START_TEST(test_without_memory)
{
	struct inode *g;
	size_t free;

	make_tree();
	ck_assert_int_eq(inode_lookup(NULL, "g", &g), ERR_OK);
	for (int what = 0; what < 5; what++) {
		err_t err = ERR_NOSPC;

		for (unsigned long k = 1; err != ERR_OK; k++) {
			free = pmem_free_count();
			fail_alloc = k;
			switch (what) {
			case 0: err = inode_mkdir(NULL, "new0", 0777); break;
			case 1: err = inode_mknod(NULL, "new1", S_IFIFO | 0600); break;
			case 2: err = inode_symlink("text", NULL, "new2"); break;
			case 3: err = inode_link(g, NULL, "new3"); break;
			case 4: err = move("g", "a/f", 0); break;
			}
			ck_assert_int_eq(err, fail_alloc == 0 ? ERR_NOSPC : ERR_OK);
			if (err != ERR_OK)
				ck_assert_uint_eq(pmem_free_count(), free);
		}
		fail_alloc = 0;
	}
	ck_assert_uint_eq(look("a/f"), g->ino);
	inode_put(g);
}
END_TEST

START_TEST(test_attributes)
{
	struct linux_timespec times[2] = { { -5, 999999999 }, { 0, UTIME_OMIT } };
	struct linux_stat before;
	struct inode *ip;

	make_tree();
	ck_assert_int_eq(inode_lookup(NULL, "g", &ip), ERR_OK);
	ck_assert_int_eq(inode_chmod(ip, 06755), ERR_OK);
	ck_assert_int_eq(inode_chown(ip, 7, ID_KEPT), ERR_OK);
	look("g");
	ck_assert_uint_eq(st.st_mode, S_IFREG | 0755);
	ck_assert_uint_eq(st.st_uid, 7);
	ck_assert_uint_eq(st.st_gid, 0);
	before = st;
	ck_assert_int_eq(inode_set_times(ip, times), ERR_OK);
	look("g");
	ck_assert_int_eq(st.st_atim.tv_sec, -5);
	ck_assert_int_eq(st.st_atim.tv_nsec, 999999999);
	ck_assert_int_eq(st.st_mtim.tv_sec, before.st_mtim.tv_sec);
	ck_assert_int_gt(st.st_ctim.tv_sec, before.st_ctim.tv_sec);
	inode_put(ip);
	ck_assert_int_eq(inode_lookup_link(NULL, "a/l", &ip), ERR_OK);
	ck_assert_int_eq(inode_chmod(ip, 0), ERR_OPNOTSUPP);
	ck_assert_int_eq(inode_truncate(ip, 0), ERR_INVAL);
	inode_put(ip);
}
END_TEST

/* Which of a file's times OPERATION moved, as letters. */
static const char *
moved(const struct linux_stat *before, const char *path)
{
	static char text[4];
	char *to = text;

	look(path);
	if (st.st_atim.tv_sec > before->st_atim.tv_sec)
		*to++ = 'a';
	if (st.st_mtim.tv_sec > before->st_mtim.tv_sec)
		*to++ = 'm';
	if (st.st_ctim.tv_sec > before->st_ctim.tv_sec)
		*to++ = 'c';
	*to = '\0';
	return text;
}

#define expect_moved(path, call, want) do { \
		struct linux_stat before_; \
		look(path); \
		before_ = st; \
		call; \
		ck_assert_str_eq(moved(&before_, path), want); \
	} while (0)

START_TEST(test_times)
{
	struct file *f, *quiet;
	char buf[4];

	make_tree();
	f = open_ok("g", O_RDWR);
	quiet = open_ok("g", O_RDONLY | O_NOATIME);
	expect_moved("g", ck_assert_int_eq(file_write(f, "x", 1, false), 1), "mc");
	expect_moved("g", ck_assert_int_eq(file_read(quiet, buf, 1, false), 1), "");
	expect_moved("g", ck_assert_int_eq(file_read(f, buf, 1, false), 1), "a");
	expect_moved("g", ck_assert_int_eq(file_read(f, buf, 1, false), 1), "");
	expect_moved("g", ck_assert_int_eq(file_truncate(f, 9), ERR_OK), "mc");
	expect_moved("g", ck_assert_int_eq(open_err("g", O_RDWR | O_TRUNC), ERR_OK), "mc");
	expect_moved("g", ck_assert_int_eq(move("g", "a/g", 0), ERR_OK), "");
	expect_moved("a/g", ck_assert_int_eq(move("a/g", "g", 0), ERR_OK), "");
	expect_moved("a", file_make("a/new", "", 0), "mc");
	expect_moved("a", ck_assert_int_eq(inode_unlink(NULL, "a/new"), ERR_OK), "mc");
	expect_moved("a", ck_assert_int_eq(move("g", "a/g", 0), ERR_OK), "mc");
	expect_moved("a", ck_assert_int_eq(move("a/g", "g", 0), ERR_OK), "mc");
	file_put(f);
	file_put(quiet);
}
END_TEST

HOST_MAIN("rename", test_rename_refused, test_rename, test_exchange, test_link,
    test_without_memory, test_attributes, test_times)
