/* SPDX-License-Identifier: MIT */
/*
 * The initrd: a ustar archive (POSIX.1-2017, pax, "ustar Interchange Format").
 * Directories and regular files are planted in the tree; a file's contents stay
 * where they are in the archive.
 *
 * Nothing in the archive is trusted.  What makes no sense is reported by one line
 * on the console and left out; after a header that cannot be trusted at all, not
 * even to say where the next one is, so is the rest.
 */
#include "fs/inode.h"
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

#define PATH_SIZE	(155 + 1 + 100 + 1)	/* prefix/name, terminated */

/* One header, decoded. */
struct entry {
	char path[PATH_SIZE];
	char type;
	uint32_t perm;
	const uint8_t *data;
	uint64_t size;
};

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
join_path(const struct ustar *h, char *path)
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
entry_decode(const uint8_t *block, size_t room, struct entry *e)
{
	const struct ustar *h = (const struct ustar *)block;
	uint64_t perm;

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
	join_path(h, e->path);
	e->type = h->typeflag == '\0' ? '0' : h->typeflag;
	e->perm = perm & 07777;
	e->data = block + BLOCK;
	return NULL;
}

/*
 * Cut the first component off *PATH; "." and empty ones are passed over.
 * => its length, 0 when none is left
 */
static size_t
next_component(const char **path, const char **name)
{
	const char *p = *path;
	size_t len = 0;

	for (; *p != '\0'; p += len) {
		while (*p == '/')
			p++;
		len = 0;
		while (p[len] != '\0' && p[len] != '/')
			len++;
		if (len == 1 && *p == '.')
			continue;
		*name = p;
		*path = p + len;
		return len;
	}
	return 0;
}

static bool
climbs(const char *path)
{
	const char *name;
	size_t len;

	while ((len = next_component(&path, &name)) > 0) {
		if (len == 2 && memcmp(name, "..", 2) == 0)
			return true;
	}
	return false;
}

/* Make or find directory NAME in DIR.  => NULL, or what is wrong */
static const char *
plant_dir(struct inode **dir, const char *name, size_t len, uint32_t perm) REQUIRES(fs_lock)
{
	struct inode *ip = dir_find(*dir, name, len);

	if (ip == NULL && dir_create(*dir, name, len, S_IFDIR | perm, NULL, &ip) != ERR_OK)
		return "no memory";
	if (!inode_is_dir(ip))
		return "a file has the name of its directory";
	*dir = ip;
	return NULL;
}

static const char *
plant_file(struct inode *dir, const char *name, size_t len, const struct entry *e)
    REQUIRES(fs_lock)
{
	struct inode *ip = dir_find(dir, name, len);

	if (ip != NULL && !inode_is_reg(ip))
		return "the name is taken";
	if (ip != NULL)			/* as tar does: the later one counts */
		dir_remove(dir, ip, name, len);
	if (dir_create(dir, name, len, S_IFREG | e->perm, NULL, &ip) != ERR_OK)
		return "no memory";
	ip->data.size = ip->data.view_size = e->size;
	ip->data.view = e->data;
	return NULL;
}

/* Plant E below ROOT, with the directories that lead to it.  => NULL, or what is wrong */
static const char *
entry_plant(struct inode *root, const struct entry *e) REQUIRES(fs_lock)
{
	const char *path = e->path, *name, *next, *wrong;
	struct inode *dir = root;
	size_t len, next_len;

	if (e->type != '0' && e->type != '5')
		return "neither a file nor a directory";
	if (*path == '/' || climbs(path))
		return "its path leads out of the archive";
	len = next_component(&path, &name);
	if (len == 0)		/* "./", the root itself */
		return e->type == '5' ? NULL : "it has no name";
	for (; (next_len = next_component(&path, &next)) > 0; name = next, len = next_len) {
		wrong = plant_dir(&dir, name, len, 0755);
		if (wrong != NULL)
			return wrong;
	}
	if (e->type == '5')
		return plant_dir(&dir, name, len, e->perm);
	return plant_file(dir, name, len, e);
}

size_t
tar_plant(struct inode *root, const uint8_t *archive, size_t size)
{
	const char *wrong = "no end mark";
	size_t pos = 0, planted = 0;
	struct entry e;

	while (size - pos >= BLOCK) {
		const uint8_t *block = archive + pos;
		const char *skipped;
		uint64_t padded;

		if (is_zero_block(block))
			return planted;
		wrong = entry_decode(block, size - pos - BLOCK, &e);
		if (wrong != NULL)
			break;
		spin_lock(&fs_lock);
		skipped = entry_plant(root, &e);
		spin_unlock(&fs_lock);
		if (skipped == NULL)
			planted++;
		else
			report(e.path, skipped);

		padded = BLOCK + ((e.size + BLOCK - 1) & ~(uint64_t)(BLOCK - 1));
		pos += min(padded, size - pos);		/* the last padding may be cut */
		wrong = "no end mark";
	}
	kprintf("initrd: %s at byte %zu, the rest is skipped\n", wrong, pos);
	return planted;
}
