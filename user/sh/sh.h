/* SPDX-License-Identifier: MIT */
/*
 * The shell's parts and how they fit together:
 *
 *	main.c		gets lines: from the terminal, a file, or -c
 *	parse.c		lists, && and ||, pipelines; runs them as it reads them
 *	lex.c		words and operators; quotes and $NAME
 *	run.c		processes, pipes, redirections, the terminal
 *	builtin.c	cd, exit, export, wait
 *	vars.c		variables, which are the environment
 *
 *	list		= and-or { (";" | "&") and-or } [";" | "&"]
 *	and-or		= pipeline { ("&&" | "||") pipeline }
 *	pipeline	= command { "|" command }
 *	command		= { NAME=value } { word | redirection }
 *	redirection	= [fd] ("<" | ">" | ">>") word | [fd] ">&" fd
 *
 * Unlike a POSIX shell: the value of a variable is always one word, there are no file
 * name patterns, and every variable is exported.
 *
 * On a terminal, ^C kills the pipeline that runs.  At the prompt that is the shell itself;
 * init starts another one.
 *
 * Everything is static and of fixed size: the shell runs on one page of stack with no
 * heap, because that is all that a kernel has whose demand paging is not written yet.
 */
#ifndef FAULTLINE_SH_H
#define FAULTLINE_SH_H

#include "user.h"

#define LINE_LEN	1024	/* of a line of input */
#define MAX_COMMANDS	8	/* in a pipeline */
#define MAX_WORDS	32	/* in a command */
#define MAX_REDIRECTS	4	/* of a command */

#define STATUS_USAGE	2	/* a line that makes no sense */
#define STATUS_NOEXEC	126	/* found, but cannot be run */
#define STATUS_NOTFOUND	127
#define STATUS_SIGNAL	128	/* plus the signal that killed the command */

enum token_kind {
	T_END,
	T_ERROR,	/* reported already */
	T_WORD,		/* text: quotes removed, variables expanded */
	T_ASSIGN,	/* the same, and it began with NAME= */
	T_SEMICOLON,
	T_BACKGROUND,	/* & */
	T_AND,
	T_OR,
	T_PIPE,
	T_IN,		/* < ; a word follows */
	T_OUT,		/* > */
	T_APPEND,	/* >> */
	T_DUP,		/* >& */
};

struct token {
	enum token_kind kind;
	char *text;	/* of a word; good until lex_forget */
	int fd;		/* of a redirection */
};

struct redirect {
	enum token_kind kind;	/* T_IN, T_OUT, T_APPEND, T_DUP */
	int fd;
	char *path;		/* T_DUP: a number */
};

struct command {
	char *words[MAX_WORDS + 1];	/* NULL-terminated: argv */
	int nwords;
	char *assigns[MAX_WORDS];	/* "NAME=value" */
	int nassigns;
	struct redirect redirects[MAX_REDIRECTS];
	int nredirects;
};

struct pipeline {
	struct command commands[MAX_COMMANDS];
	int ncommands;
};

/* --- state that all parts see --- */

extern bool interactive;	/* talking to a terminal: prompt, process groups */
extern int last_status;		/* $? */

void sh_error(const char *fmt, ...) printf_like(1, 2);

/* --- lex.c --- */

/* Read tokens from TEXT, which must stay in place. */
void lex_start(const char *text);

/* Take the next token; look at it without taking it. */
struct token lex_next(void);
struct token lex_peek(void);

/* Where we are in the text, before the token that lex_peek shows; and go back there. */
const char *lex_position(void);
void lex_rewind(const char *position);

/* Forget the text of all words so far. */
void lex_forget(void);

/* --- parse.c --- */

/* Run the list TEXT.  => last_status is its exit status */
void run_text(const char *text);

/* --- run.c --- */

void job_control_start(void);	/* make the shell a process group that owns the terminal */
void run_pipeline(struct pipeline *p);	/* and wait for it; sets last_status */
int redirect_all(const struct command *c);	/* => 0, or -1 after a message */
void reap_background(bool block);	/* wait for what has ended, or for everything */

/* In a child that is to run in the background: leave the terminal alone. */
void become_background(void);

/* --- builtin.c --- */

bool is_builtin(const struct command *c);
void run_builtin(struct command *c);	/* in this process; sets last_status */

/* --- vars.c --- */

void vars_init(void);
size_t name_length(const char *s);	/* of the variable name at S; 0: none */
void var_assign(const char *assignment);	/* "NAME=value" */

#endif
