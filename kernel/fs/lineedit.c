/* SPDX-License-Identifier: MIT */
/*
 * What a terminal shows: programs' output, the echo of what is typed, and how that goes when
 * it is taken back.
 */
#include "fs/lineedit.h"

#define TAB_WIDTH	8

static bool
is_control(char c)
{
	return (uint8_t)c < ' ' || c == DELETE;
}

/* Does C only go on with a character of several bytes? */
static bool
continues(const struct ldisc *l, char c)
{
	return (l->termios.c_iflag & IUTF8) != 0 && ((uint8_t)c & 0xc0) == 0x80;
}

/* --- output --- */

static void
put_blanks(struct ldisc *l, uint32_t n)
{
	while (n-- > 0)
		l->put(' ');
}

/* C goes to the screen: where is the cursor then? */
static void
advance(struct ldisc *l, char c)
{
	switch (c) {
	case '\n':
		if ((l->termios.c_oflag & (ONLCR | ONLRET)) != 0)
			l->column = 0;
		break;
	case '\r':
		l->column = 0;
		break;
	case '\b':
		l->column -= l->column > 0;
		break;
	case '\t':
		l->column += TAB_WIDTH - l->column % TAB_WIDTH;
		break;
	default:
		l->column += !is_control(c) && !continues(l, c);
	}
}

/* C goes out as OPOST's flags have it. */
static void
process(struct ldisc *l, char c)
{
	const uint32_t flags = l->termios.c_oflag;
	uint32_t before = l->column;

	if (c == '\r' && (flags & ONOCR) != 0 && before == 0)
		return;
	if (c == '\r' && (flags & OCRNL) != 0)
		c = '\n';
	else if (c == '\n' && (flags & ONLCR) != 0)
		l->put('\r');
	advance(l, c);
	if (c == '\t' && (flags & TABDLY) == TABDLY)
		put_blanks(l, l->column - before);
	else
		l->put(c);
}

void
ldisc_output(struct ldisc *l, char c)
{
	if ((l->termios.c_oflag & OPOST) != 0)
		process(l, c);
	else
		l->put(c);
}

void
ldisc_echo(struct ldisc *l, char c)
{
	if (!ldisc_has(l, ECHO))
		return;
	if (is_control(c) && c != '\t' && ldisc_has(l, ECHOCTL)) {
		ldisc_output(l, '^');
		c ^= '@';
	}
	ldisc_output(l, c);
}

/* --- editing --- */

/* How wide the echo of C is, at COLUMN. */
static uint32_t
width(const struct ldisc *l, char c, uint32_t column)
{
	if (c == '\t')
		return TAB_WIDTH - column % TAB_WIDTH;
	if (is_control(c))
		return ldisc_has(l, ECHOCTL) ? 2 : 0;
	return continues(l, c) ? 0 : 1;
}

/* Where the echo of the edited line ends. */
static uint32_t
line_end(const struct ldisc *l)
{
	uint32_t column = l->line_column;

	for (uint32_t pos = l->line; pos != l->head; pos++)
		column += width(l, (char)*ldisc_cell(l, pos), column);
	return column;
}

/* Take back the last character of the edited line, which is not empty, and its echo. */
static void
rub_out(struct ldisc *l)
{
	uint32_t end = line_end(l);
	char c;

	do {
		c = (char)*ldisc_cell(l, --l->head);
	} while (continues(l, c) && l->head != l->line);
	if (!ldisc_has(l, ECHO))
		return;
	for (uint32_t n = end - line_end(l); n > 0; n--) {
		ldisc_output(l, '\b');
		if (c == '\t')
			continue;
		ldisc_output(l, ' ');
		ldisc_output(l, '\b');
	}
}

void
ldisc_erase_char(struct ldisc *l)
{
	if (l->head == l->line)
		return;
	if (ldisc_has(l, ECHO | ECHOE) || !ldisc_has(l, ECHO)) {
		rub_out(l);
		return;
	}
	l->head--;
	ldisc_echo(l, l->termios.c_cc[VERASE]);
}

static bool
is_word(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    c == '_' || (uint8_t)c >= 0x80;
}

void
ldisc_erase_word(struct ldisc *l)
{
	bool in_word = false;

	while (l->head != l->line) {
		bool word = is_word((char)*ldisc_cell(l, l->head - 1));

		if (in_word && !word)
			break;
		in_word = word;
		rub_out(l);
	}
}

void
ldisc_erase_line(struct ldisc *l)
{
	if (ldisc_has(l, ECHOE | ECHOK | ECHOKE) || !ldisc_has(l, ECHO)) {
		while (l->head != l->line)
			rub_out(l);
		return;
	}
	l->head = l->line;
	ldisc_echo(l, l->termios.c_cc[VKILL]);
	if (ldisc_has(l, ECHOK))
		ldisc_output(l, '\n');
}

void
ldisc_reprint(struct ldisc *l)
{
	ldisc_echo(l, l->termios.c_cc[VREPRINT]);
	ldisc_output(l, '\n');
	l->line_column = l->column;
	for (uint32_t pos = l->line; pos != l->head; pos++)
		ldisc_echo(l, (char)*ldisc_cell(l, pos));
}
