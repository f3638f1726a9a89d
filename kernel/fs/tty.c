/* SPDX-License-Identifier: MIT */
/*
 * The console's line discipline: what termios(3) calls canonical mode, always.
 *
 * One ring holds the finished lines and, after them, the line being typed:
 *
 *        tail            line         head
 *         |  ls -l \n  ps \n |  ech    |
 *         +--- readable -----+- edited -+
 *
 * A finished line ends in a newline, or in END_OF_FILE where ^D was typed; that
 * byte is never read.  Until its line is finished a character can be erased.
 */
#include "fs/tty.h"

#include "lib/string.h"
#include "panic.h"
#include "proc.h"
#include "sched.h"
#include "sys/abi_poll.h"
#include "sys/abi_signal.h"
#include "x86/serial.h"

#define RING_SIZE	4096		/* as Linux: a line is at most 4095 characters */

#define CTRL(c)		((c) & 0x1f)
#define BELL		'\a'
#define DELETE		0x7f
#define END_OF_FILE	CTRL('D')

/* termios(3) bits and indexes that tty_ioctl shows. */
#define ICRNL		0000400
#define OPOST		0000001
#define ONLCR		0000004
#define CS8		0000060
#define CREAD		0000200
#define B38400		0000017
#define ISIG		0000001
#define ICANON		0000002
#define ECHO		0000010
#define ECHOE		0000020
#define ECHOK		0000040
#define ECHOCTL		0001000
#define ECHOKE		0004000
enum { VINTR = 0, VERASE = 2, VKILL = 3, VEOF = 4, VMIN = 6 };

#define WINDOW_ROWS	24
#define WINDOW_COLS	80

struct tty {
	struct spinlock lock;
	/* lock */
	struct waitq readers;
	struct pollq pollers;
	uint32_t tail, line, head;	/* never wrapped: the place is the remainder */
	pid_t pgid;			/* foreground group, 0: none; ^C goes there */
	char ring[RING_SIZE];
};

static struct tty tty;

void
tty_init(void)
{
	spin_init(&tty.lock, "tty");
	waitq_init(&tty.readers);
	pollq_init(&tty.pollers);
}

static char *
ring_at(uint32_t pos)
{
	return &tty.ring[pos % RING_SIZE];
}

static void
output(char c)
{
	if (c == '\n')
		serial_putc('\r');
	serial_putc(c);
}

static bool
is_control(char c)
{
	return (uint8_t)c < ' ' || c == DELETE;
}

/* Control characters show as ^X. */
static void
echo(char c)
{
	if (is_control(c)) {
		output('^');
		c ^= '@';
	}
	output(c);
}

/* Take back the last character of the edited line, if there is one. */
static void
erase(void)
{
	if (tty.head == tty.line)
		return;
	tty.head--;
	for (int cols = is_control(*ring_at(tty.head)) ? 2 : 1; cols > 0; cols--) {
		output('\b');
		output(' ');
		output('\b');
	}
}

/* Add C at the end, leaving ROOM bytes at least.  => false: rang the bell instead */
static bool
append(char c, uint32_t room)
{
	if (RING_SIZE - (tty.head - tty.tail) <= room) {
		output(BELL);
		return false;
	}
	*ring_at(tty.head++) = c;
	return true;
}

/* End the edited line with C: it can be read now. */
static void
finish_line(char c)
{
	if (!append(c, 0))
		return;
	if (c == '\n')
		output(c);
	tty.line = tty.head;
	waitq_wake(&tty.readers);
	pollq_wake(&tty.pollers);
}

/* Take in one character.  => true: the foreground group is to be interrupted */
static bool
input(char c)
{
	switch (c) {
	case '\b':
	case DELETE:
		erase();
		return false;
	case CTRL('U'):
		while (tty.head != tty.line)
			erase();
		return false;
	case CTRL('C'):
		tty.tail = tty.line = tty.head = 0;
		echo(c);
		output('\n');
		return true;
	case '\r':
	case '\n':
		finish_line('\n');
		return false;
	case END_OF_FILE:
		finish_line(c);
		return false;
	default:
		if (append(c, 1))	/* the line's end must still fit */
			echo(c);
		return false;
	}
}

static void
interrupt_group(pid_t pgid)
{
	err_t err = proc_kill_group(pgid, SIGINT);

	kassert(err == ERR_OK || err == ERR_SRCH);
}

void
tty_interrupt(void)
{
	int c;

	while ((c = serial_getc()) >= 0) {
		pid_t pgid = 0;

		spin_lock(&tty.lock);
		if (input(c))
			pgid = tty.pgid;
		spin_unlock(&tty.lock);
		if (pgid != 0)		/* comes before tty.lock in the lock order */
			interrupt_group(pgid);
	}
}

unsigned
tty_poll(struct watch *w)
{
	unsigned ready = POLLOUT | POLLWRNORM;

	spin_lock(&tty.lock);
	pollq_add(&tty.pollers, w);
	if (tty.tail != tty.line)
		ready |= POLLIN | POLLRDNORM;
	spin_unlock(&tty.lock);
	return ready;
}

ssize_t
tty_peek(void *buf, size_t n, bool nowait)
{
	char *dst = buf;
	size_t len = 0;
	err_t err = ERR_OK;

	spin_lock(&tty.lock);
	while (tty.tail == tty.line && err == ERR_OK)
		err = nowait ? ERR_AGAIN : waitq_wait(&tty.readers, &tty.lock);
	while (err == ERR_OK && len < n && len < tty.line - tty.tail) {
		char c = *ring_at(tty.tail + len);

		if (c == END_OF_FILE)
			break;
		dst[len++] = c;
		if (c == '\n')
			break;
	}
	spin_unlock(&tty.lock);
	return err == ERR_OK ? (ssize_t)len : err;
}

void
tty_skip(size_t n)
{
	spin_lock(&tty.lock);
	kassert(n <= tty.line - tty.tail);
	tty.tail += n;
	/* The end of a file goes with the line that it ends, which may be empty. */
	if (tty.tail != tty.line && *ring_at(tty.tail) == END_OF_FILE &&
	    (n == 0 || *ring_at(tty.tail - 1) != '\n'))
		tty.tail++;
	spin_unlock(&tty.lock);
}

ssize_t
tty_write(const void *buf, size_t n)
{
	const char *src = buf;

	spin_lock(&tty.lock);
	for (size_t i = 0; i < n; i++)
		output(src[i]);
	spin_unlock(&tty.lock);
	return n;
}

static void
fill_termios(struct linux_termios *t)
{
	memset(t, 0, sizeof(*t));
	t->c_iflag = ICRNL;
	t->c_oflag = OPOST | ONLCR;
	t->c_cflag = B38400 | CS8 | CREAD;
	t->c_lflag = ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE;
	t->c_cc[VINTR] = CTRL('C');
	t->c_cc[VERASE] = DELETE;
	t->c_cc[VKILL] = CTRL('U');
	t->c_cc[VEOF] = END_OF_FILE;
	t->c_cc[VMIN] = 1;
}

/* Make group PGID the one that ^C goes to. */
static err_t
set_foreground(pid_t pgid)
{
	err_t err;

	if (pgid <= 0)
		return ERR_INVAL;
	err = proc_kill_group(pgid, 0);		/* only asks whether there is one */
	if (err != ERR_OK)
		return err;
	spin_lock(&tty.lock);
	tty.pgid = pgid;
	spin_unlock(&tty.lock);
	return ERR_OK;
}

err_t
tty_ioctl(unsigned cmd, union ioctl_arg *arg)
{
	switch (cmd) {
	case TCGETS:
		fill_termios(&arg->termios);
		return ERR_OK;
	case TIOCGPGRP:
		spin_lock(&tty.lock);
		arg->pgid = tty.pgid;
		spin_unlock(&tty.lock);
		return ERR_OK;
	case FIONREAD:
		spin_lock(&tty.lock);
		arg->number = tty.line - tty.tail;
		spin_unlock(&tty.lock);
		return ERR_OK;
	case TIOCSPGRP:
		return set_foreground(arg->pgid);
	case TIOCGWINSZ:
		arg->winsize = (struct linux_winsize){
			.ws_row = WINDOW_ROWS,
			.ws_col = WINDOW_COLS,
		};
		return ERR_OK;
	default:
		return ERR_NOTTY;
	}
}
