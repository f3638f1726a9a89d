/* SPDX-License-Identifier: MIT */
/*
 * What stands in for processes and the serial port in host tests of the file system.
 * Memory is real: pmem.c and kmalloc.c on fakes.c's array.
 */
#include "fs_host.h"

#include "clock.h"
#include "fs/ctty.h"
#include "fs/tty.h"
#include "lib/printf.h"
#include "random.h"
#include "sched.h"
#include "syscall.h"
#include "x86/debugcon.h"
#include "x86/serial.h"

#define MAX_HELD	1024

#define LIMITS	{ [0 ... PROC_LIMITS - 1] = { PROC_MAX_FILES, PROC_MAX_FILES } }

struct proc host_proc = { .pid = 7, .pgid = 7, .rlim = LIMITS };
struct proc host_child = { .pid = 8, .rlim = LIMITS };
void (*host_wait_hook)(void);
unsigned host_waits;
uint64_t host_seconds;
pid_t host_killed;
int host_signal;
const char *host_serial_in = "";
char host_serial_out[8192];
char host_console[8192];
char host_debug_out[64];

static paddr_t held[MAX_HELD];
static size_t n_held;

void
fs_host_init(void)
{
	host_memory_init(4 * MIB);
	tty_init();
	fs_init(NULL, 0);
	must_eq(inode_lookup(NULL, "/", &host_proc.cwd), ERR_OK);
}

/* --- processes --- */

struct cpu host_cpu = { .current = &host_proc };

err_t
proc_kill(pid_t pid, int sig)
{
	host_killed = pid;
	host_signal = sig;
	return ERR_OK;
}

/* The terminal's session and groups (fs/ctty.c): a signal to the foreground is noted. */

err_t host_background;
bool host_no_tty;

err_t
ctty_check(int sig)
{
	if (host_background != ERR_OK)
		host_signal = sig;
	return host_background;
}

err_t
ctty_open(void)
{
	return host_no_tty ? ERR_NXIO : ERR_OK;
}

void
ctty_signal(int sig)
{
	host_signal = sig;
}

err_t
ctty_ioctl(unsigned cmd unused_arg, union ioctl_arg *arg unused_arg)
{
	return ERR_NOTTY;
}

uint64_t host_now;

uint64_t
clock_now(void)
{
	return host_now;
}

void
waitq_init(struct waitq *wq)
{
	list_init(&wq->waiters);
}

err_t
waitq_wait(struct waitq *wq unused_arg, struct spinlock *l)
{
	host_waits++;
	if (host_wait_hook == NULL)
		return ERR_INTR;
	spin_unlock(l);
	host_wait_hook();
	spin_lock(l);
	return ERR_OK;
}

/* A hook that sets host_now lets the time pass. */
err_t
waitq_wait_until(struct waitq *wq, struct spinlock *l, uint64_t deadline)
{
	err_t err = waitq_wait(wq, l);

	return err == ERR_OK && host_now >= deadline ? ERR_AGAIN : err;
}

void
waitq_wake(struct waitq *wq unused_arg)
{
}

/* Watches are kept, and nobody is woken: a test looks at the count. */

unsigned host_poll_wakes;

void
pollq_init(struct pollq *q)
{
	list_init(&q->watches);
}

void
pollq_add(struct pollq *q, struct watch *w)
{
	if (w != NULL)
		list_push_back(&q->watches, &w->node);
}

void
pollq_wake(struct pollq *q)
{
	host_poll_wakes += !list_empty(&q->watches);
}

/* --- time: a second for each look --- */

uint64_t
clock_ticks(void)
{
	return ++host_seconds;
}

uint64_t
clock_from_tsc(uint64_t ticks)
{
	return ticks * NSEC_PER_SEC;
}

uint64_t
clock_epoch(void)
{
	return 0;
}

void
random_bytes(void *buf, size_t n)
{
	memset(buf, 'r', n);
}

/* --- console --- */

static void
append(char *out, size_t size, char c)
{
	size_t len = strlen(out);

	must(len + 1 < size);
	out[len] = c;
	out[len + 1] = '\0';
}

void
serial_putc(char c)
{
	append(host_serial_out, sizeof(host_serial_out), c);
}

bool
debugcon_write(unsigned number, const void *bytes, size_t n)
{
	if (number != 2)
		return false;
	for (const char *p = bytes; n-- > 0; p++)
		append(host_debug_out, sizeof(host_debug_out), *p);
	return true;
}

int
serial_getc(void)
{
	return *host_serial_in != '\0' ? (uint8_t)*host_serial_in++ : -1;
}

void
kprintf(const char *fmt, ...)
{
	char line[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	for (const char *p = line; *p != '\0'; p++)
		append(host_console, sizeof(host_console), *p);
}

/* --- help for tests --- */

void
frames_hold(size_t left)
{
	while (pmem_free_count() > left) {
		must(n_held < MAX_HELD);
		must_eq(pmem_alloc(&held[n_held++]), ERR_OK);
	}
}

void
frames_release(void)
{
	while (n_held > 0)
		pmem_free(held[--n_held]);
}

struct file *
open_ok(const char *path, int flags)
{
	struct file *f = NULL;
	err_t err = file_open(host_proc.cwd, path, flags, 0666, &f);

	if (err != ERR_OK)
		host_fail(__FILE__, __LINE__, "open %s: %d", path, err);
	return f;
}

err_t
open_err(const char *path, int flags)
{
	struct file *f;
	err_t err = file_open(host_proc.cwd, path, flags, 0666, &f);

	if (err == ERR_OK)
		file_put(f);
	return err;
}

void
file_make(const char *path, const void *data, size_t n)
{
	struct file *f = open_ok(path, O_WRONLY | O_CREAT | O_TRUNC);

	must_eq(file_write(f, data, n, false), n);
	file_put(f);
}

void
expect_contents(const char *path, const void *data, size_t n)
{
	struct file *f = open_ok(path, O_RDONLY);
	char *buf = malloc(n + 1);

	must_eq(file_read(f, buf, n + 1, false), n);
	ck_assert_mem_eq(buf, data, n);
	free(buf);
	file_put(f);
}
