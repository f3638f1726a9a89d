/* SPDX-License-Identifier: MIT */
/* fork, exec, pipes, waiting, spawning, and a shell by system and popen. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void
show(const char *what, int status)
{
	if (WIFEXITED(status))
		printf("%s: exit %d\n", what, WEXITSTATUS(status));
	else
		printf("%s: signal %d\n", what, WTERMSIG(status));
	fflush(stdout);
}

static int
wait_for(pid_t pid)
{
	int status = -1;

	waitpid(pid, &status, 0);
	return status;
}

static void
exec_self(char *self)
{
	char *argv[] = { self, "child", NULL }, *envp[] = { "X=1", NULL };
	int fds[2];
	char text[100];
	ssize_t n;
	pid_t pid;

	if (pipe(fds) < 0)
		return;
	pid = fork();
	if (pid == 0) {
		dup2(fds[1], 1);
		close(fds[0]);
		close(fds[1]);
		execve(self, argv, envp);
		_exit(127);
	}
	close(fds[1]);
	n = read(fds[0], text, sizeof(text));
	printf("through the pipe: %.*s", (int)n, text);
	show("exec", wait_for(pid));
	close(fds[0]);
}

static void
many(void)
{
	int sum = 0;

	for (int i = 0; i < 20; i++) {
		if (fork() == 0)
			_exit(i);
	}
	for (int i = 0; i < 20; i++)
		sum += WEXITSTATUS(wait_for(-1));
	printf("twenty: %d", sum);
	printf(", and then %d", wait(NULL));
	printf(" %s\n", strerror(errno));
}

static void
spawned(char *self)
{
	char *argv[] = { self, "child", NULL }, *envp[] = { NULL };
	posix_spawn_file_actions_t actions;
	pid_t pid;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
	printf("spawn: %d", posix_spawn(&pid, self, &actions, NULL, argv, envp));
	printf(" %d\n", WEXITSTATUS(wait_for(pid)));
	printf("not there: %s\n", strerror(posix_spawn(&pid, "/none", NULL, NULL, argv, envp)));
}

static void
shells(void)
{
	char line[100];
	FILE *f;

	fflush(stdout);
	show("system", system("echo from a shell; exit 3"));
	f = popen("seq 4 | sort -r", "r");
	while (fgets(line, sizeof(line), f) != NULL)
		printf("popen: %s", line);
	show("pclose", pclose(f));
	fflush(stdout);
	f = popen("cat", "w");
	fprintf(f, "to cat\n");
	show("pclose", pclose(f));
}

int
main(int argc, char **argv)
{
	pid_t pid;

	if (argc > 1) {
		printf("%s %s %s\n", argv[1], getenv("X") ? getenv("X") : "-", environ[0]);
		return 42;
	}
	setvbuf(stdout, NULL, _IONBF, 0);
	exec_self(argv[0]);
	many();
	spawned(argv[0]);
	shells();
	pid = vfork();
	if (pid == 0)
		_exit(9);
	show("vfork", wait_for(pid));
	pid = fork();
	if (pid == 0)
		abort();
	show("abort", wait_for(pid));
	printf("%s\n", execl("/none", "none", (char *)NULL) < 0 ? strerror(errno) : "?");
	return 0;
}
