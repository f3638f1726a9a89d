/* SPDX-License-Identifier: MIT */
/*
 * The console as a device: the line discipline (ldisc.c) between the first serial port and
 * those who read and write.  Output goes to the port at once, so there is never any left.
 */
#include "fs/tty.h"

#include "clock.h"
#include "fs/ctty.h"
#include "fs/ldisc.h"
#include "lib/string.h"
#include "sched.h"
#include "sys/abi_poll.h"
#include "sys/abi_signal.h"
#include "x86/serial.h"

#define NSEC_PER_VTIME	(NSEC_PER_SEC / 10)

#define WINDOW_ROWS	24
#define WINDOW_COLS	80

static struct tty {
	struct spinlock lock;
	/* lock */
	struct waitq readers, writers;	/* these wait while output is stopped (^S) */
	struct pollq pollers;
	struct ldisc ldisc;
	struct linux_winsize window;
} tty;

void
tty_init(void)
{
	spin_init(&tty.lock, "tty");
	waitq_init(&tty.readers);
	waitq_init(&tty.writers);
	pollq_init(&tty.pollers);
	ldisc_init(&tty.ldisc, serial_putc);
	tty.window = (struct linux_winsize){ .ws_row = WINDOW_ROWS, .ws_col = WINDOW_COLS };
}

/* Something may have changed for those who wait. */
static void
wake_all(void) REQUIRES(tty.lock)
{
	waitq_wake(&tty.readers);
	waitq_wake(&tty.writers);
	pollq_wake(&tty.pollers);
}

void
tty_interrupt(void)
{
	int c;

	while ((c = serial_getc()) >= 0) {
		int sig;

		spin_lock(&tty.lock);
		sig = ldisc_input(&tty.ldisc, c);
		wake_all();
		spin_unlock(&tty.lock);
		if (sig != 0)		/* proc_lock comes before tty.lock in the lock order */
			ctty_signal(sig);
	}
}

/* --- reading --- */

/* How many characters must have come for a reader of N to be satisfied at once. */
static size_t
enough(size_t n)
{
	size_t vmin = tty.ldisc.termios.c_cc[VMIN];

	return min(n, max(vmin, (size_t)1));
}

/*
 * When a reader need not wait any longer, in clock_now's time: VTIME from now on, with VMIN
 * only once a character has come.
 */
static uint64_t
read_deadline(void)
{
	const uint8_t *cc = tty.ldisc.termios.c_cc;

	if (cc[VMIN] > 0 && (cc[VTIME] == 0 || !ldisc_ready(&tty.ldisc)))
		return UINT64_MAX;
	return clock_now() + cc[VTIME] * NSEC_PER_VTIME;
}

static bool
is_canonical(void)
{
	return (tty.ldisc.termios.c_lflag & ICANON) != 0;
}

static err_t
wait_for_line(bool nowait) REQUIRES(tty.lock)
{
	err_t err = ERR_OK;

	while (err == ERR_OK && is_canonical() && !ldisc_ready(&tty.ldisc))
		err = nowait ? ERR_AGAIN : waitq_wait(&tty.readers, &tty.lock);
	return err;
}

/* Wait for N characters, or for fewer as VMIN and VTIME have it. */
static err_t
wait_for_chars(size_t n, bool nowait) REQUIRES(tty.lock)
{
	uint64_t deadline = read_deadline();
	size_t count, before = ldisc_count(&tty.ldisc);

	while (!is_canonical() && (count = ldisc_count(&tty.ldisc)) < enough(n)) {
		err_t err;

		if (count != before && tty.ldisc.termios.c_cc[VMIN] > 0)
			deadline = read_deadline();
		before = count;
		if (clock_now() >= deadline)
			break;
		if (nowait)
			return count > 0 ? ERR_OK : ERR_AGAIN;
		err = waitq_wait_until(&tty.readers, &tty.lock, deadline);
		if (err == ERR_INTR)
			return ldisc_ready(&tty.ldisc) ? ERR_OK : ERR_INTR;
	}
	return ERR_OK;
}

/* Wait until a reader of N characters may have what there is.  => ERR_AGAIN, ERR_INTR */
static err_t
wait_for_input(size_t n, bool nowait) REQUIRES(tty.lock)
{
	bool canonical;
	err_t err;

	do {
		canonical = is_canonical();
		err = canonical ? wait_for_line(nowait) : wait_for_chars(n, nowait);
	} while (err == ERR_OK && canonical != is_canonical());	/* changed while we waited */
	return err;
}

ssize_t
tty_peek(void *buf, size_t n, bool nowait)
{
	ssize_t len = 0;
	err_t err = ctty_check(SIGTTIN);

	if (err != ERR_OK)
		return err;
	spin_lock(&tty.lock);
	err = wait_for_input(n, nowait);
	if (err == ERR_OK)
		len = ldisc_peek(&tty.ldisc, buf, n);
	spin_unlock(&tty.lock);
	return err == ERR_OK ? len : err;
}

void
tty_skip(size_t n)
{
	spin_lock(&tty.lock);
	ldisc_skip(&tty.ldisc, n);
	spin_unlock(&tty.lock);
}

unsigned
tty_poll(struct watch *w)
{
	const struct ldisc *l = &tty.ldisc;
	unsigned ready = 0;
	size_t need = 0;

	spin_lock(&tty.lock);
	pollq_add(&tty.pollers, w);
	if (!l->stopped)
		ready |= POLLOUT | POLLWRNORM;
	if (!is_canonical() && l->termios.c_cc[VTIME] == 0)
		need = l->termios.c_cc[VMIN];
	if (ldisc_ready(l) && ldisc_count(l) >= need)
		ready |= POLLIN | POLLRDNORM;
	spin_unlock(&tty.lock);
	return ready;
}

/* --- writing --- */

ssize_t
tty_write(unused_arg const struct device *dev, const void *buf, size_t n, bool nowait)
{
	const char *src = buf;
	size_t done = 0;
	err_t err = ERR_OK;

	if ((tty.ldisc.termios.c_lflag & TOSTOP) != 0 && (err = ctty_check(SIGTTOU)) != ERR_OK)
		return err;
	spin_lock(&tty.lock);
	while (tty.ldisc.stopped && err == ERR_OK)
		err = nowait ? ERR_AGAIN : waitq_wait(&tty.writers, &tty.lock);
	for (; err == ERR_OK && done < n; done++)
		ldisc_output(&tty.ldisc, src[done]);
	spin_unlock(&tty.lock);
	return err == ERR_OK ? (ssize_t)n : err;
}

/* --- settings --- */

/* TCSETS, TCSETSW, TCSETSF: nothing waits to be written. */
static void
set_termios(unsigned cmd, const struct linux_termios *t) REQUIRES(tty.lock)
{
	if (cmd == TCSETSF)
		ldisc_flush(&tty.ldisc);
	ldisc_set(&tty.ldisc, t);
	wake_all();
}

/* TCFLSH.  => ERR_INVAL */
static err_t
flush(int what) REQUIRES(tty.lock)
{
	if (what < TCIFLUSH || what > TCIOFLUSH)
		return ERR_INVAL;
	if (what != TCOFLUSH)
		ldisc_flush(&tty.ldisc);
	return ERR_OK;
}

/* TCXONC.  => ERR_INVAL */
static err_t
flow(int what) REQUIRES(tty.lock)
{
	const uint8_t *cc = tty.ldisc.termios.c_cc;

	switch (what) {
	case TCOOFF:
	case TCOON:
		tty.ldisc.stopped = what == TCOOFF;
		wake_all();
		return ERR_OK;
	case TCIOFF:
	case TCION:
		serial_putc(cc[what == TCIOFF ? VSTOP : VSTART]);
		return ERR_OK;
	default:
		return ERR_INVAL;
	}
}

/* => true: it has changed */
static bool
set_window(const struct linux_winsize *w) REQUIRES(tty.lock)
{
	bool changed = memcmp(&tty.window, w, sizeof(*w)) != 0;

	tty.window = *w;
	return changed;
}

/* What is done under the lock.  *SIG is to be sent to the foreground group. */
static err_t
ioctl_locked(unsigned cmd, union ioctl_arg *arg, int *sig) REQUIRES(tty.lock)
{
	switch (cmd) {
	case TCGETS:
		arg->termios = tty.ldisc.termios;
		return ERR_OK;
	case TCSETS:
	case TCSETSW:
	case TCSETSF:
		set_termios(cmd, &arg->termios);
		return ERR_OK;
	case TCFLSH:
		return flush(arg->number);
	case TCXONC:
		return flow(arg->number);
	case TCSBRK:		/* wait for output, of which there is none, or send a break */
	case TCSBRKP:
		return ERR_OK;
	case FIONREAD:
		arg->number = ldisc_count(&tty.ldisc);
		return ERR_OK;
	case TIOCOUTQ:
		arg->number = 0;
		return ERR_OK;
	case TIOCGWINSZ:
		arg->winsize = tty.window;
		return ERR_OK;
	case TIOCSWINSZ:
		*sig = set_window(&arg->winsize) ? SIGWINCH : 0;
		return ERR_OK;
	default:
		return ERR_NOTTY;
	}
}

/* Does CMD change something that a background process must not change? */
static bool
disturbs(unsigned cmd)
{
	switch (cmd) {
	case TCSETS:
	case TCSETSW:
	case TCSETSF:
	case TCFLSH:
	case TCXONC:
	case TCSBRK:
	case TCSBRKP:
		return true;
	default:
		return false;
	}
}

err_t
tty_ioctl(unsigned cmd, union ioctl_arg *arg)
{
	int sig = 0;
	err_t err = ctty_ioctl(cmd, arg);

	if (err != ERR_NOTTY)
		return err;
	if (disturbs(cmd) && (err = ctty_check(SIGTTOU)) != ERR_OK)
		return err;
	spin_lock(&tty.lock);
	err = ioctl_locked(cmd, arg, &sig);
	spin_unlock(&tty.lock);
	if (sig != 0)
		ctty_signal(sig);
	return err;
}
