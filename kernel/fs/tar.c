/* SPDX-License-Identifier: MIT */
/*
 * The initrd: a ustar archive (POSIX.1-2017, pax, "ustar Interchange Format"), where names
 * that are too long for that may come before their entry, as pax or GNU tar write them.
 * Directories, files and links are planted in the tree; a file's contents stay where they
 * are in the archive.
 *
 * Nothing in the archive is trusted.  What makes no sense is reported by one line
 * on the console and left out; after a header that cannot be trusted at all, not
 * even to say where the next one is, so is the rest.
 */
#include "fs/tar.h"

#include "lib/printf.h"
#include "lib/string.h"

#define BLOCK	512

struct ustar {
	char name[100];
	char mode[8];
	char uid[8];
	char gid[8];
	char size[12];
	char mtime[12];
	char chksum[8];
	char typeflag;
	char linkname[100];
	char magic[6];
	char version[2];
	char uname[32];
	char gname[32];
	char devmajor[8];
	char devminor[8];
	char prefix[155];
	char pad[12];
};

_Static_assert(sizeof(struct ustar) == BLOCK, "ustar header");

/* Names come from outside: show nothing that could drive a terminal. */
static void
report(const char *path, const char *why)
{
	kprintf("initrd: ");
	for (; *path != '\0'; path++)
		kprintf("%c", *path < ' ' || *path > '~' ? '?' : *path);
	kprintf(": %s, skipped\n", why);
}

/* A number of N octal digits at most, ended by a space, a NUL or the field's end. */
static bool
parse_octal(const char *field, size_t n, uint64_t *value)
{
	size_t i = 0, first;
	uint64_t v = 0;

	while (i < n && field[i] == ' ')
		i++;
	for (first = i; i < n && field[i] >= '0' && field[i] <= '7'; i++)
		v = v << 3 | (uint64_t)(field[i] - '0');	/* 12 digits are 36 bits */
	if (i == first || (i < n && field[i] != ' ' && field[i] != '\0'))
		return false;
	*value = v;
	return true;
}

static bool
is_zero_block(const uint8_t *block)
{
	for (size_t i = 0; i < BLOCK; i++) {
		if (block[i] != 0)
			return false;
	}
	return true;
}

/* Is the sum of the header's bytes, its own field taken as spaces, what it says? */
static bool
checksum_ok(const struct ustar *h)
{
	const uint8_t *bytes = (const uint8_t *)h;
	size_t start = offsetof(struct ustar, chksum);
	uint64_t sum = 0, want;

	if (!parse_octal(h->chksum, sizeof(h->chksum), &want))
		return false;
	for (size_t i = 0; i < BLOCK; i++)
		sum += i - start < sizeof(h->chksum) ? ' ' : bytes[i];
	return sum == want;
}

/* Join prefix and name; neither needs to be terminated. */
static void
join_path(const struct ustar *h, char path[PATH_MAX])
{
	size_t len = 0;

	/* GNU's older format has other things in the place of the prefix. */
	if (memcmp(h->magic, "ustar", 6) == 0)
		len = strnlen(h->prefix, sizeof(h->prefix));
	memcpy(path, h->prefix, len);
	if (len > 0)
		path[len++] = '/';
	memcpy(path + len, h->name, strnlen(h->name, sizeof(h->name)));
	path[len + strnlen(h->name, sizeof(h->name))] = '\0';
}

/* => NULL, or why the header cannot be trusted; ROOM bytes follow it in the archive */
static const char *
entry_decode(const uint8_t *block, size_t room, struct tar_entry *e)
{
	const struct ustar *h = (const struct ustar *)block;
	uint64_t perm, mtime;

	if (!checksum_ok(h))
		return "bad checksum";
	if (memcmp(h->magic, "ustar", 5) != 0)
		return "not a ustar header";
	if (!parse_octal(h->size, sizeof(h->size), &e->size))
		return "bad size";
	if (e->size > room)
		return "size runs past the end of the archive";
	if (!parse_octal(h->mode, sizeof(h->mode), &perm))
		return "bad mode";
	if (!parse_octal(h->mtime, sizeof(h->mtime), &mtime))
		mtime = 0;		/* no reason to do without the file */
	if (!e->long_path)
		join_path(h, e->path);
	if (!e->long_link)
		strlcpy(e->link, h->linkname, strnlen(h->linkname, sizeof(h->linkname)) + 1);
	e->type = h->typeflag == '\0' ? '0' : h->typeflag;
	e->perm = perm & 07777;
	e->mtime = (int64_t)mtime;
	e->data = block + BLOCK;
	return NULL;
}

/* --- names before their entry --- */

/* The N bytes at TEXT, up to a NUL, are TO.  => NULL, or what is wrong */
static const char *
take_long(char to[PATH_MAX], bool *taken, const char *text, size_t n)
{
	n = strnlen(text, n);
	if (n >= PATH_MAX)
		return "a name is too long";
	memcpy(to, text, n);
	to[n] = '\0';
	*taken = true;
	return NULL;
}

/*
 * One record of a pax header: "LENGTH KEYWORD=VALUE\n", at the N bytes at TEXT.
 * => its length, 0 when it is none
 */
static size_t
record_length(const char *text, size_t n)
{
	size_t len = 0, i = 0;

	for (; i < n && i < 8 && text[i] >= '0' && text[i] <= '9'; i++)
		len = len * 10 + (size_t)(text[i] - '0');
	if (i >= n || text[i] != ' ' || len < i + 2 || len > n || text[len - 1] != '\n')
		return 0;
	return len;
}

/* The value of the record of LEN bytes at TEXT, if KEYWORD is its own; else NULL. */
static const char *
record_value(const char *text, size_t len, const char *keyword, size_t *n)
{
	const char *key = strchr(text, ' ') + 1;	/* there is one */
	size_t key_len = strlen(keyword);

	if ((size_t)(key - text) + key_len + 2 > len || memcmp(key, keyword, key_len) != 0 ||
	    key[key_len] != '=')
		return NULL;
	*n = len - 1 - (size_t)(key + key_len + 1 - text);
	return key + key_len + 1;
}

/* Take the names from the pax header whose N bytes are at TEXT; the rest means nothing here. */
static const char *
take_pax(struct tar_entry *e, const char *text, size_t n)
{
	const char *value, *wrong = NULL;
	size_t len, value_len;

	for (; n > 0 && wrong == NULL; text += len, n -= len) {
		len = record_length(text, n);
		if (len == 0)
			return "bad pax header";
		if ((value = record_value(text, len, "path", &value_len)) != NULL)
			wrong = take_long(e->path, &e->long_path, value, value_len);
		else if ((value = record_value(text, len, "linkpath", &value_len)) != NULL)
			wrong = take_long(e->link, &e->long_link, value, value_len);
	}
	return wrong;
}

/* Is E only about the next one?  Then take from it what counts. */
static bool
is_about_next(struct tar_entry *e, const char **wrong)
{
	const char *text = (const char *)e->data;

	switch (e->type) {
	case 'x':
		*wrong = take_pax(e, text, e->size);
		return true;
	case 'g':		/* about all that follow: names are not */
		return true;
	case 'L':
		*wrong = take_long(e->path, &e->long_path, text, e->size);
		return true;
	case 'K':
		*wrong = take_long(e->link, &e->long_link, text, e->size);
		return true;
	default:
		return false;
	}
}

/* Plant E, or keep in mind what it says of the next one.  => has it been planted? */
static bool
entry_take(struct inode *root, struct tar_entry *e)
{
	const char *wrong = NULL;
	bool about_next = is_about_next(e, &wrong);

	if (!about_next) {
		spin_lock(&fs_lock);
		wrong = tar_plant_entry(root, e);
		spin_unlock(&fs_lock);
		e->long_path = e->long_link = false;
	}
	if (wrong != NULL)
		report(e->path, wrong);
	return !about_next && wrong == NULL;
}

size_t
tar_plant(struct inode *root, const uint8_t *archive, size_t size)
{
	const char *wrong = "no end mark";
	static struct tar_entry e;		/* long; only used at boot */
	size_t pos = 0, planted = 0;

	e.long_path = e.long_link = false;
	while (size - pos >= BLOCK) {
		const uint8_t *block = archive + pos;
		uint64_t padded;

		if (is_zero_block(block))
			return planted;
		wrong = entry_decode(block, size - pos - BLOCK, &e);
		if (wrong != NULL)
			break;
		planted += entry_take(root, &e);

		padded = BLOCK + ((e.size + BLOCK - 1) & ~(uint64_t)(BLOCK - 1));
		pos += min(padded, size - pos);		/* the last padding may be cut */
		wrong = "no end mark";
	}
	kprintf("initrd: %s at byte %zu, the rest is skipped\n", wrong, pos);
	return planted;
}
