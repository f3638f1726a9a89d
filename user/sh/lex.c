/* SPDX-License-Identifier: MIT */
/*
 * From text to tokens.  The text of words is collected in one static buffer, where it
 * stays until lex_forget; quotes are gone by then and variables are expanded.
 */
#include "sh.h"

static const char *cursor;		/* the next character of input */
static char words[2 * LINE_LEN];
static size_t words_len;
static const char *word_error;		/* why the word being read is bad, or NULL */

void
lex_start(const char *text)
{
	cursor = text;
	lex_forget();
}

void
lex_forget(void)
{
	words_len = 0;
}

const char *
lex_position(void)
{
	return cursor;
}

void
lex_rewind(const char *position)
{
	cursor = position;
}

/* --- words --- */

static void
add(char c)
{
	if (words_len == sizeof(words)) {
		word_error = "line too long";
		return;
	}
	words[words_len++] = c;
}

static void
add_string(const char *s)
{
	while (*s != '\0')
		add(*s++);
}

static void
add_number(int n)
{
	char digits[12];

	snprintf(digits, sizeof(digits), "%d", n);
	add_string(digits);
}

/* The value of the variable whose name has the N characters at NAME. */
static const char *
value_of(const char *name, size_t n)
{
	char copy[32];
	const char *value;

	if (n >= sizeof(copy))
		return "";
	strlcpy(copy, name, n + 1);
	value = getenv(copy);
	return value != NULL ? value : "";
}

/* The cursor is behind a $.  What is no variable stands for itself. */
static void
expand(void)
{
	bool braces = *cursor == '{';
	const char *name = cursor + braces;
	size_t n = name_length(name);

	if (*cursor == '?' || *cursor == '$') {
		add_number(*cursor++ == '?' ? last_status : getpid());
		return;
	}
	if (n == 0) {
		add('$');
		return;
	}
	cursor = name + n;
	add_string(value_of(name, n));
	if (!braces)
		return;
	if (*cursor == '}')
		cursor++;
	else
		word_error = "missing }";
}

/* The cursor is behind an opening quote; leave it behind the closing one. */
static void
quoted(char quote)
{
	while (*cursor != quote) {
		char c = *cursor;

		if (c == '\0') {
			word_error = "missing quote";
			return;
		}
		cursor++;
		if (quote == '"' && c == '$')
			expand();
		else if (quote == '"' && c == '\\' && *cursor != '\0' &&
		    strchr("\\\"$", *cursor) != NULL)
			add(*cursor++);
		else
			add(c);
	}
	cursor++;
}

static bool
ends_word(char c)
{
	return c == '\0' || isspace(c) || strchr("|&;<>", c) != NULL;
}

/* Read the text of a word.  => was any of it in quotes? */
static bool
word_text(void)
{
	bool quotes = false;

	while (!ends_word(*cursor)) {
		char c = *cursor++;

		if (c == '\'' || c == '"') {
			quotes = true;
			quoted(c);
		} else if (c == '$') {
			expand();
		} else if (c == '\\' && *cursor != '\0') {
			add(*cursor++);
		} else {
			add(c);
		}
	}
	return quotes;
}

/* => T_END when nothing is left of the word: it was a variable with no value */
static struct token
lex_word(void)
{
	size_t n = name_length(cursor);
	struct token t = { .kind = T_WORD, .text = words + words_len };
	bool quotes;

	if (n > 0 && cursor[n] == '=')
		t.kind = T_ASSIGN;
	word_error = NULL;
	quotes = word_text();
	if (t.text == words + words_len && !quotes)
		t.kind = T_END;
	else
		add('\0');
	if (word_error != NULL) {
		sh_error("%s", word_error);
		t.kind = T_ERROR;
	}
	return t;
}

/* --- operators --- */

static const struct {
	const char *text;
	enum token_kind kind;
} operators[] = {	/* the longer before the shorter */
	{ "&&", T_AND }, { "||", T_OR }, { ">>", T_APPEND }, { ">&", T_DUP }, { "&", T_BACKGROUND },
	{ "|", T_PIPE }, { ";", T_SEMICOLON }, { "<", T_IN }, { ">", T_OUT },
};

/* An operator, or T_END when there is none here. */
static struct token
lex_operator(void)
{
	const char *p = cursor + (isdigit(cursor[0]) && (cursor[1] == '<' || cursor[1] == '>'));
	struct token t = { .kind = T_END };

	for (size_t i = 0; i < array_len(operators) && t.kind == T_END; i++) {
		size_t n = strlen(operators[i].text);

		if (strncmp(p, operators[i].text, n) != 0)
			continue;
		t.kind = operators[i].kind;
		t.fd = p > cursor ? *cursor - '0' : t.kind == T_IN ? STDIN : STDOUT;
		cursor = p + n;
	}
	return t;
}

struct token
lex_next(void)
{
	struct token t;

	do {
		while (isspace(*cursor))
			cursor++;
		if (*cursor == '\0' || *cursor == '#')
			return (struct token){ .kind = T_END };
		t = lex_operator();
		if (t.kind == T_END)
			t = lex_word();
	} while (t.kind == T_END);
	return t;
}

struct token
lex_peek(void)
{
	const char *saved_cursor = cursor;
	size_t saved_len = words_len;
	struct token t = lex_next();

	if (t.kind != T_ERROR)
		cursor = saved_cursor;
	words_len = saved_len;
	return t;
}
