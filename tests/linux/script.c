/* SPDX-License-Identifier: MIT */
/* L14: scripts, which name their interpreter in the first line; L15: execveat. */
#include "harness.h"

#include <stdarg.h>
#include <stdio.h>
#include <sys/auxv.h>
#include <unistd.h>

static char *environment[] = { NULL };

static void
write_script(const char *name, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void
write_script(const char *name, const char *fmt, ...)
{
	char line[600];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	image_write(name, line, strlen(line));
}

static int
become(void *path)
{
	char *argv[] = { (char *)"zero", (char *)"one", (char *)"two", NULL };

	return (int)(200 - sys(SYS_execve, path, argv, environment)) & 0xff;
}

static const char *
result(int status)
{
	if ((status & 0x7f) == 0 && status >> 8 > 9)
		return outcome(-(((status >> 8) - 200) & 0xff));
	return ended(status);
}

static void
run(const char *path)
{
	say("%s", result(in_child(become, (void *)path)));
}

static bool
is(int n, const char *want)
{
	return initial_argv[n] != NULL ? want != NULL && strcmp(initial_argv[n], want) == 0 :
	    want == NULL;
}

/* What is run by "script" below; NAME is the whole argument of its line. */
static int
check(const char *name)
{
	if (!is(0, self_path) || !is(1, name))
		return 4;
	if (!is(2, "./script") || !is(3, "one") || !is(4, "two") || !is(5, NULL))
		return 5;
	return strcmp((char *)getauxval(AT_EXECFN), "./script") == 0 ? 3 : 6;
}

HELPER(script_argument)
{
	return check("script_argument");
}

BEHAVIOUR(L14_1, "arguments of a script's interpreter, and the file name it is told")
{
	write_script("script", "#!%s script_argument\n", self_path);
	run("./script");
}

BEHAVIOUR(L14_2, "blanks before, between and after")
{
	write_script("script", "#! \t %s \t script_argument \t\t \nmore\n", self_path);
	run("./script");
}

BEHAVIOUR(L14_3, "a line without its end, with and without an argument")
{
	write_script("script", "#!%s script_argument", self_path);
	run("./script");
	write_script("script", "#!./exit7");
	run("./script");
}

static void
write_exit7(void)
{
	static struct image image;

	image_init(&image, exit7, exit7_end);
	image_write("exit7", &image, sizeof(image));
}

BEHAVIOUR(L14_4, "no interpreter is named, no such file, a folder, not executable")
{
	write_script("script", "#!\n");
	run("./script");
	write_script("script", "#! \t \n./exit7");
	run("./script");
	write_script("script", "#!/no/such/file\n");
	run("./script");
	write_script("script", "#!/tmp\n");
	run("./script");
	sys(SYS_close, sys(SYS_open, "data", O_WRONLY | O_CREAT, 0644));
	write_script("script", "#!./data\n");
	run("./script");
}

BEHAVIOUR(L14_5, "interpreters that are scripts themselves, one to seven in a row")
{
	char name[] = "s0", last[] = "exit7";

	write_exit7();
	write_script(name, "#!%s\n", last);
	run(name);
	for (int i = 1; i < 7; i++) {
		name[1] = (char)('0' + i);
		write_script(name, "#!s%d\n", i - 1);
		run(name);
	}
}

BEHAVIOUR(L14_6, "a script that is its own interpreter")
{
	write_script("script", "#!./script\n");
	run("./script");
}

HELPER(nested)
{
	static const char *const want[] = { "nested", "./b", "y z", "./a", "one", "two", NULL };

	for (int i = 0; i < (int)array_len(want); i++)
		if (!is(i + 1, want[i]))
			return i + 10;
	return strcmp((char *)getauxval(AT_EXECFN), "./a") == 0 ? 3 : 6;
}

BEHAVIOUR(L14_7, "arguments of an interpreter's interpreter")
{
	write_script("a", "#!./b y z\n");
	write_script("b", "#!%s nested\n", self_path);
	run("./a");
}

BEHAVIOUR(L14_8, "a line that is too long, in its argument, in its interpreter's name")
{
	static char blanks[400], letters[400];

	memset(blanks, ' ', sizeof(blanks) - 1);
	memset(letters, 'x', sizeof(letters) - 1);
	write_exit7();
	write_script("script", "#!./exit7 %.300s\n", letters);
	run("./script");
	write_script("script", "#!./exit7%.300s\n", letters);
	run("./script");
	write_script("script", "#!%.300s\n", blanks);
	run("./script");
	write_script("script", "#!%.245s./exit7\n", blanks);
	run("./script");
	write_script("script", "#!%.246s./exit7\n", blanks);
	run("./script");
	write_script("script", "#!%.247s./exit7\n", blanks);
	run("./script");
}

/* execveat of PATH from folder DIR: how it ended. */
static void
run_at(int dir, const char *path, int flags)
{
	char *argv[] = { (char *)"zero", NULL };
	long pid = sys(SYS_fork);

	if (pid == 0)
		_exit((int)(200 - sys(SYS_execveat, dir, path, argv, environment, flags)) & 0xff);
	say("%s", result(wait_for(pid)));
}

BEHAVIOUR(L15_1, "execveat from here, from a folder, by an absolute path, of an open file")
{
	char absolute[300];
	int dir, fd;

	write_exit7();
	sys(SYS_mkdir, "d", 0777);
	sys(SYS_rename, "exit7", "d/exit7");
	dir = (int)sys(SYS_open, "d", O_RDONLY | O_DIRECTORY);
	fd = (int)sys(SYS_open, "d/exit7", O_RDONLY);
	sys(SYS_getcwd, absolute, sizeof(absolute));
	strcat(absolute, "/d/exit7");
	run_at(AT_FDCWD, "d/exit7", 0);
	run_at(dir, "exit7", 0);
	run_at(-1, absolute, 0);
	run_at(fd, "", AT_EMPTY_PATH);
}

BEHAVIOUR(L15_2, "execveat: bad descriptor, no folder, no flag, unknown flag, a folder, no file")
{
	int dir, fd;

	write_exit7();
	dir = (int)sys(SYS_open, ".", O_RDONLY | O_DIRECTORY);
	fd = (int)sys(SYS_open, "exit7", O_RDONLY);
	run_at(77, "exit7", 0);
	run_at(fd, "exit7", 0);
	run_at(fd, "", 0);
	run_at(dir, "exit7", 1);
	run_at(dir, "", AT_EMPTY_PATH);
	run_at(dir, "no", 0);
}

BEHAVIOUR(L15_3, "execveat of a link, not followed, and of the file itself")
{
	write_exit7();
	sys(SYS_symlink, "exit7", "link");
	run_at(AT_FDCWD, "link", 0);
	run_at(AT_FDCWD, "link", AT_SYMLINK_NOFOLLOW);
	run_at(AT_FDCWD, "exit7", AT_SYMLINK_NOFOLLOW);
}
