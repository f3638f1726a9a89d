/* SPDX-License-Identifier: MIT */
/*
 * Running pipelines.  When the shell talks to a terminal each pipeline is a process
 * group, named after its first process, and owns the terminal while it runs: ^C goes
 * to it and not to us.
 */
#include "sh.h"

static pid_t shell_group;

/*
 * Make process group GROUP the one that the terminal's ^C goes to.  On Linux, a background
 * group that does so is stopped unless it blocks SIGTTOU.
 */
static void
give_terminal(pid_t group)
{
	sigset_t mask = signal_set(SIGTTOU), saved = 0;

	sigprocmask(SIG_BLOCK, &mask, &saved);
	ioctl(STDIN, TIOCSPGRP, &group);
	sigprocmask(SIG_SETMASK, &saved, NULL);
}

void
job_control_start(void)
{
	setpgid(0, 0);
	shell_group = getpgrp();
	give_terminal(shell_group);
}

void
become_background(void)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (interactive)
		setpgid(0, 0);
	interactive = false;
	if (null >= 0)
		dup2(null, STDIN);
}

/* Put FD in the place of TO.  FD's own number is closed, here or by exec. */
static void
move_fd(int fd, int to)
{
	if (fd < 0 || fd == to)
		return;
	dup2(fd, to);
	close(fd);
}

static int
redirect_flags(enum token_kind kind)
{
	if (kind == T_IN)
		return O_RDONLY;
	return O_WRONLY | O_CREAT | (kind == T_APPEND ? O_APPEND : O_TRUNC);
}

int
redirect_all(const struct command *c)
{
	for (int i = 0; i < c->nredirects; i++) {
		const struct redirect *r = &c->redirects[i];
		int fd;

		if (r->kind == T_DUP)
			fd = dup(atoi(r->path));
		else
			fd = open(r->path, redirect_flags(r->kind), 0666);
		if (fd < 0) {
			sh_error("%s: %s", r->path, strerror(errno));
			return -1;
		}
		move_fd(fd, r->fd);
	}
	return 0;
}

/* What the child does: become command C.  Its pipe ends are in place already. */
static noreturn void
become_command(struct command *c)
{
	if (redirect_all(c) < 0)
		_exit(1);
	for (int i = 0; i < c->nassigns; i++)
		var_assign(c->assigns[i]);
	if (c->nwords == 0)
		_exit(0);
	if (is_builtin(c)) {
		run_builtin(c);
		_exit(last_status);
	}
	execvp(c->words[0], c->words);
	sh_error("%s: %s", c->words[0], errno == ENOENT ? "not found" : strerror(errno));
	_exit(errno == ENOENT ? STATUS_NOTFOUND : STATUS_NOEXEC);
}

/*
 * Put process PID, or this one when it is 0, into the pipeline's group.  Parent and child
 * both do it, so that it is done whoever runs first.
 */
static void
join_group(pid_t pid, pid_t group)
{
	if (!interactive)
		return;
	setpgid(pid, group);
	if (group == pid)	/* the first of its group */
		give_terminal(pid != 0 ? pid : getpid());
}

/* Start command C, reading IN and writing OUT (-1: as we do).  => its pid, or -1 after a message */
static pid_t
start_command(struct command *c, pid_t group, int in, int out)
{
	pid_t pid = fork();

	if (pid == 0) {
		join_group(0, group);
		move_fd(in, STDIN);
		move_fd(out, STDOUT);
		become_command(c);
	}
	if (pid < 0)
		sh_error("fork: %s", strerror(errno));
	else
		join_group(pid, group != 0 ? group : pid);
	return pid;
}

/* Set last_status from the wait status of the command NAME, and say so if it was killed. */
static void
note_status(const char *name, int status)
{
	if (WIFEXITED(status)) {
		last_status = WEXITSTATUS(status);
		return;
	}
	last_status = STATUS_SIGNAL + WTERMSIG(status);
	if (WTERMSIG(status) == SIGINT && interactive)
		printf("\n");
	else if (WTERMSIG(status) != SIGINT && WTERMSIG(status) != SIGPIPE)
		sh_error("%s: killed by signal %d", name, WTERMSIG(status));
}

/* Wait until the COUNT processes PIDS have ended; the last one's status counts. */
static void
wait_for(const pid_t *pids, int count, const struct command *last)
{
	int left = count, status;
	pid_t ended;

	while (left > 0 && (ended = wait(&status)) > 0) {
		for (int i = 0; i < count; i++)
			left -= pids[i] == ended;
		if (ended == pids[count - 1])
			note_status(last->nwords > 0 ? last->words[0] : "", status);
	}
}

/* Each command in a child, connected by pipes. */
static void
run_children(struct pipeline *p)
{
	pid_t pids[MAX_COMMANDS];
	int fds[2], in = -1, started;

	for (started = 0; started < p->ncommands; started++) {
		bool is_last = started + 1 == p->ncommands;

		fds[0] = fds[1] = -1;
		if (!is_last && pipe2(fds, O_CLOEXEC) < 0) {
			sh_error("pipe: %s", strerror(errno));
			break;
		}
		pids[started] = start_command(&p->commands[started],
		    started > 0 ? pids[0] : 0, in, fds[1]);
		close(in);
		close(fds[1]);
		in = fds[0];
		if (pids[started] < 0)
			break;
	}
	close(in);
	last_status = 1;	/* unless the last command says otherwise */
	if (started > 0)
		wait_for(pids, started, &p->commands[started - 1]);
	if (started < p->ncommands)
		last_status = 1;
	if (interactive)
		give_terminal(shell_group);
}

void
run_pipeline(struct pipeline *p)
{
	struct command *first = &p->commands[0];

	if (p->ncommands > 1 || (first->nwords > 0 && !is_builtin(first))) {
		run_children(p);
		return;
	}
	for (int i = 0; i < first->nassigns; i++)
		var_assign(first->assigns[i]);
	run_builtin(first);
}

void
reap_background(bool block)
{
	while (waitpid(-1, NULL, block ? 0 : WNOHANG) > 0)
		continue;
}
