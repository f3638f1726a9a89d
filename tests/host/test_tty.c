/* SPDX-License-Identifier: MIT */
/*
 * The console's line discipline.
 * host-test: FS MM tests/host/fakes.c tests/host/fakes_fs.c
 */
#include "fs_host.h"

#include "fs/tty.h"
#include "sys/abi_poll.h"

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
	type("ax\177b\177\177\177\177c\n");
	expect_echo("ax\b \bb\b \b\b \bc\r\n");
	expect_read(100, "c\n");
	type("one\ntwo\x15" "3\n");
	expect_echo("one\r\ntwo\b \b\b \b\b \b3\r\n");
	expect_read(100, "one\n");
	expect_read(100, "3\n");
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
	setup();
	type("line\nhalf\x03rest\n");
	expect_echo("line\r\nhalf^Crest\r\n");
	ck_assert_int_eq(host_signal, SIGINT);
	expect_read(100, "rest\n");
	expect_nothing();
	type("\x1a");
	ck_assert_int_eq(host_signal, SIGTSTP);
}
END_TEST

START_TEST(test_background)
{
	union ioctl_arg arg;

	setup();
	type("line\n");
	host_background = ERR_INTR;
	ck_assert_int_eq(file_read(tty, line, 100, true), ERR_INTR);
	ck_assert_int_eq(host_signal, SIGTTIN);
	ck_assert_int_eq(file_write(tty, "x", 1, true), 1);	/* there is no TOSTOP */
	ck_assert_int_eq(file_ioctl(tty, TCGETS, &arg), ERR_OK);
	ck_assert_int_eq(file_ioctl(tty, TCSETS, &arg), ERR_INTR);
	ck_assert_int_eq(host_signal, SIGTTOU);
	host_background = ERR_OK;
	arg.termios.c_lflag |= TOSTOP;
	ck_assert_int_eq(file_ioctl(tty, TCSETS, &arg), ERR_OK);
	host_background = ERR_IO;
	ck_assert_int_eq(file_write(tty, "x", 1, true), ERR_IO);
	host_background = ERR_OK;
	expect_read(100, "line\n");
}
END_TEST

START_TEST(test_open)
{
	struct file *f;
	size_t free;

	setup();
	file_put(open_ok("/dev/tty", O_RDWR));
	host_no_tty = true;
	free = pmem_free_count();
	ck_assert_int_eq(file_open(NULL, "/dev/tty", O_RDWR, 0, &f), ERR_NXIO);
	file_put(open_ok("/dev/tty", O_PATH));
	file_put(open_ok("/dev/console", O_RDWR));
	ck_assert_uint_eq(pmem_free_count(), free);
}
END_TEST

/* Settings for reading without lines. */
static void
raw(uint8_t vmin, uint8_t vtime)
{
	union ioctl_arg arg;

	ck_assert_int_eq(file_ioctl(tty, TCGETS, &arg), ERR_OK);
	arg.termios.c_lflag &= ~ICANON;
	arg.termios.c_cc[VMIN] = vmin;
	arg.termios.c_cc[VTIME] = vtime;
	ck_assert_int_eq(file_ioctl(tty, TCSETSF, &arg), ERR_OK);
}

static void
press_a(void)
{
	type("a");
}

static void
pass_time(void)
{
	host_now += 50 * 1000000ul;
}

/* After two keys nobody types any more. */
static void
press_two(void)
{
	static int n;

	if (n++ < 2)
		type("a");
	pass_time();
}

START_TEST(test_raw)
{
	setup();
	raw(0, 0);
	ck_assert_int_eq(file_read(tty, line, 10, false), 0);
	ck_assert_int_eq(file_read(tty, line, 10, true), 0);
	raw(3, 0);
	host_wait_hook = press_a;
	ck_assert_int_eq(file_read(tty, line, 10, false), 3);
	ck_assert_int_eq(file_read(tty, line, 2, false), 2);
	type("x");
	ck_assert_uint_eq(file_poll(tty, NULL) & POLLIN, 0);
	ck_assert_int_eq(file_read(tty, line, 10, true), 1);
	expect_nothing();
	host_wait_hook = pass_time;
	raw(0, 2);
	host_waits = 0;
	ck_assert_int_eq(file_read(tty, line, 10, false), 0);
	ck_assert_uint_eq(host_waits, 4);
	raw(9, 1);
	host_wait_hook = press_two;
	host_waits = 0;
	ck_assert_int_eq(file_read(tty, line, 10, false), 2);
	ck_assert_uint_eq(host_waits, 4);		/* two keys, and two pauses */
}
END_TEST

START_TEST(test_stopped)
{
	union ioctl_arg arg = { .number = TCOON };

	setup();
	type("\x13");
	ck_assert_uint_eq(file_poll(tty, NULL), 0);
	ck_assert_int_eq(file_write(tty, "x", 1, true), ERR_AGAIN);
	ck_assert_int_eq(file_write(tty, "x", 1, false), ERR_INTR);
	ck_assert_int_eq(file_ioctl(tty, TCXONC, &arg), ERR_OK);
	ck_assert_uint_eq(file_poll(tty, NULL), POLLOUT | POLLWRNORM);
	ck_assert_int_eq(file_write(tty, "x", 1, true), 1);
	arg.number = 4;
	ck_assert_int_eq(file_ioctl(tty, TCXONC, &arg), ERR_INVAL);
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
	ck_assert_uint_eq(arg.termios.c_lflag, 0105073);		/* Linux' */
	ck_assert_uint_eq(arg.termios.c_iflag, ICRNL | IXON);
	ck_assert_uint_eq(arg.termios.c_cc[VSUSP], 'Z' & 31);
	ck_assert_int_eq(file_ioctl(tty, TIOCGWINSZ, &arg), ERR_OK);
	ck_assert_int_eq(arg.winsize.ws_col, 80);
	host_signal = 0;
	ck_assert_int_eq(file_ioctl(tty, TIOCSWINSZ, &arg), ERR_OK);
	ck_assert_int_eq(host_signal, 0);
	arg.winsize.ws_col = 132;
	ck_assert_int_eq(file_ioctl(tty, TIOCSWINSZ, &arg), ERR_OK);
	ck_assert_int_eq(host_signal, SIGWINCH);
	type("abc\nde\x04");
	ck_assert_int_eq(file_ioctl(tty, FIONREAD, &arg), ERR_OK);
	ck_assert_int_eq(arg.number, 6);
	arg.number = TCIFLUSH;
	ck_assert_int_eq(file_ioctl(tty, TCFLSH, &arg), ERR_OK);
	expect_nothing();
	ck_assert_int_eq(file_ioctl(tty, 0x5402 + 0x300, &arg), ERR_NOTTY);
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

HOST_MAIN("tty", test_open, test_lines, test_erase, test_end_of_file, test_interrupt,
    test_background, test_raw, test_stopped, test_full, test_read_waits, test_output, test_ioctl,
    test_many_lines)
