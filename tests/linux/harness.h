/* SPDX-License-Identifier: MIT */
/*
 * One-line behaviours of an operating system, each run in a child of its own:
 *
 *	BEHAVIOUR(A5_1, "read of address 8")
 *	{
 *		say("%s", load((void *)8));
 *	}
 *
 * prints "A5.1 read of address 8: SEGV/1 [4]".  The id begins with the row of the table
 * of behaviours that it belongs to.  What is printed is what was seen, in words that are
 * the same on every machine: no absolute addresses, no process ids, no times.
 *
 * Everything goes through raw system calls, whose results are negated errno values.
 */
#ifndef LINUX_HARNESS_H
#define LINUX_HARNESS_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "../sys6.h"

#define P	4096UL		/* a page */
#define MIB	(1UL << 20)
#define GIB	(1UL << 30)

/* protections and flags, short because they are everywhere */
#define NONE	PROT_NONE
#define R	PROT_READ
#define W	PROT_WRITE
#define RW	(PROT_READ | PROT_WRITE)
#define RX	(PROT_READ | PROT_EXEC)
#define PRIV	(MAP_PRIVATE | MAP_ANONYMOUS)
#define SHARED	(MAP_SHARED | MAP_ANONYMOUS)
#define FIXED	(MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED)

/* addresses that no mapping of ours can have */
#define USER_END	0x7ffffffff000UL
#define NON_CANONICAL	0x800000000000UL
#define KERNEL_HALF	0xffff900000000000UL

struct behaviour {
	const char *id, *name;
	void (*run)(void);
};

#define BEHAVIOUR(id, name) \
	static void id(void); \
	static const struct behaviour about_##id = { #id, name, id }; \
	static const struct behaviour *const listed_##id \
	    __attribute__((used, section("behaviours"))) = &about_##id; \
	static void id(void)

/*
 * What this program does when it is run as self_run("where"): HELPER(where) { ... }.  What it
 * returns is its exit code.
 */
struct helper {
	const char *name;
	int (*run)(void);
};

#define HELPER(name) \
	static int helper_##name(void); \
	static const struct helper about_##name = { #name, helper_##name }; \
	static const struct helper *const listed_##name \
	    __attribute__((used, section("helpers"))) = &about_##name; \
	static int helper_##name(void)

#define array_len(a)	(sizeof(a) / sizeof((a)[0]))

/* --- results (say.c) --- */

extern int result_fd;

/* Add one piece to the result; pieces are separated by commas. */
void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Add one piece, and end the child: nothing more can be seen. */
_Noreturn void give_up(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* What follows return strings that live until sixteen more have been made. */
const char *text(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* The outcome of a system call: "ok" or the name of its errno value. */
const char *outcome(long result);

/* The same, but a result that is no error is a number. */
const char *number(long result);

/* The same, but it is an address: in pages from BASE, as "+3" or "-1"; with bytes left "+3:18". */
const char *place(long result, const void *base);

/* "same" when A is B, else "different". */
const char *same(bool equal);
const char *yes(bool is);

/* A wait status: "exit 3", "killed by signal 11". */
const char *ended(int status);

static inline bool failed(long result)
{
	return result < 0 && result >= -4095;
}

/* --- system calls --- */

/* sys(SYS_munmap, p, P): as many arguments as there are */
#define sys(...)	sys_args(__VA_ARGS__, 0, 0, 0, 0, 0, 0, 0)
#define sys_args(nr, a, b, c, d, e, f, ...) \
	sys6((nr), (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))

/* mmap of anonymous memory. */
static inline long
map(const void *at, size_t bytes, int prot, int flags)
{
	return sys(SYS_mmap, at, bytes, prot, flags, -1);
}

static inline long
map_file(const void *at, size_t bytes, int prot, int flags, int fd, long offset)
{
	return sys(SYS_mmap, at, bytes, prot, flags, fd, offset);
}

#define unmap(at, bytes)		sys(SYS_munmap, at, bytes)
#define protect(at, bytes, prot)	sys(SYS_mprotect, at, bytes, prot)
#define advise(at, bytes, advice)	sys(SYS_madvise, at, bytes, advice)
#define remap(at, from, to, ...)	sys(SYS_mremap, at, from, to, __VA_ARGS__)

/* --- memory (observe.c) --- */

/* N pages of new private memory; the child ends when there are none. */
char *pages(size_t n, int prot);

/* A hole of N pages between two pages that keep everybody else away. */
char *window(size_t n);

/* A new file called NAME in the current directory, of BYTES bytes; => fd, open for both. */
int file(const char *name, size_t bytes);

/* What byte AT of such a file holds. */
static inline unsigned char
file_byte(size_t at)
{
	return (unsigned char)(at * 7 + at / P + 1);
}

/* How many of the N pages from AT on are resident; an errno value is negated. */
long resident(const void *at, size_t n);

/* Do N bytes from AT on all hold VALUE? */
bool all(const void *at, size_t n, int value);

/* Free frames of the machine, in pages. */
long free_frames(void);

/*
 * Have all frames come back since BEFORE was counted?  => "none" or how many are lost;
 * on Linux, where others take and give memory too, "none".
 */
const char *lost(long before);

bool on_linux(void);

/* --- /proc/self/maps (maps.c) --- */

struct entry {
	unsigned long start, end, offset;
	char rights[5];
	char name[64];
};

/* The entries of /proc/self/maps; => how many, at most MAX. */
long entries(struct entry *list, long max);

/* How many entries lie in the N pages from AT on? */
long entries_in(const void *at, size_t n);

/* The same as text: "[0,3) rw-p [3,5) r--p". */
const char *listing(const void *at, size_t n);

/* The entry that holds AT, or null. */
const struct entry *entry_of(const void *at);

/* --- faults (observe.c) --- */

/* What the handler of the last signal saw. */
struct trap {
	int signal, code;
	long number, error;
	uintptr_t address, cr2, rip;
};
extern struct trap trap;

/* When it is set, the handler calls it; true: return to where the signal came from. */
extern bool (*volatile on_trap)(void *context);

/* Handle signals of faults on an alternate stack. */
void catch_faults(void);

/* Leave them to the kernel. */
void default_faults(void);

/*
 * Touch the byte at AT.  => "ok", or the signal, its code and the page fault's error code, as
 * "SEGV/1 [4]"; when the address reported is another one, that too.
 */
const char *load(const void *at);
const char *store(void *at);
const char *call(const void *at);

/* Run FN(ARG) and look for a fault at AT. */
const char *attempt(void (*fn)(void *), void *arg, uintptr_t at);

/* --- children (observe.c) --- */

/* Run FN(ARG) in a child, which exits with what it returns; => its wait status. */
int in_child(int (*fn)(void *), void *arg);

/* Start such a child; wait for PID. */
long start(int (*fn)(void *), void *arg);
int wait_for(long pid);

/* --- waiting, and signals (events.c) --- */

#define MASK	8		/* bytes of a signal mask */

/* The ends of the last pipe; reading and writing do not wait. */
extern int rd, wr;
void make_pipe(void);

/* For start: write a byte to it, after a while. */
int write_later(void *arg);

void sleep_ms(long ms);
long now_ms(void);
void alarm_in_ms(long ms);

/* Handle SIG, sigaction's FLAGS; the handler adds one to HANDLED. */
void count_signal(int sig, unsigned long flags);
extern volatile int handled;
void ignore_signal(int sig);

/* --- small programs (image.c) --- */

struct image;

#include <elf.h>

#define IMAGE_TEXT	0x40000000UL	/* where a small program's code lies */

/* A program of one page of code and headers, to be changed at will and then written. */
struct image {
	Elf64_Ehdr ehdr;
	Elf64_Phdr phdr[4];
	unsigned char code[1024];
};

/* A program of CODE, up to END, that is entered at its first byte. */
void image_init(struct image *image, const char *code, const char *end);

/* Write it as the executable file NAME. */
void image_write(const char *name, const void *image, size_t bytes);

/* Run the file NAME in a child; => its wait status, or exit 200 + errno when exec fails. */
int image_run(const char *name);

/* code for small programs: exit with 7; see image.c for the others */
extern const char exit7[], exit7_end[];

/* This very program, run once more as the helper NAME, its output going to OUT (-1: as ours). */
int self_run(const char *name, int out);
extern char *self_path;
extern char **initial_argv;

/* --- random sequences (random.c) --- */

int random_main(int argc, char **argv);

#endif
