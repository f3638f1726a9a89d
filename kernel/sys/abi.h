/* SPDX-License-Identifier: MIT */
/*
 * The Linux x86-64 system-call ABI: numbers, errno values, flags and structure
 * layouts, as far as Faultline has them.  Shared by the kernel and the user
 * library.  Sources: the System V ABI AMD64 supplement and the manual pages
 * named beside each group; layouts are checked below.
 */
#ifndef FAULTLINE_SYS_ABI_H
#define FAULTLINE_SYS_ABI_H

/* --- system-call numbers, syscalls(2) --- */
#define SYS_read		0
#define SYS_write		1
#define SYS_open		2
#define SYS_close		3
#define SYS_stat		4
#define SYS_fstat		5
#define SYS_lstat		6
#define SYS_poll		7
#define SYS_lseek		8
#define SYS_mmap		9
#define SYS_mprotect		10
#define SYS_munmap		11
#define SYS_brk			12
#define SYS_rt_sigaction	13
#define SYS_rt_sigprocmask	14
#define SYS_rt_sigreturn	15
#define SYS_ioctl		16
#define SYS_readv		19
#define SYS_writev		20
#define SYS_access		21
#define SYS_pipe		22
#define SYS_select		23
#define SYS_sched_yield		24
#define SYS_mremap		25
#define SYS_msync		26
#define SYS_mincore		27
#define SYS_madvise		28
#define SYS_dup			32
#define SYS_dup2		33
#define SYS_pause		34
#define SYS_nanosleep		35
#define SYS_getitimer		36
#define SYS_alarm		37
#define SYS_setitimer		38
#define SYS_getpid		39
#define SYS_clone		56
#define SYS_fork		57
#define SYS_vfork		58
#define SYS_execve		59
#define SYS_exit		60
#define SYS_wait4		61
#define SYS_kill		62
#define SYS_uname		63
#define SYS_fcntl		72
#define SYS_ftruncate		77
#define SYS_getcwd		79
#define SYS_chdir		80
#define SYS_mkdir		83
#define SYS_rmdir		84
#define SYS_unlink		87
#define SYS_symlink		88
#define SYS_readlink		89
#define SYS_umask		95
#define SYS_gettimeofday	96
#define SYS_getrlimit		97
#define SYS_getrusage		98
#define SYS_sysinfo		99
#define SYS_times		100
#define SYS_getuid		102
#define SYS_getgid		104
#define SYS_geteuid		107
#define SYS_getegid		108
#define SYS_setpgid		109
#define SYS_getppid		110
#define SYS_getpgrp		111
#define SYS_setsid		112
#define SYS_getpgid		121
#define SYS_getsid		124
#define SYS_rt_sigpending	127
#define SYS_rt_sigtimedwait	128
#define SYS_rt_sigqueueinfo	129
#define SYS_rt_sigsuspend	130
#define SYS_sigaltstack		131
#define SYS_arch_prctl		158
#define SYS_setrlimit		160
#define SYS_reboot		169
#define SYS_gettid		186
#define SYS_tkill		200
#define SYS_time		201
#define SYS_futex		202
#define SYS_sched_getaffinity	204
#define SYS_getdents64		217
#define SYS_set_tid_address	218
#define SYS_restart_syscall	219
#define SYS_clock_gettime	228
#define SYS_clock_getres	229
#define SYS_clock_nanosleep	230
#define SYS_exit_group		231
#define SYS_tgkill		234
#define SYS_waitid		247
#define SYS_openat		257
#define SYS_newfstatat		262
#define SYS_symlinkat		266
#define SYS_readlinkat		267
#define SYS_pselect6		270
#define SYS_ppoll		271
#define SYS_dup3		292
#define SYS_pipe2		293
#define SYS_prlimit64		302
#define SYS_getrandom		318
#define SYS_execveat		322

/*
 * Faultline's own: void *sbrk(intptr_t increment).  Linux' table ends at 334 for
 * the old numbers, goes on from 424, and has x32 at 512 to 547; it answers ENOSYS here.
 */
#define SYS_fl_sbrk		1024
#define SYS_fl_faulttrace	1025	/* int faulttrace(int mode) */

#define SYS_fl_inject		1026	/* long inject(int what, long k, int ever_after) */

#define FAULTTRACE_OFF	0
#define FAULTTRACE_ON	1	/* the kernel prints a line for each page fault */
#define FAULTTRACE_EXEC	2	/* the same, from the next execve on */

/* inject: only in kernels made with INVARIANTS=1 */
#define INJECT_OFF	0	/* nothing fails; => how many have */
#define INJECT_ALLOC	1	/* the k-th allocation in the kernel for the caller fails */
#define INJECT_COPY	2	/* the k-th access of the kernel to the caller's memory fails */
#define INJECT_OBJECTS	3	/* => how many small objects the kernel has */

/* --- errno values, errno(3) --- */
#define EPERM		1
#define ENOENT		2
#define ESRCH		3
#define EINTR		4
#define EIO		5
#define ENXIO		6
#define E2BIG		7
#define ENOEXEC		8
#define EBADF		9
#define ECHILD		10
#define EAGAIN		11
#define ENOMEM		12
#define EACCES		13
#define EFAULT		14
#define EBUSY		16
#define EEXIST		17
#define EXDEV		18
#define ENODEV		19
#define ENOTDIR		20
#define EISDIR		21
#define EINVAL		22
#define EMFILE		24
#define ENOTTY		25
#define EFBIG		27
#define ENOSPC		28
#define ESPIPE		29
#define EPIPE		32
#define ERANGE		34
#define ENAMETOOLONG	36
#define ENOSYS		38
#define ENOTEMPTY	39
#define ELOOP		40
#define EOVERFLOW	75
#define ELIBBAD		80
#define EOPNOTSUPP	95

/* --- open(2), fcntl(2), lseek(2), access(2) --- */
#define O_RDONLY	00000000
#define O_WRONLY	00000001
#define O_RDWR		00000002
#define O_ACCMODE	00000003
#define O_CREAT		00000100
#define O_EXCL		00000200
#define O_NOCTTY	00000400
#define O_TRUNC		00001000
#define O_APPEND	00002000
#define O_NONBLOCK	00004000
#define O_LARGEFILE	00100000
#define O_DIRECTORY	00200000
#define O_NOFOLLOW	00400000
#define O_CLOEXEC	02000000

#define AT_FDCWD		(-100)
#define AT_SYMLINK_NOFOLLOW	0x100
#define AT_NO_AUTOMOUNT		0x800
#define AT_EMPTY_PATH		0x1000
#define AT_STATX_SYNC_TYPE	0x6000	/* is a remote file to be asked about again? */

#define F_DUPFD		0
#define F_GETFD		1
#define F_SETFD		2
#define F_GETFL		3
#define F_SETFL		4
#define F_DUPFD_CLOEXEC	1030
#define FD_CLOEXEC	1

#define SEEK_SET	0
#define SEEK_CUR	1
#define SEEK_END	2

#define R_OK		4
#define W_OK		2
#define X_OK		1
#define F_OK		0

/* --- mmap(2), mprotect(2), mremap(2), madvise(2), msync(2) --- */
#define PROT_NONE	0
#define PROT_READ	1
#define PROT_WRITE	2
#define PROT_EXEC	4

#define MAP_SHARED		0x01
#define MAP_PRIVATE		0x02
#define MAP_SHARED_VALIDATE	0x03
#define MAP_TYPE		0x0f
#define MAP_FIXED		0x10
#define MAP_ANONYMOUS		0x20
#define MAP_32BIT		0x40
#define MAP_GROWSDOWN		0x100
#define MAP_DENYWRITE		0x800
#define MAP_EXECUTABLE		0x1000
#define MAP_LOCKED		0x2000
#define MAP_NORESERVE		0x4000
#define MAP_POPULATE		0x8000
#define MAP_NONBLOCK		0x10000
#define MAP_STACK		0x20000
#define MAP_HUGETLB		0x40000
#define MAP_FIXED_NOREPLACE	0x100000

#define MREMAP_MAYMOVE		1
#define MREMAP_FIXED		2
#define MREMAP_DONTUNMAP	4

#define MADV_NORMAL	0
#define MADV_RANDOM	1
#define MADV_SEQUENTIAL	2
#define MADV_WILLNEED	3
#define MADV_DONTNEED	4
#define MADV_FREE	8
#define MADV_DONTDUMP	16
#define MADV_DODUMP	17

#define MS_ASYNC	1
#define MS_INVALIDATE	2
#define MS_SYNC		4

/* --- inode(7), getdents(2) --- */
#define S_IFMT		0170000
#define S_IFIFO		0010000
#define S_IFCHR		0020000
#define S_IFDIR		0040000
#define S_IFREG		0100000
#define S_IFLNK		0120000

#define DT_UNKNOWN	0
#define DT_FIFO		1
#define DT_CHR		2
#define DT_DIR		4
#define DT_REG		8
#define DT_LNK		10

#define PATH_MAX	4096
#define NAME_MAX	255

/* --- arch_prctl(2), reboot(2) --- */
#define ARCH_SET_GS	0x1001
#define ARCH_SET_FS	0x1002
#define ARCH_GET_FS	0x1003
#define ARCH_GET_GS	0x1004

#define LINUX_REBOOT_MAGIC1		0xfee1dead
#define LINUX_REBOOT_MAGIC2		672274793
#define LINUX_REBOOT_CMD_RESTART	0x01234567
#define LINUX_REBOOT_CMD_HALT		0xcdef0123
#define LINUX_REBOOT_CMD_POWER_OFF	0x4321fedc

/* --- auxiliary vector, System V ABI AMD64 3.4.3 and getauxval(3) --- */
#define AT_NULL		0
#define AT_PHDR		3
#define AT_PHENT	4
#define AT_PHNUM	5
#define AT_PAGESZ	6
#define AT_BASE		7
#define AT_FLAGS	8
#define AT_ENTRY	9
#define AT_UID		11
#define AT_EUID		12
#define AT_GID		13
#define AT_EGID		14
#define AT_PLATFORM	15
#define AT_HWCAP	16
#define AT_CLKTCK	17
#define AT_SECURE	23
#define AT_RANDOM	25
#define AT_HWCAP2	26
#define AT_EXECFN	31
#define AT_MINSIGSTKSZ	51

#ifndef __ASSEMBLER__
#include <stdint.h>

struct linux_iovec {			/* readv(2) */
	uint64_t iov_base;
	uint64_t iov_len;
};

struct linux_timespec {
	int64_t tv_sec;
	int64_t tv_nsec;
};

struct linux_stat {			/* stat(2), x86-64 */
	uint64_t st_dev;
	uint64_t st_ino;
	uint64_t st_nlink;
	uint32_t st_mode;
	uint32_t st_uid;
	uint32_t st_gid;
	uint32_t pad0;
	uint64_t st_rdev;
	int64_t st_size;
	int64_t st_blksize;
	int64_t st_blocks;
	struct linux_timespec st_atim;
	struct linux_timespec st_mtim;
	struct linux_timespec st_ctim;
	int64_t unused[3];
};

struct linux_dirent64 {			/* getdents64(2) */
	uint64_t d_ino;
	int64_t d_off;
	uint16_t d_reclen;		/* a multiple of 8 */
	uint8_t d_type;
	char d_name[];
};

struct linux_utsname {			/* uname(2) */
	char sysname[65];
	char nodename[65];
	char release[65];
	char version[65];
	char machine[65];
	char domainname[65];
};

struct linux_sysinfo {			/* sysinfo(2) */
	int64_t uptime;			/* seconds */
	uint64_t loads[3];
	uint64_t totalram;		/* in mem_unit bytes */
	uint64_t freeram;
	uint64_t sharedram;
	uint64_t bufferram;
	uint64_t totalswap;
	uint64_t freeswap;
	uint16_t procs;
	uint16_t pad;
	uint64_t totalhigh;
	uint64_t freehigh;
	uint32_t mem_unit;
	uint32_t pad2;
};

_Static_assert(sizeof(struct linux_stat) == 144, "struct stat");
_Static_assert(sizeof(struct linux_utsname) == 390, "struct utsname");
_Static_assert(sizeof(struct linux_sysinfo) == 112, "struct sysinfo");

#endif /* !__ASSEMBLER__ */
#endif
