/* SPDX-License-Identifier: MIT */
/*
 * Lists, && and ||, pipelines.  There is no tree: a pipeline is run as soon as it has
 * been read.  What must not run is read all the same, with RUN false; the & behind
 * a list is found that way too, by reading the list twice.
 */
#include "sh.h"

/* Report a token in the wrong place.  => false */
static bool
syntax_error(struct token t)
{
	if (t.kind != T_ERROR)
		sh_error("syntax error");
	last_status = STATUS_USAGE;
	return false;
}

static bool
too_many(const char *what)
{
	sh_error("too many %s", what);
	last_status = STATUS_USAGE;
	return false;
}

/* The redirection T, whose word comes next. */
static bool
parse_redirect(struct command *c, struct token t)
{
	struct token word = lex_next();

	if (word.kind != T_WORD && word.kind != T_ASSIGN)
		return syntax_error(word);
	if (c->nredirects == MAX_REDIRECTS)
		return too_many("redirections");
	c->redirects[c->nredirects++] = (struct redirect){ t.kind, t.fd, word.text };
	return true;
}

/* A word of a command: before the first real word, NAME=value is an assignment. */
static bool
parse_word(struct command *c, struct token t)
{
	if (t.kind == T_ASSIGN && c->nwords == 0) {
		if (c->nassigns == MAX_WORDS)
			return too_many("assignments");
		c->assigns[c->nassigns++] = t.text;
		return true;
	}
	if (c->nwords == MAX_WORDS)
		return too_many("words");
	c->words[c->nwords++] = t.text;
	c->words[c->nwords] = NULL;
	return true;
}

static bool
parse_command(struct command *c)
{
	c->nwords = c->nassigns = c->nredirects = 0;
	for (;;) {
		struct token t = lex_peek();
		bool ok;

		if (t.kind == T_WORD || t.kind == T_ASSIGN)
			ok = parse_word(c, lex_next());
		else if (t.kind >= T_IN)
			ok = parse_redirect(c, lex_next());
		else if (t.kind == T_ERROR || c->nwords + c->nassigns + c->nredirects == 0)
			return syntax_error(t);
		else
			return true;
		if (!ok)
			return false;
	}
}

/* => false after a syntax error; it has been reported, and the rest of the line is void */
static bool
parse_pipeline(bool run)
{
	static struct pipeline p;

	lex_forget();
	for (p.ncommands = 0;; lex_next()) {
		if (p.ncommands == MAX_COMMANDS)
			return too_many("commands");
		if (!parse_command(&p.commands[p.ncommands++]))
			return false;
		if (lex_peek().kind != T_PIPE)
			break;
	}
	if (run)
		run_pipeline(&p);
	return true;
}

static bool
parse_and_or(bool run)
{
	enum token_kind operator = T_AND;
	bool wanted = true;

	for (;;) {
		if (!parse_pipeline(run && wanted))
			return false;
		operator = lex_peek().kind;
		if (operator != T_AND && operator != T_OR)
			return true;
		lex_next();
		wanted = (last_status == 0) == (operator == T_AND);
	}
}

/* Run the and-or list at START in a child. */
static void
run_in_background(const char *start)
{
	pid_t pid = fork();

	if (pid < 0) {
		sh_error("fork: %s", strerror(errno));
		last_status = 1;
		return;
	}
	if (pid == 0) {
		become_background();
		lex_rewind(start);
		parse_and_or(true);
		_exit(last_status);
	}
	if (interactive) {
		setpgid(pid, pid);
		printf("[%d]\n", pid);
	}
	last_status = 0;
}

void
run_text(const char *text)
{
	struct token t;

	lex_start(text);
	while ((t = lex_peek()).kind != T_END) {
		const char *start = lex_position();

		if (t.kind == T_ERROR) {
			syntax_error(t);
			return;
		}
		if (!parse_and_or(false))
			return;
		t = lex_peek();
		if (t.kind == T_BACKGROUND) {
			run_in_background(start);
		} else {
			lex_rewind(start);
			if (!parse_and_or(true))
				return;
		}
		lex_next();
	}
}
