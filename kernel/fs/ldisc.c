/* SPDX-License-Identifier: MIT */
/*
 * The line discipline: see ldisc.h.  Keys, echo and their order are Linux'.
 */
#include "fs/ldisc.h"

#include "fs/lineedit.h"
#include "lib/string.h"
#include "panic.h"
#include "sys/abi_signal.h"

#define CTRL(c)		((c) & 0x1f)
#define BELL		'\a'

/*
 * What is kept of new settings.  Breaks and wrong parity do not happen on this line, so what
 * is to be done about them is done.
 */
#define IFLAGS	(IGNBRK | BRKINT | IGNPAR | INPCK | ISTRIP | INLCR | IGNCR | ICRNL | IXON | \
		 IXANY | IMAXBEL | IUTF8)
#define OFLAGS	(OPOST | ONLCR | OCRNL | ONOCR | ONLRET | TABDLY)
#define LFLAGS	(ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHONL | NOFLSH | TOSTOP | ECHOCTL | \
		 ECHOKE | IEXTEN)

static const struct linux_termios initial = {
	.c_iflag = ICRNL | IXON,
	.c_oflag = OPOST | ONLCR,
	.c_cflag = B38400 | CS8 | CREAD | HUPCL,
	.c_lflag = ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN,
	.c_cc = {
		[VINTR] = CTRL('C'), [VQUIT] = CTRL('\\'), [VERASE] = DELETE,
		[VKILL] = CTRL('U'), [VEOF] = CTRL('D'), [VMIN] = 1, [VSTART] = CTRL('Q'),
		[VSTOP] = CTRL('S'), [VSUSP] = CTRL('Z'), [VREPRINT] = CTRL('R'),
		[VDISCARD] = CTRL('O'), [VWERASE] = CTRL('W'), [VLNEXT] = CTRL('V'),
	},
};

/* Keys in the order in which they are looked for, and the flags that each needs. */
static const struct {
	uint8_t key;
	uint32_t iflag, lflag;
} keys[] = {
	{ VSTART, IXON, 0 },
	{ VSTOP, IXON, 0 },
	{ VINTR, 0, ISIG },
	{ VQUIT, 0, ISIG },
	{ VSUSP, 0, ISIG },
	{ VERASE, 0, ICANON },
	{ VKILL, 0, ICANON },
	{ VWERASE, 0, ICANON | IEXTEN },
	{ VLNEXT, 0, ICANON | IEXTEN },
	{ VREPRINT, 0, ICANON | IEXTEN | ECHO },
	{ VEOF, 0, ICANON },
	{ VEOL, 0, ICANON },
	{ VEOL2, 0, ICANON | IEXTEN },
};

#define NO_KEY	(-1)

void
ldisc_init(struct ldisc *l, void (*put)(char c))
{
	memset(l, 0, sizeof(*l));
	l->termios = initial;
	l->put = put;
}

void
ldisc_set(struct ldisc *l, const struct linux_termios *t)
{
	bool canonical = ldisc_has(l, ICANON);

	l->termios.c_iflag = t->c_iflag & IFLAGS;
	l->termios.c_oflag = t->c_oflag & OFLAGS;
	l->termios.c_lflag = t->c_lflag & LFLAGS;
	memcpy(l->termios.c_cc, t->c_cc, sizeof(t->c_cc));
	l->literal = false;
	if ((l->termios.c_iflag & IXON) == 0)
		l->stopped = false;
	if (ldisc_has(l, ICANON) == canonical)
		return;
	for (uint32_t pos = l->tail; pos != l->head; pos++)
		*ldisc_cell(l, pos) &= 0xff;
	if (ldisc_has(l, ICANON) && l->head != l->tail)
		*ldisc_cell(l, l->head - 1) |= CELL_END;
	l->line = l->head;
}

/* --- the edited line --- */

/* Add CELL at the end, leaving ROOM cells at least.  => false: rang the bell instead */
static bool
append(struct ldisc *l, uint16_t cell, uint32_t room)
{
	if (LDISC_RING - (l->head - l->tail) <= room) {
		l->put(BELL);
		return false;
	}
	if (l->head == l->line)
		l->line_column = l->column;
	*ldisc_cell(l, l->head++) = cell;
	return true;
}

/* An ordinary character. */
static void
take(struct ldisc *l, char c)
{
	bool canonical = ldisc_has(l, ICANON);

	if (!append(l, (uint8_t)c, canonical ? 1 : 0))	/* a line's end must still fit */
		return;
	ldisc_echo(l, c);
	if (!canonical)
		l->line = l->head;
}

/* The end of a line, or without lines a character whose echo is no ^J. */
static void
take_newline(struct ldisc *l)
{
	bool canonical = ldisc_has(l, ICANON);

	if (!append(l, canonical ? '\n' | CELL_END : '\n', 0))
		return;
	l->line = l->head;
	if (ldisc_has(l, ECHO) || (canonical && ldisc_has(l, ECHONL)))
		ldisc_output(l, '\n');
}

/* --- keys --- */

static int
find_key(const struct ldisc *l, char c)
{
	const struct linux_termios *t = &l->termios;

	for (size_t i = 0; i < array_len(keys); i++) {
		bool works = ldisc_has(l, keys[i].lflag) &&
		    (t->c_iflag & keys[i].iflag) == keys[i].iflag;

		if (works && c != '\0' && t->c_cc[keys[i].key] == (uint8_t)c)
			return keys[i].key;
	}
	return NO_KEY;
}

/* C is a key that stands for SIG. */
static int
interrupt(struct ldisc *l, char c, int sig)
{
	if (!ldisc_has(l, NOFLSH))
		ldisc_flush(l);
	l->stopped = false;
	ldisc_echo(l, c);
	return sig;
}

static int
press(struct ldisc *l, int key, char c)
{
	switch (key) {
	case VINTR:
		return interrupt(l, c, SIGINT);
	case VQUIT:
		return interrupt(l, c, SIGQUIT);
	case VSUSP:
		return interrupt(l, c, SIGTSTP);
	case VSTART:
	case VSTOP:
		l->stopped = key == VSTOP;
		return 0;
	case VERASE:
		ldisc_erase_char(l);
		return 0;
	case VKILL:
		ldisc_erase_line(l);
		return 0;
	case VWERASE:
		ldisc_erase_word(l);
		return 0;
	case VLNEXT:
		l->literal = true;
		if (ldisc_has(l, ECHO | ECHOCTL)) {
			l->put('^');
			l->put('\b');
		}
		return 0;
	case VREPRINT:
		ldisc_reprint(l);
		return 0;
	case VEOF:
		if (append(l, CELL_EOF | CELL_END, 0))
			l->line = l->head;
		return 0;
	default:			/* VEOL, VEOL2 */
		if (append(l, (uint8_t)c | CELL_END, 0)) {
			l->line = l->head;
			ldisc_echo(l, c);
		}
		return 0;
	}
}

/* What IGNCR, ICRNL and INLCR make of *C.  => false: nothing */
static bool
map_newline(const struct ldisc *l, char *c)
{
	const uint32_t flags = l->termios.c_iflag;

	if (*c == '\r' && (flags & IGNCR) != 0)
		return false;
	if (*c == '\r' && (flags & ICRNL) != 0)
		*c = '\n';
	else if (*c == '\n' && (flags & INLCR) != 0)
		*c = '\r';
	return true;
}

int
ldisc_input(struct ldisc *l, char c)
{
	int key;

	if ((l->termios.c_iflag & ISTRIP) != 0)
		c &= 0x7f;
	if (l->literal) {
		l->literal = false;
		take(l, c);
		return 0;
	}
	if (!map_newline(l, &c))
		return 0;
	key = find_key(l, c);
	if (key != NO_KEY)
		return press(l, key, c);
	if ((l->termios.c_iflag & IXANY) != 0)
		l->stopped = false;
	if (c == '\n')
		take_newline(l);
	else
		take(l, c);
	return 0;
}

/* --- reading --- */

bool
ldisc_ready(const struct ldisc *l)
{
	return l->tail != l->line;
}

size_t
ldisc_count(const struct ldisc *l)
{
	size_t n = 0;

	for (uint32_t pos = l->tail; pos != l->line; pos++)
		n += (*ldisc_cell(l, pos) & CELL_EOF) == 0;
	return n;
}

size_t
ldisc_peek(const struct ldisc *l, char *buf, size_t n)
{
	size_t len = 0;

	while (len < n && len < l->line - l->tail) {
		uint16_t cell = *ldisc_cell(l, l->tail + len);

		if ((cell & CELL_EOF) != 0)
			break;
		buf[len++] = (char)cell;
		if ((cell & CELL_END) != 0)
			break;
	}
	return len;
}

void
ldisc_skip(struct ldisc *l, size_t n)
{
	kassert(n <= l->line - l->tail);
	l->tail += n;
	if (l->tail == l->line || (*ldisc_cell(l, l->tail) & CELL_EOF) == 0)
		return;
	if (n == 0 || (*ldisc_cell(l, l->tail - 1) & CELL_END) == 0)
		l->tail++;
}

void
ldisc_flush(struct ldisc *l)
{
	l->tail = l->line = l->head;
}
