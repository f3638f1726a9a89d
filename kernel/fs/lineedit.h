/* SPDX-License-Identifier: MIT */
/*
 * The screen's half of the line discipline: what is shown of what is typed.  For ldisc.c.
 */
#ifndef FAULTLINE_FS_LINEEDIT_H
#define FAULTLINE_FS_LINEEDIT_H

#include "fs/ldisc.h"

#define DELETE	0x7f

/* Are all LFLAGS set? */
static inline bool
ldisc_has(const struct ldisc *l, uint32_t lflags)
{
	return (l->termios.c_lflag & lflags) == lflags;
}

static inline uint16_t *
ldisc_cell(const struct ldisc *l, uint32_t pos)
{
	return (uint16_t *)&l->ring[pos % LDISC_RING];
}

/* Show C as it was typed, control characters as ^X; nothing without ECHO. */
void ldisc_echo(struct ldisc *l, char c);

/* Take back the last character, word, or all of the edited line, and its echo. */
void ldisc_erase_char(struct ldisc *l);
void ldisc_erase_word(struct ldisc *l);
void ldisc_erase_line(struct ldisc *l);

/* Show the edited line once more. */
void ldisc_reprint(struct ldisc *l);

#endif
