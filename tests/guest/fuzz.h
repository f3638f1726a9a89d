/* SPDX-License-Identifier: MIT */
/*
 * What the fuzzer (fuzz.c) makes calls of: a place in memory with pages of every kind,
 * and values that lie at the edges of something.
 */
#ifndef FAULTLINE_FUZZ_H
#define FAULTLINE_FUZZ_H

#include "abi_file.h"
#include "test.h"

#define ARENA		0x100000000ul	/* pages of several kinds, see arena_make */
#define ARENA_PAGES	16
#define SHARED		0x200000000ul	/* a page that children and parent share */
#define CODE		0x300000000ul	/* random code */

static uint64_t random_state;

/* SplitMix64: what test_random is, but from a seed. */
static uint64_t
next_random(void)
{
	uint64_t z = random_state += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

static const uint64_t edges[] = {
	0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 16, 24, 31, 32, 33, 63, 64, 65, 112, 128, 255, 256,
	512, 1024, 4095, 4096, 4097, 8191, 8192, 12288, 16384, 65535, 65536, 0x1fffff,
	0x200000, 0x201000, 0x40000000, 0x7fffffff, 0x80000000, 0xfffff000, 0xffffffff,
	0x100000000, 0x7fffffffe000, 0x7fffffffefff, 0x7ffffffff000, 0x7fffffffffff,
	0x800000000000, 0x800000001000, 0xffff7fffffffffff, 0xffff800000000000,
	0xffff800000100000, 0xffffc00000005000, 0xffffffff80100000, 0x7fffffffffffffff,
	0x8000000000000000, 0xfffffffffffff000, 0xffffffffffffff9c, 0xfffffffffffffffe,
	0xffffffffffffffff,
};

static const uint32_t flags[] = {
	MAP_SHARED, MAP_PRIVATE, MAP_SHARED_VALIDATE, MAP_FIXED, MAP_ANONYMOUS, MAP_32BIT,
	MAP_GROWSDOWN, MAP_LOCKED, MAP_NORESERVE, MAP_POPULATE, MAP_STACK, MAP_HUGETLB,
	MAP_FIXED_NOREPLACE, CLONE_VM, CLONE_VFORK, CLONE_CHILD_SETTID, O_CREAT, O_EXCL,
	O_TRUNC, O_APPEND, O_RDWR, O_CLOEXEC, O_DIRECTORY, 1, 2, 4, SIGCHLD,
};

static const char program[] = "/bin/true";

static const char *const paths[] = {
	"a", "b", "d", "d/x", "d/x/y", "t", ".", "", "a/", "/proc/self/maps", "/proc/self/stat",
	"/proc/meminfo", "/proc", program, "/nowhere/at/all", "s", "s/b", "../fuzz/a", "d/..", "b",
	"/proc/self/fd/4", "/proc/self/cwd/d",
};

static const uint16_t memory_calls[] = {
	SYS_mmap, SYS_mprotect, SYS_munmap, SYS_mremap, SYS_madvise, SYS_mincore, SYS_msync,
	SYS_brk, SYS_fl_sbrk, SYS_mmap, SYS_mremap, SYS_munmap, SYS_read, SYS_write, SYS_ftruncate,
};

static const uint16_t file_calls[] = {
	SYS_read, SYS_write, SYS_open, SYS_close, SYS_poll, SYS_ppoll, SYS_select, SYS_pselect6,
	SYS_lseek, SYS_pread64, SYS_pwrite64, SYS_readv, SYS_writev, SYS_preadv, SYS_pwritev,
	SYS_pipe2, SYS_dup, SYS_dup2, SYS_dup3, SYS_fcntl, SYS_flock, SYS_fsync, SYS_truncate,
	SYS_ftruncate, SYS_getdents64, SYS_getdents, SYS_rename, SYS_mkdir, SYS_rmdir, SYS_creat,
	SYS_link, SYS_unlink, SYS_symlink, SYS_readlink, SYS_chmod, SYS_chown, SYS_umask,
	SYS_mknod, SYS_statfs, SYS_openat, SYS_mkdirat, SYS_unlinkat, SYS_renameat, SYS_renameat2,
	SYS_linkat, SYS_symlinkat, SYS_readlinkat, SYS_fchmodat, SYS_utimensat, SYS_fallocate,
	SYS_sendfile, SYS_copy_file_range, SYS_memfd_create, SYS_statx, SYS_close_range,
	SYS_execveat, SYS_ioctl, SYS_rename, SYS_link, SYS_symlink, SYS_mkdir, SYS_mmap,
};

#define pick(array)	((array)[next_random() % array_len(array)])

/* Some combination of up to four flags. */
static uint64_t
random_flags(void)
{
	uint64_t bits = 0;

	for (uint64_t n = next_random() % 5; n > 0; n--)
		bits |= pick(flags);
	return bits;
}

static uint64_t
random_address(void)
{
	static const uint64_t bases[] = {
		ARENA, ARENA, ARENA, ARENA, ARENA, ARENA, ARENA + ARENA_PAGES * PAGE_SIZE, CODE,
	};
	uint64_t page = pick(bases) + next_random() % ARENA_PAGES * PAGE_SIZE;

	return next_random() % 3 != 0 ? page : page + pick(edges) % PAGE_SIZE;
}

static uint64_t
random_argument(void)
{
	switch (next_random() % 8) {
	case 0:
	case 1:
		return random_address();
	case 2:
		return (uint64_t)pick(paths);
	case 3:
		return random_flags();
	case 4:
		return next_random() % 8 * PAGE_SIZE;
	case 5:
		return next_random() % 12;		/* file descriptors, signals, rights */
	case 6:
		return next_random() % 8 == 0 ? next_random() : next_random() % 256;
	default:
		return pick(edges);
	}
}

/* What a program is given: strings of no or of many bytes, and now and then a bad one. */
static uint64_t
random_strings(void)
{
	static char text[3 * PAGE_SIZE];
	static uint64_t vectors[2][128], next;
	uint64_t *v = vectors[next++ % 2];
	size_t n = next_random() % array_len(vectors[0]);

	memset(text, 'x', sizeof(text) - 1);
	for (size_t i = 0; i < n; i++) {
		v[i] = (uint64_t)&text[sizeof(text) - 1 - pick(edges) % sizeof(text)];
		if (next_random() % 256 == 0)
			v[i] = random_address();
	}
	v[n] = 0;
	return (uint64_t)v;
}

static uint64_t
random_number(void)
{
	uint64_t nr = next_random() % 514;

	if (next_random() % 2 == 0)
		return pick(memory_calls);
	if (next_random() % 2 == 0)
		return pick(file_calls);
	return nr < 512 ? nr : nr - 512 + SYS_fl_sbrk;
}

#endif
