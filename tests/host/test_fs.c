/* SPDX-License-Identifier: MIT */
/*
 * Inodes, directories, devices, descriptors.
 * host-test: FS MM tests/host/fakes.c tests/host/fakes_fs.c
 */
#include "fs_host.h"

#include "fs/inode.h"

static char buf[PG_SIZE];

static void
make_tree(void)
{
	fs_host_init();
	ck_assert_int_eq(inode_mkdir(NULL, "/a", 0777), ERR_OK);
	ck_assert_int_eq(inode_mkdir(NULL, "a/b/", 0777), ERR_OK);
	file_make("/a/f", "text", 4);
}

START_TEST(test_stat)
{
	struct linux_stat st;
	struct inode *ip;

	make_tree();
	ck_assert_int_eq(inode_lookup(NULL, "a", &ip), ERR_OK);
	inode_stat(ip, &st);
	ck_assert_uint_eq(st.st_mode, S_IFDIR | 0777);
	ck_assert_uint_eq(st.st_nlink, 3);
	inode_put(ip);
	ck_assert_int_eq(inode_lookup(NULL, "a/f", &ip), ERR_OK);
	inode_stat(ip, &st);
	ck_assert_uint_eq(st.st_mode, S_IFREG | 0666);
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
	f = open_ok("/dev/debugcon2", O_WRONLY);
	ck_assert_int_eq(file_write(f, "a\nb", 3, false), 3);
	ck_assert_str_eq(host_debug_out, "a\nb");
	ck_assert_int_eq(file_ioctl(f, TCGETS, &arg), ERR_NOTTY);
	file_put(f);
	f = open_ok("/dev/debugcon1", O_WRONLY);
	ck_assert_int_eq(file_write(f, "c", 1, false), ERR_NODEV);
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
	ck_assert_ptr_eq(fd_lookup(p, 0), fd_lookup(p, 2));
	f = open_ok("/tmp/x", O_RDWR | O_CREAT);
	ck_assert_int_eq(fd_find_free(p, 0), 3);
	ck_assert_int_eq(fd_find_free(p, 5), 5);
	fd_install(p, 5, f, true);
	ck_assert_ptr_eq(fd_lookup(p, 5), f);
	ck_assert_ptr_null(fd_lookup(p, -1));
	ck_assert_ptr_null(fd_lookup(p, PROC_MAX_FILES));
	ck_assert_ptr_null(fd_lookup(p, 4));

	ck_assert_int_eq(files_copy(child, p), ERR_OK);
	ck_assert_int_eq(file_write(fd_lookup(child, 5), "abc", 3, false), 3);
	ck_assert_int_eq(file_seek(fd_lookup(p, 5), 0, SEEK_CUR), 3);
	ck_assert(fd_closes_on_exec(child, 5) && !fd_closes_on_exec(child, 1));
	files_close_on_exec(child);
	ck_assert_ptr_null(fd_lookup(child, 5));
	ck_assert_ptr_nonnull(fd_lookup(child, 1));
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
	size_t free;

	fs_host_init();
	free = pmem_free_count();
	f = open_ok("/dev/null", O_RDONLY);
	for (int fd = 0; fd < PROC_MAX_FILES; fd++) {
		ck_assert_int_eq(fd_find_free(&host_proc, 0), fd);
		fd_install(&host_proc, fd, file_get(f), false);
	}
	ck_assert_int_eq(fd_find_free(&host_proc, 0), ERR_MFILE);
	ck_assert_int_eq(fd_close(&host_proc, 7), ERR_OK);
	ck_assert_int_eq(fd_find_free(&host_proc, 0), 7);
	ck_assert_int_eq(fd_find_free(&host_proc, 8), ERR_MFILE);
	ck_assert_int_eq(files_copy(&host_child, &host_proc), ERR_OK);
	files_close_all(&host_child);
	file_put(f);
	files_close_all(&host_proc);
	ck_assert_uint_eq(pmem_free_count(), free);
}
END_TEST

/* The table grows, and cannot when there is no memory: then all is as it was. */
START_TEST(test_descriptors_without_memory)
{
	struct proc *p = &host_proc;
	struct file *f;
	size_t free;

	fs_host_init();
	ck_assert_int_eq(fd_reserve(p, PROC_FIRST_FILES - 1), ERR_OK);
	f = open_ok("/dev/null", O_RDONLY);
	fd_install(p, PROC_FIRST_FILES - 1, f, true);
	free = pmem_free_count();
	fail_alloc = 1;
	ck_assert_int_eq(fd_find_free(p, PROC_FIRST_FILES), ERR_NOMEM);
	fail_alloc = 1;
	ck_assert_int_eq(fd_reserve(p, 1000), ERR_NOMEM);
	ck_assert_int_eq(fd_find_free(p, 0), 0);
	ck_assert_uint_eq(pmem_free_count(), free);
	ck_assert_int_eq(fd_find_free(p, 600), 600);
	fd_install(p, 600, file_get(f), false);
	ck_assert_ptr_eq(fd_lookup(p, PROC_FIRST_FILES - 1), f);
	ck_assert(fd_closes_on_exec(p, PROC_FIRST_FILES - 1));
	fail_alloc = 1;
	ck_assert_int_eq(files_copy(&host_child, p), ERR_NOMEM);
	ck_assert_int_eq(fd_count(&host_child), 0);
	ck_assert_int_eq(fd_close(p, 600), ERR_OK);
	ck_assert_int_eq(files_copy(&host_child, p), ERR_OK);
	ck_assert_int_eq(fd_count(&host_child), PROC_FIRST_FILES);
	files_close_all(&host_child);
	files_close_all(p);
	ck_assert_uint_ge(pmem_free_count(), free);
}
END_TEST

HOST_MAIN("fs", test_stat, test_readdir, test_devices, test_descriptors,
    test_descriptors_run_out, test_descriptors_without_memory)
