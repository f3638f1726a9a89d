/* SPDX-License-Identifier: MIT */
/*
 * All that a user program can call, on one page.  A program includes this header
 * and nothing else (tests add test.h); it is linked with every file beside it.
 *
 * The calls have the names, arguments and results of POSIX: -1 and errno on an
 * error.  The numbers and structures behind them are Linux' (abi.h), so the same
 * binary runs on Linux.  There are no threads.
 */
#ifndef FAULTLINE_USER_H
#define FAULTLINE_USER_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "abi.h"
#include "abi_poll.h"
#include "abi_proc.h"
#include "abi_signal.h"
#include "abi_tty.h"

typedef int64_t ssize_t;
typedef int64_t off_t;
typedef int32_t pid_t;
typedef uint32_t mode_t;

#define noreturn	__attribute__((noreturn))
#define printf_like(f, a)	__attribute__((format(printf, f, a)))
#define unused_arg	__attribute__((unused))

#define array_len(a)	(sizeof(a) / sizeof((a)[0]))

#define PAGE_SIZE	4096
#define STDIN		0
#define STDOUT		1
#define STDERR		2

/* --- system calls, raw (syscall6.S): => the kernel's answer, -errno on an error --- */

long syscall6(long nr, long a, long b, long c, long d, long e, long f);

/* raw_syscall(SYS_read, fd, buf, n): any argument that fits a register; absent ones are 0. */
#define raw_syscall(...)	RAW_SYSCALL(__VA_ARGS__, 0, 0, 0, 0, 0, 0, 0)
#define RAW_SYSCALL(nr, a, b, c, d, e, f, ...) \
	syscall6((long)(nr), (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))

/* --- errors (errno.c) --- */

extern int errno;
const char *strerror(int err);
void perror(const char *what);		/* "what: no such file or directory" to fd 2 */

/* --- processes (syscall.c) --- */

extern char **environ;			/* "NAME=value" strings, NULL-terminated */

pid_t fork(void);
int execve(const char *path, char *const argv[], char *const envp[]);
int execv(const char *path, char *const argv[]);	/* with environ */
int execvp(const char *file, char *const argv[]);	/* searches PATH if FILE has no slash */
noreturn void _exit(int code);
noreturn void exit(int code);		/* the same: nothing is buffered */
pid_t wait(int *status);
pid_t waitpid(pid_t pid, int *status, int options);
pid_t getpid(void);
pid_t getppid(void);
int kill(pid_t pid, int sig);
int setpgid(pid_t pid, pid_t pgid);
pid_t getpgrp(void);
int sched_yield(void);

/* --- signals (signal.c); the structures are the kernel's, see abi_signal.h --- */

typedef uint64_t sigset_t;		/* bit N - 1 is signal N */

/* A handler.  CONTEXT is what it returns to, and may be changed. */
typedef void signal_handler(int sig, struct linux_siginfo *info, struct linux_ucontext *context);

static inline sigset_t signal_set(int sig) { return 1UL << (sig - 1); }

int signal_handle(int sig, signal_handler *handler, uint64_t flags);	/* SA_SIGINFO is added */
int signal_default(int sig);
int signal_ignore(int sig);

int sigaction(int sig, const struct linux_sigaction *action, struct linux_sigaction *old);
int sigprocmask(int how, const sigset_t *set, sigset_t *old);
int sigpending(sigset_t *set);
int sigsuspend(const sigset_t *mask);		/* => -1 and EINTR, after a handler */
int sigaltstack(const struct linux_stack *stack, struct linux_stack *old);

/* --- files (syscall.c); STAT and DIRENT have the kernel's layout, see abi.h --- */

int open(const char *path, int flags, ...);	/* a mode_t follows O_CREAT */
int close(int fd);
ssize_t read(int fd, void *buf, size_t n);
ssize_t write(int fd, const void *buf, size_t n);
off_t lseek(int fd, off_t ofs, int whence);
int ftruncate(int fd, off_t size);
int stat(const char *path, struct linux_stat *st);
int fstat(int fd, struct linux_stat *st);
int access(const char *path, int mode);
int unlink(const char *path);
int mkdir(const char *path, mode_t mode);
int rmdir(const char *path);
int chdir(const char *path);
char *getcwd(char *buf, size_t n);	/* => BUF, or NULL */
int pipe(int fds[2]);
int pipe2(int fds[2], int flags);
int dup(int fd);
int dup2(int fd, int to);
int fcntl(int fd, int cmd, long arg);
int ioctl(int fd, unsigned long request, void *arg);
int isatty(int fd);

/* Write all N bytes, in as many calls as it takes.  => 0, or -1 and errno */
int write_all(int fd, const void *buf, size_t n);

/* --- reading directories (dir.c) --- */

struct dir {
	int fd;
	int pos, len;			/* the unread entries are buf[pos..len) */
	_Alignas(8) char buf[1024];
};

/* A struct dir is large: make it static.  => 0, or -1 and errno */
int dir_open(struct dir *d, const char *path);

/* The next entry, "." and ".." too.  => NULL at the end or on an error; good until the next call */
struct linux_dirent64 *dir_read(struct dir *d);
void dir_close(struct dir *d);

/* --- the machine (syscall.c) --- */

int uname(struct linux_utsname *buf);
int sysinfo(struct linux_sysinfo *buf);

/* Switch the machine off.  => only returns (-1) when the kernel is not Faultline */
int power_off(void);

/* --- memory (malloc.c, sbrk.c): the heap; addresses are 16-byte aligned --- */

/*
 * Move the end of the heap by INCREMENT bytes.
 * => the old end; (void *)-1 and errno when it cannot grow
 * => asked to shrink by more than there is, it changes nothing and returns the end
 */
void *sbrk(intptr_t increment);

void *malloc(size_t n);
void *calloc(size_t count, size_t size);
void *realloc(void *p, size_t n);
void free(void *p);

/* --- output (printf.c): %c %s %d %i %u %x %X %p %%; - and 0, width, precision; h l ll z --- */

/* One call is normally one write(2).  They need little stack and no heap. */
int printf(const char *fmt, ...) printf_like(1, 2);
int dprintf(int fd, const char *fmt, ...) printf_like(2, 3);
int vdprintf(int fd, const char *fmt, va_list ap);
int puts(const char *s);		/* S and a newline */

/* Format into the N bytes at BUF, cut if need be, terminated when N > 0.  => the whole length */
int snprintf(char *buf, size_t n, const char *fmt, ...) printf_like(3, 4);
int vsnprintf(char *buf, size_t n, const char *fmt, va_list ap);

/* --- strings (string.c): as in ISO C; strlcpy as in OpenBSD --- */

void *memset(void *dst, int c, size_t n);
void *memcpy(void *restrict dst, const void *restrict src, size_t n);
void *memmove(void *dst, const void *src, size_t n);
int memcmp(const void *a, const void *b, size_t n);
size_t strlen(const char *s);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
char *strchr(const char *s, int c);
char *strrchr(const char *s, int c);
char *strstr(const char *s, const char *word);
size_t strlcpy(char *dst, const char *src, size_t n);	/* => strlen(SRC); >= N: it was cut */

int isdigit(int c);
int isspace(int c);
int isalpha(int c);

/* --- numbers and the environment (stdlib.c) --- */

int atoi(const char *s);
long strtol(const char *s, char **end, int base);	/* base 0, 8, 10 or 16 */
char *getenv(const char *name);				/* => NULL when it is not set */

/* --- the program itself (link.ld): one past its text, its data and its bss, as in end(3) --- */

extern char etext[], edata[];
extern char bss_end[] __asm__("end");	/* "end" is too good a name for a variable */

#endif
