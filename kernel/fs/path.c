/* SPDX-License-Identifier: MIT */
/*
 * A walk along a path takes one component at a time.  A link turns it off to the link's
 * text, which it reads where it lies; what was left of the path waits on a stack until the
 * text has been walked.
 */
#include "fs/path.h"

#include "lib/string.h"
#include "proc.h"

/* What is left of the paths that a walk has turned off from, by links. */
struct walk {
	const char *rest[LINKS_MAX];
	unsigned n_rest;
	unsigned n_links;		/* followed so far */
	bool slash;			/* a last component had slashes behind it */
};

struct inode *fs_root;

struct inode *
path_root(void)
{
	const struct proc *p = proc_current();

	return p != NULL && p->root != NULL ? p->root : fs_root;
}

static const char *
skip_slashes(const char *p)
{
	while (*p == '/')
		p++;
	return p;
}

bool
place_is(const struct place *at, const char *name)
{
	return at->len == strlen(name) && memcmp(at->name, name, at->len) == 0;
}

static struct inode *
find_name(struct inode *dir, const char *name, size_t len) REQUIRES(fs_lock)
{
	if (dir->dynamic != NULL)
		return dir->dynamic->find(dir, name, len);
	return dir_find(dir, name, len);
}

err_t
place_create(const struct place *at, uint32_t mode, struct inode **out)
{
	if (at->dir->dynamic != NULL)
		return ERR_NOENT;
	return dir_create(at->dir, at->name, at->len, mode, NULL, out);
}

err_t
place_find(const struct place *at, struct inode **out)
{
	struct inode *ip = at->dir;

	if (at->len == 0)
		goto found;
	if (!inode_is_dir(at->dir))
		return ERR_NOTDIR;
	if (place_is(at, ".."))
		ip = at->dir == path_root() ? at->dir : at->dir->dir.parent;
	else if (!place_is(at, "."))
		ip = find_name(at->dir, at->name, at->len);
	if (ip == NULL)
		return ERR_NOENT;
found:
	*out = ip;
	return ERR_OK;
}

/*
 * Cut the first component off *REST into AT.
 * => *REST is what comes next, empty after the last; ERR_NAMETOOLONG, ERR_NOTDIR
 */
static err_t
next_component(struct walk *w, struct place *at, const char **rest) REQUIRES(fs_lock)
{
	const char *end;

	at->name = skip_slashes(*rest);
	end = strchr(at->name, '/');
	at->len = end != NULL ? (size_t)(end - at->name) : strlen(at->name);
	*rest = skip_slashes(at->name + at->len);
	if (**rest == '\0' && w->n_rest > 0)
		*rest = w->rest[--w->n_rest];
	if (**rest == '\0' && end != NULL)
		w->slash = true;
	if (at->len > 0 && !inode_is_dir(at->dir))
		return ERR_NOTDIR;
	return at->len <= NAME_MAX ? ERR_OK : ERR_NAMETOOLONG;
}

/* Go where LINK leads to: *REST comes after that. */
static err_t
follow_link(struct walk *w, struct inode *link, struct place *at, const char **rest)
    REQUIRES(fs_lock)
{
	if (++w->n_links > LINKS_MAX)
		return ERR_LOOP;
	if (**rest != '\0')
		w->rest[w->n_rest++] = *rest;
	if (link->dynamic != NULL) {
		*rest = "";
		at->dir = link->dynamic->jump(link);
		return at->dir != NULL ? ERR_OK : ERR_NOENT;
	}
	*rest = link->link.text;
	if (**rest == '/')
		at->dir = path_root();
	return ERR_OK;
}

static bool
is_followed(const struct walk *w, enum follow follow, bool last)
{
	return !last || follow == FOLLOW_LAST || w->slash;
}

/*
 * One component further; *REST is what comes after it.
 * => *DONE: AT is the place, whether there is something or not
 */
static err_t
walk_on(struct walk *w, enum follow follow, struct place *at, const char **rest, bool *done)
    REQUIRES(fs_lock)
{
	struct inode *ip;
	err_t err = next_component(w, at, rest);

	*done = **rest == '\0';
	if (err != ERR_OK || (*done && follow == FOLLOW_NEVER))
		return err;
	err = place_find(at, &ip);
	if (err != ERR_OK)
		return err == ERR_NOENT && *done ? ERR_OK : err;
	if (inode_is_link(ip) && is_followed(w, follow, *done)) {
		*done = false;
		return follow_link(w, ip, at, rest);
	}
	if (!*done)
		at->dir = ip;
	return ERR_OK;
}

err_t
path_walk(struct inode *cwd, const char *path, enum follow follow, struct place *at)
{
	struct walk w = { .n_rest = 0, .n_links = 0, .slash = false };
	bool done = false;
	err_t err = *path != '\0' ? ERR_OK : ERR_NOENT;

	at->dir = *path == '/' || cwd == NULL ? path_root() : cwd;
	while (err == ERR_OK && !done)
		err = walk_on(&w, follow, at, &path, &done);
	at->slash = w.slash;
	return err;
}

err_t
path_find(struct inode *cwd, const char *path, enum follow follow, struct inode **out)
{
	struct inode *ip;
	struct place at;
	err_t err = path_walk(cwd, path, follow, &at);

	if (err == ERR_OK)
		err = place_find(&at, &ip);
	if (err != ERR_OK)
		return err;
	if (at.slash && !inode_is_dir(ip))
		return ERR_NOTDIR;
	*out = ip;
	return ERR_OK;
}

static err_t
lookup(struct inode *cwd, const char *path, enum follow follow, struct inode **out)
{
	struct inode *ip;
	err_t err;

	spin_lock(&fs_lock);
	err = path_find(cwd, path, follow, &ip);
	if (err == ERR_OK)
		*out = inode_get_locked(ip);
	spin_unlock(&fs_lock);
	return err;
}

err_t
inode_lookup(struct inode *cwd, const char *path, struct inode **out)
{
	return lookup(cwd, path, FOLLOW_LAST, out);
}

err_t
inode_lookup_link(struct inode *cwd, const char *path, struct inode **out)
{
	return lookup(cwd, path, FOLLOW_SLASH, out);
}
