/* SPDX-License-Identifier: MIT */
/*
 * jobs FILE: run the programs that FILE lists, one after the other; grading/programs on the host
 * writes such a file and reads what comes of it.
 *
 * FILE consists of strings, each ended by a NUL.  The first character says what follows:
 *
 *	T		all programs stay on the console, as a terminal
 *	MTEXT		TEXT, N and a newline end what program number N has printed
 *	CDIR		the current directory of the next program
 *	IPATH		its standard input; /dev/null if there is none
 *	PPATH		its file
 *	ATEXT		an argument, the first one argument 0
 *	ENAME=VALUE	an entry of its environment
 *	R		run it
 *
 * Without T standard output goes to /dev/debugcon1 and standard error to /dev/debugcon2.
 * A line on /dev/debugcon3 tells how each program ended: "N code 0" or "N signal 11", or
 * "N exec 2", an errno value, when it could not be run; "end" is the last line.
 */
#include "user.h"
#include "abi_tty.h"

#define FILE_MAX	65536
#define STRINGS_MAX	1024

struct job {
	const char *dir, *input, *path;
	char *argv[STRINGS_MAX + 1], *envp[STRINGS_MAX + 1];
	int argc, envc;
};

static char file[FILE_MAX + 1];
static struct job job;
static bool terminal;
static const char *mark;
static int outputs[3];			/* debug consoles 1 to 3 */

static noreturn void
fail(const char *what)
{
	dprintf(STDERR, "jobs: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* Read the list.  => its length */
static size_t
read_list(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t len = 0;
	ssize_t n;

	if (fd < 0)
		fail(path);
	while ((n = read(fd, file + len, FILE_MAX - len)) > 0)
		len += (size_t)n;
	if (n < 0 || len == FILE_MAX) {
		errno = n < 0 ? errno : E2BIG;
		fail(path);
	}
	close(fd);
	return len;
}

static void
open_outputs(void)
{
	static const char *const names[] = { "/dev/debugcon1", "/dev/debugcon2", "/dev/debugcon3" };

	for (size_t i = 0; i < array_len(names); i++) {
		outputs[i] = open(names[i], O_WRONLY | O_CLOEXEC);
		if (outputs[i] < 0)
			fail(names[i]);
	}
}

/* The child: become the program.  => only returns when it cannot, with errno set */
static void
become(void)
{
	int input;

	if (job.dir != NULL && chdir(job.dir) < 0)
		return;
	if (terminal) {			/* ^C and the like are for it, and not for us */
		raw_syscall(SYS_setsid);
		ioctl(STDIN, TIOCSCTTY, (void *)1);
	} else {
		input = open(job.input != NULL ? job.input : "/dev/null", O_RDONLY);
		if (input < 0 || dup2(input, STDIN) < 0)
			return;
		if (input != STDIN)
			close(input);
		dup2(outputs[0], STDOUT);
		dup2(outputs[1], STDERR);
	}
	execve(job.path, job.argv, job.envp);
}

/*
 * The child tells us why exec has failed by the offset of a file that we share; a
 * successful exec closes its copy.  => that errno value, or 0 and the wait status
 */
static int
run(const char *list, int *status)
{
	int shared = open(list, O_RDONLY | O_CLOEXEC), err;
	pid_t pid = fork();

	if (pid == 0) {
		become();
		lseek(shared, errno, SEEK_SET);
		_exit(127);
	}
	if (pid < 0)
		return errno;
	while (waitpid(pid, status, 0) < 0 && errno == EINTR)
		continue;
	err = (int)lseek(shared, 0, SEEK_CUR);
	close(shared);
	return err;
}

static void
run_and_tell(const char *list, int number)
{
	int status = 0, err = run(list, &status);

	if (mark != NULL && !terminal) {
		dprintf(outputs[0], "%s%d\n", mark, number);
		dprintf(outputs[1], "%s%d\n", mark, number);
	}
	if (err != 0)
		dprintf(outputs[2], "%d exec %d\n", number, err);
	else if (WIFSIGNALED(status))
		dprintf(outputs[2], "%d signal %d\n", number, WTERMSIG(status));
	else
		dprintf(outputs[2], "%d code %d\n", number, WEXITSTATUS(status));
	memset(&job, 0, sizeof(job));
}

/* Add TEXT to V, which has *N strings. */
static void
add(char **v, int *n, char *text)
{
	if (*n == STRINGS_MAX) {
		errno = E2BIG;
		fail(text);
	}
	v[(*n)++] = text;
}

/* Do what the string TEXT says; NUMBER counts the programs. */
static void
obey(const char *list, char *text, int *number)
{
	switch (*text++) {
	case 'T':
		terminal = true;
		break;
	case 'M':
		mark = text;
		break;
	case 'C':
		job.dir = text;
		break;
	case 'I':
		job.input = text;
		break;
	case 'P':
		job.path = text;
		break;
	case 'A':
		add(job.argv, &job.argc, text);
		break;
	case 'E':
		add(job.envp, &job.envc, text);
		break;
	case 'R':
		run_and_tell(list, (*number)++);
		break;
	default:
		errno = EINVAL;
		fail(list);
	}
}

int
main(int argc, char **argv)
{
	int number = 0;
	size_t len;

	if (argc != 2) {
		dprintf(STDERR, "usage: jobs FILE\n");
		return 2;
	}
	len = read_list(argv[1]);
	open_outputs();
	for (size_t at = 0; at < len; at += strlen(file + at) + 1)
		obey(argv[1], file + at, &number);
	dprintf(outputs[2], "end\n");
	return 0;
}
