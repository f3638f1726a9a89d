/* SPDX-License-Identifier: MIT */
/*
 * A terminal's line discipline, termios(3): what becomes of characters on their way from the
 * keyboard to readers, and from writers to the screen.  It knows nothing of processes, locks
 * or devices; fs/tty.c has those.
 */
#ifndef FAULTLINE_FS_LDISC_H
#define FAULTLINE_FS_LDISC_H

#include "sys/abi_tty.h"
#include "types.h"

#define LDISC_RING	4096		/* as Linux: a line is at most 4095 characters */

/*
 * One ring holds the finished lines and, after them, the line being typed:
 *
 *        tail            line         head
 *         |  ls -l \n  ps \n |  ech    |
 *         +--- readable -----+- edited -+
 *
 * In canonical mode (ICANON) a finished line ends in a cell with CELL_END; that of the end
 * of a file (^D) holds no character.  Until its line is finished a character can be erased.
 * Otherwise all is readable: line is head.
 */
struct ldisc {
	struct linux_termios termios;
	void (*put)(char c);		/* one character to the screen */
	uint32_t tail, line, head;	/* never wrapped: the place is the remainder */
	uint32_t column;		/* where the cursor is */
	uint32_t line_column;		/* and was when the first character was typed */
	bool literal;			/* the next character is no key (VLNEXT) */
	bool stopped;			/* VSTOP: writers wait */
	uint16_t ring[LDISC_RING];	/* character, and CELL_* */
};

#define CELL_END	0x100
#define CELL_EOF	0x200

/* The settings of a new terminal, as Linux' are; PUT writes one character. */
void ldisc_init(struct ldisc *l, void (*put)(char c));

/*
 * New settings.  What cannot be had is left out, and the speed stays as it is: a program
 * finds out by asking (tcsetattr(3)).
 */
void ldisc_set(struct ldisc *l, const struct linux_termios *t);

/* Character C was typed.  => the signal that it stands for, or 0 */
int ldisc_input(struct ldisc *l, char c);

/* A program has written C. */
void ldisc_output(struct ldisc *l, char c);

/* May a reader have something: characters, or the end of a file? */
bool ldisc_ready(const struct ldisc *l);

/* How many characters can be read, not counting ends of files. */
size_t ldisc_count(const struct ldisc *l);

/* The next characters, at most N: in canonical mode not beyond a line.  => how many */
size_t ldisc_peek(const struct ldisc *l, char *buf, size_t n);

/* Take N of them; the end of a file goes with the characters before it, or alone. */
void ldisc_skip(struct ldisc *l, size_t n);

/* Forget what has been typed and not been read. */
void ldisc_flush(struct ldisc *l);

#endif
