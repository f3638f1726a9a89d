/* SPDX-License-Identifier: MIT */
/*
 * The line discipline by itself: keys, echo, the ways to read, output.
 * host-test: kernel/fs/ldisc.c kernel/fs/lineedit.c kernel/mm/pmem.c kernel/lock.c
 * host-test: tests/host/fakes.c
 */
#include "host.h"

#include "fs/ldisc.h"
#include "sys/abi_signal.h"

static struct ldisc l;
static char screen[8192], text[8192];

static void
put(char c)
{
	size_t len = strlen(screen);

	ck_assert_uint_lt(len + 1, sizeof(screen));
	screen[len] = c;
	screen[len + 1] = '\0';
}

static void
setup(void)
{
	screen[0] = '\0';
	ldisc_init(&l, put);
}

/* Type KEYS, none of which is to send a signal. */
static void
type(const char *keys)
{
	for (; *keys != '\0'; keys++)
		ck_assert_int_eq(ldisc_input(&l, *keys), 0);
}

static void
expect_screen(const char *want)
{
	ck_assert_str_eq(screen, want);
	screen[0] = '\0';
}

/* A read of N bytes gives WANT. */
static void
expect_read(size_t n, const char *want)
{
	size_t got = ldisc_peek(&l, text, n);

	text[got] = '\0';
	ck_assert_str_eq(text, want);
	ldisc_skip(&l, got);
}

/* Change the settings: flags to clear and to set. */
static void
change(uint32_t *flags, uint32_t clear, uint32_t set)
{
	struct linux_termios t = l.termios;
	uint32_t *at = (uint32_t *)((char *)&t + ((char *)flags - (char *)&l.termios));

	*at = (*at & ~clear) | set;
	ldisc_set(&l, &t);
}

static void
set_key(int key, char c)
{
	struct linux_termios t = l.termios;

	t.c_cc[key] = (uint8_t)c;
	ldisc_set(&l, &t);
}

START_TEST(test_erase_word)
{
	setup();
	type("one two_2 +\x17");
	expect_screen("one two_2 +\b \b\b \b\b \b\b \b\b \b\b \b\b \b");
	type("\x17\x17\x17x\n");
	expect_read(100, "x\n");
}
END_TEST

START_TEST(test_erase_tab)
{
	setup();
	type("\tab\t\177\177");
	expect_screen("\tab\t\b\b\b\b\b\b\b \b");
	type("\177\177");
	expect_screen("\b \b\b\b\b\b\b\b\b\b");
	for (const char *c = "prompt> "; *c != '\0'; c++)
		ldisc_output(&l, *c);
	screen[0] = '\0';
	type("abc\t\177");		/* the prompt counts */
	expect_screen("abc\t\b\b\b\b\b");
}
END_TEST

START_TEST(test_erase_control)
{
	setup();
	type("\x01\177");
	expect_screen("^A\b \b\b \b");
	change(&l.termios.c_lflag, ECHOCTL, 0);
	type("\x01\177");
	expect_screen("\x01");
}
END_TEST

START_TEST(test_erase_utf8)
{
	setup();
	type("a\xc3\xa4\177");
	expect_screen("a\xc3\xa4\b \b");
	type("\n");
	expect_read(100, "a\xc3\n");
	screen[0] = '\0';
	change(&l.termios.c_iflag, 0, IUTF8);
	type("a\xe2\x82\xac\177\n");
	expect_screen("a\xe2\x82\xac\b \b\r\n");
	expect_read(100, "a\n");
}
END_TEST

START_TEST(test_erase_without_echoe)
{
	setup();
	change(&l.termios.c_lflag, ECHOE, 0);
	type("ab\177");
	expect_screen("ab^?");
	type("\x15");
	expect_screen("^U\r\n");
	type("c\n");
	expect_read(100, "c\n");
	change(&l.termios.c_lflag, ECHO, 0);
	screen[0] = '\0';
	type("xy\177z\x17w\n");
	expect_screen("");
	expect_read(100, "w\n");
}
END_TEST

START_TEST(test_literal)
{
	setup();
	type("\x16\x03\x16\n\x16\x04!\n");
	expect_screen("^\b^C^\b^J^\b^D!\r\n");
	expect_read(100, "\x03\n\x04!\n");
}
END_TEST

START_TEST(test_reprint)
{
	setup();
	type("ab\x12");
	expect_screen("ab^R\r\nab");
}
END_TEST

START_TEST(test_signals)
{
	static const struct { char key; int sig; } keys[] = {
		{ 'C' & 31, SIGINT }, { '\\' & 31, SIGQUIT }, { 'Z' & 31, SIGTSTP },
	};

	setup();
	for (size_t i = 0; i < array_len(keys); i++) {
		type("done\nhalf");
		ck_assert_int_eq(ldisc_input(&l, keys[i].key), keys[i].sig);
		ck_assert(!ldisc_ready(&l));
		type("\n");
		expect_read(100, "\n");
	}
	change(&l.termios.c_lflag, 0, NOFLSH);
	type("done\nhalf");
	screen[0] = '\0';
	ck_assert_int_eq(ldisc_input(&l, 3), SIGINT);
	expect_screen("^C");
	type("way\n");
	expect_read(100, "done\n");
	expect_read(100, "halfway\n");
	change(&l.termios.c_lflag, ISIG, 0);
	type("\x03\x1a\n");
	expect_read(100, "\x03\x1a\n");
}
END_TEST

START_TEST(test_other_keys)
{
	setup();
	set_key(VINTR, 'q');
	set_key(VEOL, ';');
	set_key(VERASE, '\0');
	ck_assert_int_eq(ldisc_input(&l, 'q'), SIGINT);
	type("\x03\177;");
	expect_screen("q^C^?;");
	expect_read(100, "\x03\177;");
	set_key(VEOF, '\0');
	type("\x04\n");
	expect_read(100, "\x04\n");
}
END_TEST

START_TEST(test_newlines)
{
	setup();
	type("a\rb\n");
	expect_read(100, "a\n");
	expect_read(100, "b\n");
	change(&l.termios.c_iflag, ICRNL, IGNCR);
	type("a\rb\n");
	expect_read(100, "ab\n");
	change(&l.termios.c_iflag, IGNCR, INLCR);
	type("a\n\r\x04");
	expect_read(100, "a\r\r");
}
END_TEST

START_TEST(test_end_of_file)
{
	setup();
	type("half\x04");
	expect_read(2, "ha");
	expect_read(2, "lf");
	ck_assert(!ldisc_ready(&l));		/* it went with the last character */
	type("line\n\x04\x04");
	ck_assert_uint_eq(ldisc_count(&l), 5);
	expect_read(5, "line\n");
	ck_assert(ldisc_ready(&l));
	expect_read(100, "");
	expect_read(100, "");
	ck_assert(!ldisc_ready(&l));
}
END_TEST

START_TEST(test_raw)
{
	setup();
	type("edited");
	ck_assert(!ldisc_ready(&l));
	change(&l.termios.c_lflag, ICANON, 0);
	ck_assert_uint_eq(ldisc_count(&l), 6);		/* all that is there can be read now */
	expect_read(3, "edi");
	type("\177\x04\r\x15");
	expect_read(100, "ted\177\x04\n\x15");
	type("ab");
	change(&l.termios.c_lflag, 0, ICANON);
	ck_assert(ldisc_ready(&l));			/* and counts as a line afterwards */
	type("cd\n");
	expect_read(100, "ab");
	expect_read(100, "cd\n");
	type("x\x04");
	change(&l.termios.c_lflag, ICANON, 0);
	ck_assert_uint_eq(ldisc_peek(&l, text, 10), 2);	/* an end of file becomes a zero */
	ck_assert_mem_eq(text, "x", 2);
}
END_TEST

START_TEST(test_raw_full)
{
	setup();
	change(&l.termios.c_lflag, ICANON | ECHO, 0);
	for (int i = 0; i < LDISC_RING + 3; i++)
		ldisc_input(&l, 'k');
	ck_assert_uint_eq(ldisc_count(&l), LDISC_RING);
	expect_screen("\a\a\a");
}
END_TEST

START_TEST(test_echonl)
{
	setup();
	change(&l.termios.c_lflag, ECHO, ECHONL);
	type("secret\n");
	expect_screen("\r\n");
}
END_TEST

START_TEST(test_flow)
{
	setup();
	type("\x13");
	ck_assert(l.stopped);
	type("x");
	ck_assert(l.stopped);
	type("\x11");
	ck_assert(!l.stopped);
	change(&l.termios.c_iflag, 0, IXANY);
	type("\x13y");
	ck_assert(!l.stopped);
	type("\x13");
	ck_assert_int_eq(ldisc_input(&l, 3), SIGINT);
	ck_assert(!l.stopped);
	type("\x13");
	change(&l.termios.c_iflag, IXON, 0);		/* what could start it again is gone */
	ck_assert(!l.stopped);
	type("\x13\n");
	expect_read(100, "\x13\n");
}
END_TEST

static void
write_text(const char *s)
{
	for (; *s != '\0'; s++)
		ldisc_output(&l, *s);
}

START_TEST(test_output)
{
	setup();
	write_text("a\nb\r\tc");
	expect_screen("a\r\nb\r\tc");
	change(&l.termios.c_oflag, 0, TABDLY);
	write_text("\rabc\td\b\b\t|");
	expect_screen("\rabc     d\b\b |");
	change(&l.termios.c_oflag, ONLCR | TABDLY, OCRNL | ONOCR | ONLRET);
	write_text("\n\rx\r\n");
	expect_screen("\nx\n\n");
	change(&l.termios.c_oflag, OPOST, 0);
	write_text("\n\r\t");
	expect_screen("\n\r\t");
}
END_TEST

START_TEST(test_settings)
{
	struct linux_termios t;

	setup();
	memset(&t, 0xff, sizeof(t));
	ldisc_set(&l, &t);
	ck_assert_uint_eq(l.termios.c_lflag & 0010000, 0);	/* FLUSHO, which nobody has */
	ck_assert_uint_eq(l.termios.c_lflag & TOSTOP, TOSTOP);
	ck_assert_uint_eq(l.termios.c_cflag, B38400 | CS8 | CREAD | HUPCL);
	change(&l.termios.c_iflag, ~0u, ISTRIP);
	change(&l.termios.c_lflag, ~0u, ICANON);
	set_key(VEOL, 'x');
	ldisc_input(&l, (char)('a' | 0x80));
	ldisc_input(&l, 'x');
	expect_read(10, "ax");
}
END_TEST

HOST_MAIN("ldisc", test_erase_word, test_erase_tab, test_erase_control, test_erase_utf8,
    test_erase_without_echoe, test_literal, test_reprint, test_signals, test_other_keys,
    test_newlines, test_end_of_file, test_raw, test_raw_full, test_echonl, test_flow, test_output,
    test_settings)
