/* SPDX-License-Identifier: MIT */
/*
 * The contents of files.
 * host-test: FS MM tests/host/fakes.c tests/host/fakes_fs.c
 */
#include "fs_host.h"

#include "fs/inode.h"

static char buf[20 * PG_SIZE];

START_TEST(test_unlinked_file_lives_on)
{
	size_t free;
	struct file *f;

	fs_host_init();
	free = pmem_free_count();
	file_make("/tmp/x", "12345", 5);
	f = open_ok("/tmp/x", O_RDWR);
	ck_assert_int_eq(inode_unlink(NULL, "/tmp/x"), ERR_OK);
	ck_assert_int_eq(open_err("/tmp/x", O_RDONLY), ERR_NOENT);
	file_make("/tmp/x", "other", 5);
	ck_assert_int_eq(file_read(f, buf, 100, false), 5);
	ck_assert_mem_eq(buf, "12345", 5);
	ck_assert_int_eq(file_write(f, "6", 1, false), 1);
	file_put(f);
	ck_assert_int_eq(inode_unlink(NULL, "/tmp/x"), ERR_OK);
	ck_assert_uint_eq(pmem_free_count(), free);
}
END_TEST

START_TEST(test_append_and_seek)
{
	struct file *f, *g;

	fs_host_init();
	f = open_ok("/tmp/x", O_RDWR | O_CREAT | O_APPEND);
	g = open_ok("/tmp/x", O_WRONLY);
	ck_assert_int_eq(file_write(f, "abc", 3, false), 3);
	ck_assert_int_eq(file_write(g, "X", 1, false), 1);
	ck_assert_int_eq(file_seek(f, 0, SEEK_SET), 0);
	ck_assert_int_eq(file_write(f, "de", 2, false), 2);
	ck_assert_int_eq(file_seek(f, 0, SEEK_CUR), 5);
	expect_contents("/tmp/x", "Xbcde", 5);
	file_set_flags(f, 0);
	ck_assert_int_eq(file_seek(f, -1, SEEK_END), 4);
	ck_assert_int_eq(file_write(f, "Y", 1, false), 1);
	ck_assert_int_eq(file_seek(f, 3, SEEK_CUR), 8);
	ck_assert_int_eq(file_write(f, "Z", 1, false), 1);
	expect_contents("/tmp/x", "XbcdY\0\0\0Z", 9);
	ck_assert_int_eq(file_seek(f, -10, SEEK_CUR), ERR_INVAL);
	ck_assert_int_eq(file_seek(f, INT64_MAX, SEEK_CUR), ERR_INVAL);
	ck_assert_int_eq(file_seek(f, INT64_MIN, SEEK_END), ERR_INVAL);
	ck_assert_int_eq(file_seek(f, 0, 5), ERR_INVAL);
	ck_assert_int_eq(file_seek(f, 0, SEEK_CUR), 9);
	ck_assert_int_eq(file_seek(f, FILE_SIZE_MAX, SEEK_SET), FILE_SIZE_MAX);
	ck_assert_int_eq(file_write(f, "a", 1, false), ERR_FBIG);
	ck_assert_int_eq(file_read(f, buf, 1, false), 0);
	ck_assert_int_eq(file_read(g, buf, 1, false), ERR_BADF);
	file_put(f);
	file_put(g);
}
END_TEST

/* The same random operations on a file and on an array, with a view below or not. */
static void
run_model(struct file *f, char *model, size_t size, size_t max)
{
	for (int i = 0; i < 3000; i++) {
		size_t at = rand() % max, n = rand() % (2 * PG_SIZE);

		n = min(n, max - at);
		if (rand() % 8 == 0) {
			ck_assert_int_eq(file_truncate(f, at), ERR_OK);
			if (at < size)
				memset(model + at, 0, size - at);
			size = at;
		} else if (rand() % 2 == 0 && n > 0) {
			memset(buf, rand(), n);
			memcpy(model + at, buf, n);
			ck_assert_int_eq(file_seek(f, at, SEEK_SET), at);
			ck_assert_int_eq(file_write(f, buf, n, false), n);
			size = max(size, at + n);
		} else {
			size_t want = at < size ? min(n, size - at) : 0;

			ck_assert_int_eq(file_seek(f, at, SEEK_SET), at);
			ck_assert_int_eq(file_read(f, buf, n, false), want);
			ck_assert_mem_eq(buf, model + at, want);
		}
		ck_assert_uint_eq(inode_size(file_inode(f)), size);
	}
}

#define MODEL_MAX	(16 * PG_SIZE)

START_TEST(test_contents_against_model)
{
	static char model[MODEL_MAX];
	struct file *f;
	size_t free;

	fs_host_init();
	free = pmem_free_count();
	srand(2);
	f = open_ok("/tmp/x", O_RDWR | O_CREAT);
	run_model(f, model, 0, MODEL_MAX);
	ck_assert_int_eq(inode_unlink(NULL, "/tmp/x"), ERR_OK);
	file_put(f);
	ck_assert_uint_eq(pmem_free_count(), free);
}
END_TEST

START_TEST(test_view_against_model)
{
	static char model[MODEL_MAX], archive[MODEL_MAX / 2 + 123], before[sizeof(archive)];
	struct file *f;
	size_t free;

	fs_host_init();
	free = pmem_free_count();
	srand(3);
	for (size_t i = 0; i < sizeof(archive); i++)
		archive[i] = model[i] = before[i] = (char)rand();
	f = open_ok("/tmp/x", O_RDWR | O_CREAT);
	file_inode(f)->data.view = (const uint8_t *)archive;
	file_inode(f)->data.view_size = file_inode(f)->data.size = sizeof(archive);
	run_model(f, model, sizeof(archive), MODEL_MAX);
	ck_assert_mem_eq(archive, before, sizeof(archive));
	ck_assert_int_eq(inode_unlink(NULL, "/tmp/x"), ERR_OK);
	file_put(f);
	ck_assert_uint_eq(pmem_free_count(), free);
}
END_TEST

/* Pages far apart: the tree grows to each height, and is cut from the top down. */
START_TEST(test_sparse)
{
	static const offset_t places[] = {
		0, PG_SIZE, 511ul * PG_SIZE, 512ul * PG_SIZE, 513ul * PG_SIZE + 7,
		512ul * 512 * PG_SIZE - 1, 512ul * 512 * PG_SIZE, FILE_SIZE_MAX - 1,
	};
	struct file *f;
	size_t free, n = array_len(places);
	char c;

	fs_host_init();
	free = pmem_free_count();
	for (size_t first = 0; first < n; first++) {
		f = open_ok("/tmp/x", O_RDWR | O_CREAT);
		for (size_t i = 0; i < n; i++) {
			size_t k = (first + i * 3) % n;

			c = 'a' + k;
			ck_assert_int_eq(file_seek(f, places[k], SEEK_SET), places[k]);
			ck_assert_int_eq(file_write(f, &c, 1, false), 1);
		}
		for (size_t k = n; k-- > 0;) {
			ck_assert_int_eq(file_seek(f, places[k], SEEK_SET), places[k]);
			ck_assert_int_eq(file_read(f, &c, 1, false), 1);
			ck_assert_int_eq(c, 'a' + (int)k);
			ck_assert_int_eq(file_truncate(f, places[k]), ERR_OK);
		}
		ck_assert_uint_eq(file_inode(f)->data.tree.pages, 0);
		ck_assert_int_eq(inode_unlink(NULL, "/tmp/x"), ERR_OK);
		file_put(f);
		ck_assert_uint_eq(pmem_free_count(), free);
	}
}
END_TEST

/* Files take half of the memory at most; what was written before stays. */
START_TEST(test_file_system_full)
{
	size_t free, total = 0;
	struct file *f;
	ssize_t n;

	fs_host_init();
	free = pmem_free_count();
	f = open_ok("/tmp/x", O_RDWR | O_CREAT);
	memset(buf, 'x', sizeof(buf));
	while ((n = file_write(f, buf, sizeof(buf), false)) > 0)
		total += n;
	ck_assert_int_eq(n, ERR_NOSPC);
	ck_assert_uint_eq(inode_size(file_inode(f)), total);
	ck_assert_uint_ge(pmem_free_count(), pmem_total_count() / 2 - 8);
	ck_assert_uint_le(pmem_free_count(), pmem_total_count() / 2 + 1);
	ck_assert_int_eq(file_truncate(f, 0), ERR_OK);
	ck_assert_int_eq(file_write(f, buf, sizeof(buf), false), sizeof(buf));
	ck_assert_int_eq(inode_unlink(NULL, "/tmp/x"), ERR_OK);
	file_put(f);
	ck_assert_uint_eq(pmem_free_count(), free);
}
END_TEST

/* With K frames left, for every K: nothing is lost, whatever fails. */
START_TEST(test_short_of_memory)
{
	size_t free;

	fs_host_init();
	free = pmem_free_count();
	for (size_t k = 0; k < 40; k++) {
		struct file *f;
		err_t err;

		frames_hold(k);
		err = inode_mkdir(NULL, "/tmp/d", 0777);
		ck_assert(err == ERR_OK || err == ERR_NOSPC);
		err = file_open(NULL, "/tmp/d/x", O_RDWR | O_CREAT, 0666, &f);
		ck_assert(err == ERR_OK || err == ERR_NOSPC || err == ERR_NOMEM ||
		    err == ERR_NOENT);
		if (err == ERR_OK) {
			ssize_t n = file_write(f, buf, sizeof(buf), false);

			ck_assert(n > 0 || n == ERR_NOSPC);
			ck_assert_uint_eq(inode_size(file_inode(f)), max(n, 0));
			n = file_seek(f, 600ul * PG_SIZE, SEEK_SET);
			ck_assert_int_eq(n, 600ul * PG_SIZE);
			n = file_write(f, buf, 1, false);
			ck_assert(n == 1 || n == ERR_NOSPC);
			file_put(f);
			ck_assert_int_eq(inode_unlink(NULL, "/tmp/d/x"), ERR_OK);
		}
		err = inode_rmdir(NULL, "/tmp/d");
		ck_assert(err == ERR_OK || err == ERR_NOENT);
		ck_assert_uint_eq(pmem_free_count(), k);
		frames_release();
		ck_assert_uint_eq(pmem_free_count(), free);
	}
}
END_TEST

HOST_MAIN("data", test_unlinked_file_lives_on, test_append_and_seek, test_contents_against_model,
    test_view_against_model, test_sparse, test_file_system_full, test_short_of_memory)
