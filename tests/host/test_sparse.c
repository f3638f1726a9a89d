/* SPDX-License-Identifier: MIT */
/*
 * Pieces of files: reserved, punched out, looked for; against a plain array of bytes.  And
 * what happens when there is no memory.
 * host-test: FS MM tests/host/fakes.c tests/host/fakes_fs.c
 */
#include "fs_host.h"

#include "fs/inode.h"
#include "sys/abi_file.h"

#define PAGES	40
#define SIZE	(PAGES * PG_SIZE)

static uint8_t model[SIZE], got[SIZE];
static size_t model_size;

static void
expect_model(struct file *f)
{
	ck_assert_uint_eq(inode_size(file_inode(f)), model_size);
	ck_assert_int_eq(file_pread(f, got, sizeof(got), 0), model_size);
	ck_assert_mem_eq(got, model, model_size);
}

/* One random operation on F and on the model. */
static void
one_step(struct file *f)
{
	size_t ofs = rand() % SIZE, len = 1 + rand() % (rand() % 4 == 0 ? SIZE - 1 : 6000);

	len = min(len, SIZE - ofs);
	switch (rand() % 5) {
	case 0:
		memset(model + ofs, 'a' + rand() % 20, len);
		ck_assert_int_eq(file_pwrite(f, model + ofs, len, ofs), len);
		model_size = max(model_size, ofs + len);
		break;
	case 1:
		ck_assert_int_eq(file_allocate(f, 0, ofs, len), ERR_OK);
		model_size = max(model_size, ofs + len);
		break;
	case 2:
		ck_assert_int_eq(file_allocate(f, FALLOC_FL_KEEP_SIZE, ofs, len), ERR_OK);
		break;
	case 3:
		ck_assert_int_eq(file_allocate(f, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, ofs,
		    len), ERR_OK);
		memset(model + ofs, 0, len);
		break;
	case 4:
		ck_assert_int_eq(file_truncate(f, ofs), ERR_OK);
		if (ofs < model_size)
			memset(model + ofs, 0, model_size - ofs);
		model_size = ofs;
		break;
	}
}

START_TEST(test_random)
{
	size_t free;
	struct file *f;

	fs_host_init();
	free = pmem_free_count();
	srand(3);
	for (int round = 0; round < 40; round++) {
		memset(model, 0, sizeof(model));
		model_size = 0;
		f = open_ok("/tmp/x", O_RDWR | O_CREAT | O_TRUNC);
		for (int step = 0; step < 60; step++) {
			one_step(f);
			expect_model(f);
			if (rand() % 8 == 0) {	/* as when the last mapping goes */
				struct memstore *store = inode_store(file_inode(f));

				store->ops->get(store);
				store->ops->put(store);
				expect_model(f);
			}
		}
		file_put(f);
		ck_assert_int_eq(inode_unlink(NULL, "/tmp/x"), ERR_OK);
		ck_assert_uint_eq(pmem_free_count(), free);
	}
}
END_TEST

/* A file whose beginning is in the archive: holes are made of written pages there. */
START_TEST(test_punch_view)
{
	static const char archive[2 * PG_SIZE + 100] = { [0 ... 2 * PG_SIZE + 99] = 'v' };
	struct file *f;

	fs_host_init();
	f = open_ok("/tmp/x", O_RDWR | O_CREAT);
	file_inode(f)->data.view = (const uint8_t *)archive;
	file_inode(f)->data.view_size = file_inode(f)->data.size = sizeof(archive);
	ck_assert_int_eq(file_seek(f, PG_SIZE, SEEK_DATA), PG_SIZE);
	ck_assert_int_eq(file_seek(f, 0, SEEK_HOLE), sizeof(archive));
	ck_assert_int_eq(file_allocate(f, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 100,
	    PG_SIZE), ERR_OK);
	memset(model, 'v', sizeof(archive));
	memset(model + 100, 0, PG_SIZE);
	model_size = sizeof(archive);
	expect_model(f);
	file_put(f);
}
END_TEST

START_TEST(test_seek)
{
	struct file *f;

	fs_host_init();
	f = open_ok("/tmp/x", O_RDWR | O_CREAT);
	ck_assert_int_eq(file_seek(f, 0, SEEK_DATA), ERR_NXIO);
	ck_assert_int_eq(file_truncate(f, FILE_SIZE_MAX), ERR_OK);
	ck_assert_int_eq(file_pwrite(f, "x", 1, FILE_SIZE_MAX - 1), 1);
	ck_assert_int_eq(file_pwrite(f, "x", 1, 1000 * PG_SIZE), 1);
	ck_assert_int_eq(file_seek(f, 5, SEEK_DATA), 1000 * PG_SIZE);
	ck_assert_int_eq(file_seek(f, 1000 * PG_SIZE + 3, SEEK_DATA), 1000 * PG_SIZE + 3);
	ck_assert_int_eq(file_seek(f, 1000 * PG_SIZE, SEEK_HOLE), 1001 * PG_SIZE);
	ck_assert_int_eq(file_seek(f, 1001 * PG_SIZE, SEEK_DATA), FILE_SIZE_MAX - PG_SIZE);
	ck_assert_int_eq(file_seek(f, FILE_SIZE_MAX - 1, SEEK_HOLE), FILE_SIZE_MAX);
	file_put(f);
}
END_TEST

/* Memory is full: a reservation is whole or not at all, and nothing that was there is lost. */
START_TEST(test_full)
{
	struct file *f, *g;
	size_t free;
	ssize_t n;

	fs_host_init();
	f = open_ok("/tmp/x", O_RDWR | O_CREAT);
	g = open_ok("/tmp/y", O_RDWR | O_CREAT);
	memset(model, 'm', 2 * PG_SIZE);
	ck_assert_int_eq(file_pwrite(f, model, 2 * PG_SIZE, 0), 2 * PG_SIZE);	/* has a table */
	frames_hold(30);
	free = pmem_free_count();
	ck_assert_int_eq(file_allocate(f, 0, PG_SIZE / 2, 60 * PG_SIZE), ERR_NOSPC);
	ck_assert_uint_eq(pmem_free_count(), free);
	ck_assert_int_eq(file_allocate(f, 0, 0, FILE_SIZE_MAX), ERR_NOSPC);
	ck_assert_uint_eq(inode_size(file_inode(f)), 2 * PG_SIZE);
	while ((n = file_write(g, model, PG_SIZE, false)) > 0)
		ck_assert_int_eq(n, PG_SIZE);
	ck_assert_int_eq(n, ERR_NOSPC);
	ck_assert_uint_eq(inode_size(file_inode(g)) % PG_SIZE, 0);
	model_size = 2 * PG_SIZE;
	expect_model(f);
	ck_assert_int_eq(file_truncate(g, 0), ERR_OK);
	ck_assert_uint_eq(pmem_free_count(), free);
	frames_release();
	file_put(f);
	file_put(g);
}
END_TEST

/* Locks of files that are open: who has to wait, and that closing gives them up. */
START_TEST(test_flock)
{
	struct file *a, *b, *c;

	fs_host_init();
	a = open_ok("/tmp/x", O_RDWR | O_CREAT);
	b = open_ok("/tmp/x", O_RDWR);
	c = open_ok("/tmp/y", O_RDWR | O_CREAT);
	ck_assert_int_eq(file_flock(a, LOCK_SH), ERR_OK);
	ck_assert_int_eq(file_flock(b, LOCK_SH), ERR_OK);
	ck_assert_int_eq(file_flock(c, LOCK_EX), ERR_OK);
	ck_assert_int_eq(file_flock(a, LOCK_EX | LOCK_NB), ERR_AGAIN);
	ck_assert_int_eq(file_flock(b, LOCK_EX | LOCK_NB), ERR_OK);
	ck_assert_int_eq(file_flock(a, LOCK_SH), ERR_INTR);
	file_put(b);
	ck_assert_int_eq(file_flock(a, LOCK_EX), ERR_OK);
	ck_assert_int_eq(file_flock(a, LOCK_EX | LOCK_SH), ERR_INVAL);
	file_put(a);
	file_put(c);
}
END_TEST

HOST_MAIN("sparse", test_random, test_punch_view, test_seek, test_full, test_flock)
