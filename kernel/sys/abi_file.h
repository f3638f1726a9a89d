/* SPDX-License-Identifier: MIT */
/*
 * Files in the Linux x86-64 ABI, beyond what abi.h has: numbers, flags and layouts.  Shared
 * with the user library, as abi.h is.  The manual pages are named beside each group.
 */
#ifndef FAULTLINE_SYS_ABI_FILE_H
#define FAULTLINE_SYS_ABI_FILE_H

/* --- system-call numbers, syscalls(2) --- */
#define SYS_pread64		17
#define SYS_pwrite64		18
#define SYS_sendfile		40
#define SYS_flock		73
#define SYS_truncate		76
#define SYS_fsync		74
#define SYS_fdatasync		75
#define SYS_getdents		78
#define SYS_fchdir		81
#define SYS_rename		82
#define SYS_creat		85
#define SYS_link		86
#define SYS_chmod		90
#define SYS_fchmod		91
#define SYS_chown		92
#define SYS_fchown		93
#define SYS_lchown		94
#define SYS_utime		132
#define SYS_mknod		133
#define SYS_statfs		137
#define SYS_fstatfs		138
#define SYS_chroot		161
#define SYS_sync		162
#define SYS_readahead		187
#define SYS_setxattr		188
#define SYS_lsetxattr		189
#define SYS_fsetxattr		190
#define SYS_getxattr		191
#define SYS_lgetxattr		192
#define SYS_fgetxattr		193
#define SYS_listxattr		194
#define SYS_llistxattr		195
#define SYS_flistxattr		196
#define SYS_removexattr		197
#define SYS_lremovexattr	198
#define SYS_fremovexattr	199
#define SYS_fadvise64		221
#define SYS_utimes		235
#define SYS_mkdirat		258
#define SYS_mknodat		259
#define SYS_fchownat		260
#define SYS_futimesat		261
#define SYS_unlinkat		263
#define SYS_renameat		264
#define SYS_linkat		265
#define SYS_fchmodat		268
#define SYS_faccessat		269
#define SYS_sync_file_range	277
#define SYS_utimensat		280
#define SYS_fallocate		285
#define SYS_preadv		295
#define SYS_pwritev		296
#define SYS_syncfs		306
#define SYS_renameat2		316
#define SYS_memfd_create	319
#define SYS_copy_file_range	326
#define SYS_preadv2		327
#define SYS_pwritev2		328
#define SYS_statx		332
#define SYS_close_range		436
#define SYS_faccessat2		439

/* --- open(2) --- */
#define O_DSYNC		00010000
#define O_NOATIME	01000000
#define O_SYNC		04010000
#define O_PATH		010000000
#define O_TMPFILE	020200000

/* --- openat(2) and its relatives --- */
#define RWF_HIPRI		1	/* preadv2(2) */
#define RWF_DSYNC		2
#define RWF_SYNC		4

#define AT_REMOVEDIR		0x200	/* unlinkat(2) */
#define AT_EACCESS		0x200	/* faccessat(2) */
#define AT_SYMLINK_FOLLOW	0x400	/* linkat(2) */

#define RENAME_NOREPLACE	1	/* rename(2) */
#define RENAME_EXCHANGE		2

/* --- lseek(2), fallocate(2), flock(2), close_range(2), memfd_create(2) --- */
#define SEEK_DATA		3
#define SEEK_HOLE		4
#define FALLOC_FL_KEEP_SIZE	1
#define FALLOC_FL_PUNCH_HOLE	2
#define LOCK_SH			1
#define LOCK_EX			2
#define LOCK_NB			4
#define LOCK_UN			8
#define CLOSE_RANGE_UNSHARE	2
#define CLOSE_RANGE_CLOEXEC	4
#define MFD_CLOEXEC		1
#define MFD_NAME_MAX		249
#define POSIX_FADV_NOREUSE	5	/* the last of posix_fadvise(2)'s */

/* --- utimensat(2) --- */
#define UTIME_NOW		0x3fffffff
#define UTIME_OMIT		0x3ffffffe

/* --- inode(7) --- */
#define S_IFBLK			0060000
#define S_IFSOCK		0140000
#define S_ISUID			0004000
#define S_ISGID			0002000

/* --- statfs(2), statx(2) --- */
#define TMPFS_MAGIC		0x01021994
#define PROC_SUPER_MAGIC	0x9fa0

#define STATX_BASIC_STATS	0x7ff
#define STATX_RESERVED		0x80000000

#ifndef __ASSEMBLER__
#include <stdint.h>

struct linux_statfs {
	int64_t f_type;
	int64_t f_bsize;
	uint64_t f_blocks;
	uint64_t f_bfree;
	uint64_t f_bavail;
	uint64_t f_files;
	uint64_t f_ffree;
	int32_t f_fsid[2];
	int64_t f_namelen;
	int64_t f_frsize;
	int64_t f_flags;
	int64_t f_spare[4];
};

struct linux_statx_timestamp {
	int64_t tv_sec;
	uint32_t tv_nsec;
	int32_t pad;
};

struct linux_statx {
	uint32_t stx_mask;
	uint32_t stx_blksize;
	uint64_t stx_attributes;
	uint32_t stx_nlink;
	uint32_t stx_uid;
	uint32_t stx_gid;
	uint16_t stx_mode;
	uint16_t pad;
	uint64_t stx_ino;
	uint64_t stx_size;
	uint64_t stx_blocks;
	uint64_t stx_attributes_mask;
	struct linux_statx_timestamp stx_atime, stx_btime, stx_ctime, stx_mtime;
	uint32_t stx_rdev_major, stx_rdev_minor;
	uint32_t stx_dev_major, stx_dev_minor;
	uint64_t spare[14];
};

_Static_assert(sizeof(struct linux_statfs) == 120, "struct statfs");
_Static_assert(sizeof(struct linux_statx) == 256, "struct statx");

#endif /* !__ASSEMBLER__ */
#endif
