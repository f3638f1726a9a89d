/* SPDX-License-Identifier: MIT */
/*
 * The console's line discipline.
 * host-test: FS MM tests/host/fakes.c tests/host/fakes_fs.c
 */
#include "fs_host.h"

#include "fs/tty.h"

static struct file *tty;
static char line[8192];

static void
setup(void)
{
	fs_host_init();
	tty = open_ok("/dev/console", O_RDWR);
}

static void
type(const char *keys)
{
	host_serial_in = keys;
	tty_interrupt();
	ck_assert_int_eq(*host_serial_in, '\0');
}

/* The next read of N bytes must give TEXT. */
static void
expect_read(size_t n, const char *text)
{
	ck_assert_int_eq(file_read(tty, line, n, true), strlen(text));
	ck_assert_mem_eq(line, text, strlen(text));
}

static void
expect_nothing(void)
{
	ck_assert_int_eq(file_read(tty, line, 1, true), ERR_AGAIN);
}

static void
expect_echo(const char *text)
{
	ck_assert_str_eq(host_serial_out, text);
	host_serial_out[0] = '\0';
}

START_TEST(test_lines)
{
	setup();
	type("ls");
	expect_nothing();
	type(" -l\rnext\n");
	expect_echo("ls -l\r\nnext\r\n");
	expect_read(100, "ls -l\n");
	expect_read(2, "ne");
	expect_read(100, "xt\n");
	expect_nothing();
}
END_TEST

START_TEST(test_erase)
{
	setup();
	type("ax\bb\177\177\177\177c\n");
	expect_echo("ax\b \bb\b \b\b \bc\r\n");
	expect_read(100, "c\n");
	type("one\ntwo\x15" "3\n");
	expect_echo("one\r\ntwo\b \b\b \b\b \b3\r\n");
	expect_read(100, "one\n");
	expect_read(100, "3\n");
	type("\x01\t\b\b");
	expect_echo("^A^I\b \b\b \b\b \b\b \b");
}
END_TEST

START_TEST(test_end_of_file)
{
	setup();
	type("\x04");
	expect_read(100, "");
	expect_nothing();
	type("half\x04");
	expect_read(100, "half");
	expect_nothing();
	type("full\n\x04rest\n");
	expect_read(100, "full\n");
	expect_read(100, "");
	expect_read(100, "rest\n");
	type("abc\x04");
	expect_read(3, "abc");
	expect_nothing();
	expect_echo("halffull\r\nrest\r\nabc");
}
END_TEST

START_TEST(test_interrupt)
{
	union ioctl_arg arg = { .pgid = host_proc.pgid };

	setup();
	type("x\x03");
	ck_assert_int_eq(host_killed_group, 0);		/* there is no foreground group yet */
	ck_assert_int_eq(file_ioctl(tty, TIOCSPGRP, &arg), ERR_OK);
	type("line\nhalf\x03rest\n");
	expect_echo("x^C\r\nline\r\nhalf^C\r\nrest\r\n");
	ck_assert_int_eq(host_killed_group, host_proc.pgid);
	ck_assert_int_eq(host_signal, SIGINT);
	expect_read(100, "rest\n");
	expect_nothing();
	host_proc.pgid = 99;				/* the group has gone: nobody hears it */
	host_killed_group = 0;
	type("\x03");
	ck_assert_int_eq(host_killed_group, 0);
}
END_TEST

START_TEST(test_full)
{
	static char keys[5000];

	setup();
	memset(keys, 'k', 4100);
	type(keys);
	ck_assert_uint_eq(strlen(host_serial_out), 4100);
	ck_assert_str_eq(host_serial_out + 4095, "\a\a\a\a\a");
	host_serial_out[0] = '\0';
	type("\n");
	expect_echo("\r\n");
	type("more\n");
	expect_echo("\a\a\a\a\a");
	keys[4095] = '\n';
	keys[4096] = '\0';
	expect_read(sizeof(line), keys);
	expect_nothing();
	type("ok\n");
	expect_read(100, "ok\n");
}
END_TEST

static void
press_enter(void)
{
	type("\n");
}

START_TEST(test_read_waits)
{
	setup();
	type("abc");
	host_wait_hook = press_enter;
	ck_assert_int_eq(file_read(tty, line, 100, false), 4);
	ck_assert_uint_eq(host_waits, 1);
	host_wait_hook = NULL;
	ck_assert_int_eq(file_read(tty, line, 100, false), ERR_INTR);
}
END_TEST

START_TEST(test_output)
{
	setup();
	ck_assert_int_eq(file_write(tty, "a\nb\r\033[m", 7, false), 7);
	expect_echo("a\r\nb\r\033[m");
}
END_TEST

START_TEST(test_ioctl)
{
	union ioctl_arg arg;

	setup();
	ck_assert_int_eq(file_ioctl(tty, TCGETS, &arg), ERR_OK);
	ck_assert_uint_eq(arg.termios.c_lflag & 012, 012);	/* ICANON, ECHO */
	ck_assert_int_eq(file_ioctl(tty, TIOCGWINSZ, &arg), ERR_OK);
	ck_assert_int_eq(arg.winsize.ws_col, 80);
	arg.pgid = 0;
	ck_assert_int_eq(file_ioctl(tty, TIOCSPGRP, &arg), ERR_INVAL);
	arg.pgid = 1234;
	ck_assert_int_eq(file_ioctl(tty, TIOCSPGRP, &arg), ERR_SRCH);
	arg.pgid = host_proc.pgid;
	ck_assert_int_eq(file_ioctl(tty, TIOCSPGRP, &arg), ERR_OK);
	arg.pgid = 0;
	ck_assert_int_eq(file_ioctl(tty, TIOCGPGRP, &arg), ERR_OK);
	ck_assert_int_eq(arg.pgid, host_proc.pgid);
	ck_assert_int_eq(file_ioctl(tty, 0x5402, &arg), ERR_NOTTY);
	ck_assert_int_eq(file_seek(tty, 0, SEEK_SET), ERR_SPIPE);
}
END_TEST

/* Many times around the ring. */
START_TEST(test_many_lines)
{
	setup();
	for (int i = 0; i < 3000; i++) {
		char text[32];

		snprintf(text, sizeof(text), "line number %d\n", i);
		type(text);
		expect_read(100, text);
		host_serial_out[0] = '\0';
	}
}
END_TEST

HOST_MAIN("tty", test_lines, test_erase, test_end_of_file, test_interrupt, test_full,
    test_read_waits, test_output, test_ioctl, test_many_lines)
