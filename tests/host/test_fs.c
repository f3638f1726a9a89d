/* SPDX-License-Identifier: MIT */
/*
 * Paths, directories, devices, descriptors.
 * host-test: kernel/fs/pipe.c kernel/fs/file.c kernel/fs/fs.c kernel/fs/inode.c kernel/fs/dir.c
 * host-test: kernel/fs/data.c kernel/fs/pagetree.c kernel/fs/path.c kernel/fs/dev.c kernel/fs/tty.c
 * host-test: kernel/fs/tar.c kernel/fs/fdtable.c MM
 * host-test: tests/host/fakes.c tests/host/fakes_fs.c
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
		{ "a/f", 040000, ERR_INVAL }, { "a/f", 04010000, ERR_INVAL },
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

START_TEST(test_stat)
{
	struct linux_stat st;
	struct inode *ip;

	make_tree();
	ck_assert_int_eq(inode_lookup(NULL, "a", &ip), ERR_OK);
	inode_stat(ip, &st);
	ck_assert_uint_eq(st.st_mode, S_IFDIR | 0755);
	ck_assert_uint_eq(st.st_nlink, 3);
	inode_put(ip);
	ck_assert_int_eq(inode_lookup(NULL, "a/f", &ip), ERR_OK);
	inode_stat(ip, &st);
	ck_assert_uint_eq(st.st_mode, S_IFREG | 0644);
	ck_assert_uint_eq(st.st_nlink, 1);
	ck_assert_int_eq(st.st_size, 4);
	ck_assert_int_eq(st.st_blocks, 8);
	ck_assert(!inode_may_exec(ip));
	ck_assert_uint_eq(inode_size(ip), 4);
	ck_assert_int_eq(inode_unlink(NULL, "a/f"), ERR_OK);
	inode_stat(ip, &st);
	ck_assert_uint_eq(st.st_nlink, 0);
	inode_put(ip);
	ck_assert_int_eq(inode_lookup(NULL, "/dev/null", &ip), ERR_OK);
	inode_stat(ip, &st);
	ck_assert_uint_eq(st.st_mode, S_IFCHR | 0666);
	ck_assert_uint_eq(st.st_rdev, 0x103);
	inode_put(ip);
}
END_TEST

/* --- directories --- */

/* Read directory F, N bytes at a time.  => the names, a space after each */
static const char *
list(struct file *f, size_t n)
{
	static char names[4096];
	offset_t next;
	ssize_t got;

	names[0] = '\0';
	ck_assert_int_eq(file_seek(f, 0, SEEK_SET), 0);
	while ((got = file_readdir(f, buf, n, &next)) > 0) {
		for (char *p = buf; p < buf + got;) {
			struct linux_dirent64 *d = (struct linux_dirent64 *)p;

			ck_assert_uint_eq(d->d_reclen % 8, 0);
			strcat(strcat(names, d->d_name), " ");
			p += d->d_reclen;
		}
		ck_assert_int_eq(file_seek(f, next, SEEK_SET), next);
	}
	ck_assert_int_eq(got, 0);
	return names;
}

START_TEST(test_readdir)
{
	struct linux_dirent64 *d = (struct linux_dirent64 *)buf;
	struct file *f;
	offset_t next;

	fs_host_init();
	for (char name[] = "/tmp/a"; name[5] < 'h'; name[5]++)
		file_make(name, "", 0);
	ck_assert_int_eq(inode_mkdir(NULL, "/tmp/dir", 0755), ERR_OK);
	f = open_ok("/tmp", O_RDONLY);
	ck_assert_str_eq(list(f, sizeof(buf)), ". .. a b c d e f g dir ");
	ck_assert_str_eq(list(f, 24), ". .. a b c d e f g dir ");
	ck_assert_str_eq(list(f, 60), ". .. a b c d e f g dir ");
	ck_assert_int_eq(file_seek(f, 0, SEEK_SET), 0);
	ck_assert_int_eq(file_readdir(f, buf, 23, &next), ERR_INVAL);

	/* A name that goes while the directory is being read does not hide another one. */
	ck_assert_int_eq(file_readdir(f, buf, 3 * 24, &next), 3 * 24);
	ck_assert_int_eq(file_seek(f, next, SEEK_SET), next);
	ck_assert_int_eq(inode_unlink(NULL, "/tmp/a"), ERR_OK);
	ck_assert_int_eq(inode_unlink(NULL, "/tmp/b"), ERR_OK);
	ck_assert_int_eq(file_readdir(f, buf, 24, &next), 24);
	ck_assert_str_eq(d->d_name, "c");
	ck_assert_int_eq(d->d_type, DT_REG);
	ck_assert_int_eq(d->d_off, next);
	ck_assert_int_eq(file_seek(f, 0, SEEK_END), ERR_INVAL);
	ck_assert_int_eq(file_read(f, buf, 1, false), ERR_ISDIR);
	file_put(f);
	f = open_ok("/dev/null", O_RDONLY);
	ck_assert_int_eq(file_readdir(f, buf, 100, &next), ERR_NOTDIR);
	file_put(f);
}
END_TEST

/* --- devices --- */

START_TEST(test_devices)
{
	union ioctl_arg arg;
	struct file *f;

	fs_host_init();
	f = open_ok("/dev/null", O_RDWR);
	ck_assert_int_eq(file_read(f, buf, 10, false), 0);
	ck_assert_int_eq(file_write(f, buf, 10, false), 10);
	ck_assert_int_eq(file_seek(f, 10, SEEK_SET), 0);
	ck_assert_int_eq(file_ioctl(f, TCGETS, &arg), ERR_NOTTY);
	ck_assert_int_eq(file_truncate(f, 0), ERR_INVAL);
	file_put(f);
	f = open_ok("/dev/zero", O_RDWR);
	memset(buf, 'x', 20);
	ck_assert_int_eq(file_read(f, buf, 10, false), 10);
	ck_assert_mem_eq(buf, "\0\0\0\0\0\0\0\0\0\0xxxxxxxxxx", 20);
	ck_assert_int_eq(file_write(f, buf, 10, false), 10);
	file_put(f);
}
END_TEST

/* --- descriptors --- */

START_TEST(test_descriptors)
{
	struct proc *p = &host_proc, *child = &host_child;
	size_t free;
	struct file *f;

	fs_host_init();
	inode_put(p->cwd);
	free = pmem_free_count();
	ck_assert_int_eq(files_open_console(p), ERR_OK);
	ck_assert_ptr_eq(p->files[0], p->files[2]);
	f = open_ok("/tmp/x", O_RDWR | O_CREAT);
	ck_assert_int_eq(fd_find_free(p, 0), 3);
	ck_assert_int_eq(fd_find_free(p, 5), 5);
	fd_install(p, 5, f, true);
	ck_assert_ptr_eq(fd_lookup(p, 5), f);
	ck_assert_ptr_null(fd_lookup(p, -1));
	ck_assert_ptr_null(fd_lookup(p, PROC_MAX_FILES));
	ck_assert_ptr_null(fd_lookup(p, 4));

	files_copy(child, p);
	ck_assert_int_eq(file_write(child->files[5], "abc", 3, false), 3);
	ck_assert_int_eq(file_seek(p->files[5], 0, SEEK_CUR), 3);
	files_close_on_exec(child);
	ck_assert_ptr_null(child->files[5]);
	ck_assert_uint_eq(child->cloexec, 0);
	ck_assert_ptr_nonnull(child->files[1]);
	ck_assert_int_eq(fd_close(child, 5), ERR_BADF);
	ck_assert_int_eq(fd_close(child, 1), ERR_OK);
	ck_assert_int_eq(inode_unlink(NULL, "/tmp/x"), ERR_OK);
	files_close_all(child);
	files_close_all(p);
	ck_assert_ptr_null(p->cwd);
	ck_assert_uint_eq(pmem_free_count(), free);
}
END_TEST

START_TEST(test_descriptors_run_out)
{
	struct file *f;

	fs_host_init();
	f = open_ok("/dev/null", O_RDONLY);
	for (int fd = 0; fd < PROC_MAX_FILES; fd++) {
		ck_assert_int_eq(fd_find_free(&host_proc, 0), fd);
		fd_install(&host_proc, fd, file_get(f), false);
	}
	ck_assert_int_eq(fd_find_free(&host_proc, 0), ERR_MFILE);
	ck_assert_int_eq(fd_close(&host_proc, 7), ERR_OK);
	ck_assert_int_eq(fd_find_free(&host_proc, 0), 7);
	ck_assert_int_eq(fd_find_free(&host_proc, 8), ERR_MFILE);
}
END_TEST

HOST_MAIN("fs", test_lookup, test_open_flags, test_mkdir_rmdir_unlink, test_inode_path,
    test_removed_directory, test_stat, test_readdir, test_devices, test_descriptors,
    test_descriptors_run_out)
