/* SPDX-License-Identifier: MIT */
/*
 * Pipes.
 * host-test: FS MM tests/host/fakes.c tests/host/fakes_fs.c
 */
#include "fs_host.h"

#include "sys/abi_poll.h"

#define PIPE_SIZE	65536
#define PIPE_ATOMIC	4096

static struct file *rd, *wr;
static char out[PIPE_SIZE + 1];

/* A pattern that shows when a byte is lost or in the wrong place. */
static char
pattern(size_t i)
{
	return (char)(i * 31 + i / 251);
}

static const char *
pattern_from(size_t start, size_t n)
{
	static char buf[PIPE_SIZE + 1];

	for (size_t i = 0; i < n; i++)
		buf[i] = pattern(start + i);
	return buf;
}

static void
setup(void)
{
	fs_host_init();
	ck_assert_int_eq(file_open_pipe(&rd, &wr), ERR_OK);
}

START_TEST(test_bytes_come_out_in_order)
{
	size_t in_pipe = 0, written = 0, got_total = 0;
	size_t free;

	setup();
	free = pmem_free_count();
	srand(1);
	while (got_total < MIB) {
		size_t n = 1 + rand() % 9000;
		ssize_t r;

		n = min(n, (size_t)PIPE_SIZE - in_pipe);
		if (n > 0) {
			ck_assert_int_eq(file_write(wr, pattern_from(written, n), n, true), n);
			written += n;
			in_pipe += n;
		}
		r = file_read(rd, out, 1 + rand() % 9000, true);
		ck_assert_int_gt(r, 0);
		ck_assert_mem_eq(out, pattern_from(got_total, r), r);
		got_total += r;
		in_pipe -= r;
		ck_assert_uint_le(free - pmem_free_count(), in_pipe / PG_SIZE + 2);
	}
	while (in_pipe > 0)
		in_pipe -= file_read(rd, out, sizeof(out), true);
	ck_assert_uint_eq(pmem_free_count(), free);
}
END_TEST

START_TEST(test_capacity)
{
	setup();
	ck_assert_int_eq(file_write(wr, pattern_from(0, PIPE_SIZE), PIPE_SIZE, true), PIPE_SIZE);
	ck_assert_int_eq(file_write(wr, "x", 1, true), ERR_AGAIN);
	/* Full, with the newest bytes in the slot of the oldest ones. */
	ck_assert_int_eq(file_read(rd, out, 100, true), 100);
	ck_assert_int_eq(file_write(wr, pattern_from(PIPE_SIZE, 100), 100, true), 100);
	ck_assert_int_eq(file_read(rd, out, 3996, true), 3996);
	ck_assert_mem_eq(out, pattern_from(100, 3996), 3996);
	ck_assert_int_eq(file_read(rd, out, PIPE_SIZE, true), PIPE_SIZE - 3996);
	ck_assert_mem_eq(out, pattern_from(4096, PIPE_SIZE - 3996), PIPE_SIZE - 3996);
}
END_TEST

static size_t drained;

static void
drain_some(void)
{
	ssize_t n = file_read(rd, out, 5000, true);

	ck_assert_int_gt(n, 0);
	ck_assert_mem_eq(out, pattern_from(drained, n), n);
	drained += n;
}

START_TEST(test_writer_waits_for_room)
{
	char *big = malloc(MIB);

	setup();
	for (size_t i = 0; i < MIB; i++)
		big[i] = pattern(i);
	host_wait_hook = drain_some;
	ck_assert_int_eq(file_write(wr, big, MIB, false), MIB);
	ck_assert_uint_gt(host_waits, 100);
	while (drained < MIB)
		drain_some();
	free(big);
}
END_TEST

static void
write_hello(void)
{
	ck_assert_int_eq(file_write(wr, "hello", 5, true), 5);
}

static void
close_writer(void)
{
	file_put(wr);
}

START_TEST(test_reader_waits_for_bytes)
{
	setup();
	host_wait_hook = write_hello;
	ck_assert_int_eq(file_read(rd, out, 100, false), 5);
	ck_assert_uint_eq(host_waits, 1);
	ck_assert_int_eq(file_read(rd, out, 100, true), ERR_AGAIN);
	host_wait_hook = NULL;
	ck_assert_int_eq(file_read(rd, out, 100, false), ERR_INTR);
	host_wait_hook = close_writer;
	ck_assert_int_eq(file_read(rd, out, 100, false), 0);
}
END_TEST

START_TEST(test_end_of_file_after_the_rest)
{
	setup();
	write_hello();
	file_put(wr);
	ck_assert_int_eq(file_read(rd, out, 3, false), 3);
	ck_assert_int_eq(file_read(rd, out, 3, false), 2);
	ck_assert_int_eq(file_read(rd, out, 3, false), 0);
	ck_assert_int_eq(file_read(rd, out, 3, true), 0);
}
END_TEST

static void
close_reader(void)
{
	file_put(rd);
}

START_TEST(test_no_reader)
{
	setup();
	file_put(rd);
	ck_assert_int_eq(file_write(wr, "x", 1, false), ERR_PIPE);
	ck_assert_int_eq(host_killed, host_proc.pid);
	ck_assert_int_eq(host_signal, SIGPIPE);
	host_killed = 0;
	ck_assert_int_eq(file_write(wr, "", 0, false), 0);
	ck_assert_int_eq(host_killed, 0);
}
END_TEST

START_TEST(test_reader_goes_while_writing)
{
	setup();
	host_wait_hook = close_reader;
	ck_assert_int_eq(file_write(wr, pattern_from(0, PIPE_SIZE + 1), PIPE_SIZE + 1, false),
	    PIPE_SIZE);
	ck_assert_int_eq(host_signal, SIGPIPE);
}
END_TEST

START_TEST(test_small_writes_are_whole)
{
	setup();
	ck_assert_int_eq(file_write(wr, pattern_from(0, PIPE_SIZE), PIPE_SIZE - 4000, true),
	    PIPE_SIZE - 4000);
	ck_assert_int_eq(file_write(wr, pattern_from(0, 4096), PIPE_ATOMIC, true), ERR_AGAIN);
	ck_assert_int_eq(file_write(wr, pattern_from(0, 4097), PIPE_ATOMIC + 1, true), 4000);
	drained = 0;
	host_wait_hook = drain_some;
	ck_assert_int_eq(file_write(wr, pattern_from(0, 4096), PIPE_ATOMIC, false), PIPE_ATOMIC);
}
END_TEST

START_TEST(test_peek_takes_nothing)
{
	setup();
	write_hello();
	ck_assert_int_eq(file_peek(rd, out, 100, true), 5);
	ck_assert_int_eq(file_peek(rd, out, 2, true), 2);
	file_skip(rd, 2);
	ck_assert_int_eq(file_read(rd, out, 100, true), 3);
	ck_assert_mem_eq(out, "llo", 3);
}
END_TEST

START_TEST(test_ends_are_one_way)
{
	struct linux_stat st;

	setup();
	ck_assert_int_eq(file_read(wr, out, 1, true), ERR_BADF);
	ck_assert_int_eq(file_write(rd, out, 1, true), ERR_BADF);
	ck_assert_int_eq(file_seek(rd, 0, SEEK_SET), ERR_SPIPE);
	ck_assert_int_eq(file_seek(rd, 0, 9), ERR_INVAL);
	ck_assert_int_eq(file_truncate(wr, 0), ERR_INVAL);
	ck_assert(file_is_stream(rd));
	inode_stat(file_inode(rd), &st);
	ck_assert_uint_eq(st.st_mode, S_IFIFO | 0600);
	ck_assert_int_eq(file_flags(wr), O_WRONLY);
	file_set_flags(rd, O_NONBLOCK);
	ck_assert_int_eq(file_read(rd, out, 1, false), ERR_AGAIN);
}
END_TEST

START_TEST(test_shared_end_stays_open)
{
	setup();
	file_get(wr);
	file_put(wr);
	write_hello();
	ck_assert_int_eq(file_read(rd, out, 100, true), 5);
	file_put(wr);
	ck_assert_int_eq(file_read(rd, out, 100, true), 0);
}
END_TEST

/* With K frames left, for every K: all is given back, and what was written comes out. */
START_TEST(test_short_of_memory)
{
	size_t free;

	fs_host_init();
	free = pmem_free_count();
	for (size_t k = 0; k < 20; k++) {
		ssize_t n;

		frames_hold(k);
		if (file_open_pipe(&rd, &wr) != ERR_OK) {
			ck_assert_uint_eq(pmem_free_count(), k);
			frames_release();
			ck_assert_uint_eq(pmem_free_count(), free);
			continue;
		}
		n = file_write(wr, pattern_from(0, PIPE_SIZE), PIPE_SIZE, true);
		ck_assert(n > 0 || n == ERR_NOMEM);
		if (n > 0) {
			ck_assert_int_eq(file_read(rd, out, PIPE_SIZE, true), n);
			ck_assert_mem_eq(out, pattern_from(0, n), n);
		}
		file_put(rd);
		file_put(wr);
		ck_assert_uint_eq(pmem_free_count(), k);
		frames_release();
		ck_assert_uint_eq(pmem_free_count(), free);
	}
}
END_TEST

START_TEST(test_frames_come_back)
{
	size_t free;

	setup();
	file_put(rd);
	file_put(wr);
	free = pmem_free_count();
	ck_assert_int_eq(file_open_pipe(&rd, &wr), ERR_OK);
	ck_assert_int_eq(file_write(wr, pattern_from(0, 9999), 9999, true), 9999);
	file_put(wr);
	file_put(rd);
	ck_assert_uint_eq(pmem_free_count(), free);
}
END_TEST

START_TEST(test_poll)
{
	struct watch w;
	union ioctl_arg arg;

	setup();
	list_init(&w.node);
	ck_assert_uint_eq(file_poll(rd, &w), 0);
	ck_assert_uint_eq(file_poll(wr, NULL), POLLOUT | POLLWRNORM);
	host_poll_wakes = 0;
	ck_assert_int_eq(file_write(wr, pattern_from(0, 5), 5, true), 5);
	ck_assert_uint_eq(host_poll_wakes, 1);
	ck_assert_uint_eq(file_poll(rd, NULL), POLLIN | POLLRDNORM);
	ck_assert_int_eq(file_ioctl(wr, FIONREAD, &arg), ERR_OK);
	ck_assert_int_eq(arg.number, 5);

	/* Room for one atomic write is room. */
	ck_assert_int_gt(file_write(wr, pattern_from(0, PIPE_SIZE), PIPE_SIZE, true), 0);
	ck_assert_uint_eq(file_poll(wr, NULL), 0);
	ck_assert_int_eq(file_read(rd, out, PIPE_ATOMIC - 1, true), PIPE_ATOMIC - 1);
	ck_assert_uint_eq(file_poll(wr, NULL), 0);
	ck_assert_int_eq(file_read(rd, out, 1, true), 1);
	ck_assert_uint_eq(file_poll(wr, NULL), POLLOUT | POLLWRNORM);

	host_poll_wakes = 0;
	file_put(wr);
	ck_assert_uint_eq(host_poll_wakes, 1);
	ck_assert_uint_eq(file_poll(rd, NULL), POLLIN | POLLRDNORM | POLLHUP);
	list_remove(&w.node);
}
END_TEST

HOST_MAIN("pipe", test_bytes_come_out_in_order, test_capacity, test_writer_waits_for_room,
    test_reader_waits_for_bytes, test_end_of_file_after_the_rest, test_no_reader,
    test_reader_goes_while_writing, test_small_writes_are_whole, test_peek_takes_nothing,
    test_ends_are_one_way, test_shared_end_stays_open, test_short_of_memory,
    test_frames_come_back, test_poll)
