/* SPDX-License-Identifier: MIT */
/*
 * The devices in /dev: null(4), zero(4), full(4), random(4), mem(4), and the console under
 * its two names, and three debug consoles, by which a run's output leaves the machine unmixed.
 */
#include "fs/ctty.h"
#include "fs/inode.h"
#include "fs/tty.h"
#include "lib/string.h"
#include "random.h"
#include "x86/debugcon.h"

/* A device number as stat(2) shows it; both halves are small. */
#define RDEV(major, minor)	((major) << 8 | (minor))
#define RDEV_MINOR(rdev)	((rdev) & 0xff)

#define VGA_START	0xa0000		/* pictures; text is at 0xb8000 */
#define VGA_END		0xc0000

static ssize_t
null_peek(unused_arg void *buf, unused_arg size_t n, unused_arg bool nowait)
{
	return 0;
}

static ssize_t
null_write(unused_arg const struct device *dev, unused_arg const void *buf, size_t n,
    unused_arg bool nowait)
{
	return n;
}

static ssize_t
zero_peek(void *buf, size_t n, unused_arg bool nowait)
{
	memset(buf, 0, n);
	return n;
}

static ssize_t
full_write(unused_arg const struct device *dev, unused_arg const void *buf, unused_arg size_t n,
    unused_arg bool nowait)
{
	return ERR_NOSPC;
}

static ssize_t
random_peek(void *buf, size_t n, unused_arg bool nowait)
{
	random_bytes(buf, n);
	return n;
}

/* Memory is to be mapped; a device's is not read and written in passing. */
static ssize_t
mem_peek(unused_arg void *buf, unused_arg size_t n, unused_arg bool nowait)
{
	return ERR_PERM;
}

static ssize_t
mem_write(unused_arg const struct device *dev, unused_arg const void *buf, unused_arg size_t n,
    unused_arg bool nowait)
{
	return ERR_PERM;
}

static ssize_t
debug_write(const struct device *dev, const void *buf, size_t n, unused_arg bool nowait)
{
	return debugcon_write(RDEV_MINOR(dev->rdev), buf, n) ? (ssize_t)n : ERR_NODEV;
}

static const struct device devices[] = {
	{
		.name = "null",
		.rdev = RDEV(1, 3),
		.perm = 0666,
		.peek = null_peek,
		.write = null_write,
	}, {
		.name = "zero",
		.rdev = RDEV(1, 5),
		.perm = 0666,
		.peek = zero_peek,
		.write = null_write,
	}, {
		.name = "full",
		.rdev = RDEV(1, 7),
		.perm = 0666,
		.peek = zero_peek,
		.write = full_write,
	}, {
		.name = "random",
		.rdev = RDEV(1, 8),
		.perm = 0666,
		.peek = random_peek,
		.write = null_write,
	}, {
		.name = "urandom",
		.rdev = RDEV(1, 9),
		.perm = 0666,
		.peek = random_peek,
		.write = null_write,
	}, {
		.name = "mem",
		.rdev = RDEV(1, 1),
		.perm = 0640,
		.peek = mem_peek,
		.write = mem_write,
		.mem_start = VGA_START,
		.mem_end = VGA_END,
	}, {
		.name = "tty",
		.rdev = RDEV(5, 0),
		.perm = 0666,
		.stream = true,
		.open = ctty_open,
		.peek = tty_peek,
		.skip = tty_skip,
		.write = tty_write,
		.poll = tty_poll,
		.ioctl = tty_ioctl,
	}, {
		.name = "console",
		.rdev = RDEV(5, 1),
		.perm = 0600,
		.stream = true,
		.peek = tty_peek,
		.skip = tty_skip,
		.write = tty_write,
		.poll = tty_poll,
		.ioctl = tty_ioctl,
	}, {
		.name = "debugcon1",
		.rdev = RDEV(240, 1),		/* 240 to 254 are for local use */
		.perm = 0600,
		.peek = null_peek,
		.write = debug_write,
	}, {
		.name = "debugcon2",
		.rdev = RDEV(240, 2),
		.perm = 0600,
		.peek = null_peek,
		.write = debug_write,
	}, {
		.name = "debugcon3",
		.rdev = RDEV(240, 3),
		.perm = 0600,
		.peek = null_peek,
		.write = debug_write,
	},
};

/* Names that lead to what a process has open, and a place for shared memory: shm_overview(7). */
static err_t
make_names(struct inode *devdir) REQUIRES(fs_lock)
{
	static const char *const links[][2] = {
		{ "fd", "/proc/self/fd" }, { "stdin", "/proc/self/fd/0" },
		{ "stdout", "/proc/self/fd/1" }, { "stderr", "/proc/self/fd/2" },
	};
	struct inode *shm;
	err_t err = dir_create(devdir, "shm", strlen("shm"), S_IFDIR | 01777, NULL, &shm);

	for (size_t i = 0; i < array_len(links) && err == ERR_OK; i++)
		err = dir_create_link(devdir, links[i][0], strlen(links[i][0]), links[i][1],
		    strlen(links[i][1]));
	return err;
}

err_t
dev_populate(struct inode *devdir)
{
	for (size_t i = 0; i < array_len(devices); i++) {
		const struct device *d = &devices[i];
		struct inode *ip;
		err_t err = dir_create(devdir, d->name, strlen(d->name), S_IFCHR | d->perm, d, &ip);

		if (err != ERR_OK)
			return err;
	}
	return make_names(devdir);
}
