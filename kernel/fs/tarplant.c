/* SPDX-License-Identifier: MIT */
/*
 * From an archive's entry to what is in the tree.
 */
#include "fs/tar.h"

#include "fs/path.h"
#include "lib/string.h"

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

/* => NULL, or what is wrong */
static const char *
check_path(const char *path)
{
	const char *name;
	size_t len;

	if (*path == '/')
		return "its path leads out of the archive";
	while ((len = next_component(&path, &name)) > 0) {
		if (len > NAME_MAX)
			return "a name is too long";
		if (len == 2 && memcmp(name, "..", 2) == 0)
			return "its path leads out of the archive";
	}
	return NULL;
}

/* Make or find directory NAME in DIR; a link may lead to it.  => NULL, or what is wrong */
static const char *
plant_dir(struct inode **dir, const char *name, size_t len, uint32_t perm) REQUIRES(fs_lock)
{
	struct inode *ip = dir_find(*dir, name, len);

	if (ip == NULL && dir_create(*dir, name, len, S_IFDIR | perm, NULL, &ip) != ERR_OK)
		return "no memory";
	if (inode_is_link(ip) && path_find(*dir, ip->link.text, FOLLOW_LAST, &ip) != ERR_OK)
		return "the link that has the name of its directory leads nowhere";
	if (!inode_is_dir(ip))
		return "a file has the name of its directory";
	*dir = ip;
	return NULL;
}

/* Plant what is no directory as NAME in DIR. */
static const char *
plant_name(struct inode *root, struct inode *dir, const char *name, size_t len,
    const struct tar_entry *e) REQUIRES(fs_lock)
{
	struct inode *ip;
	err_t err;

	switch (e->type) {
	case '1':
		if (path_find(root, e->link, FOLLOW_SLASH, &ip) != ERR_OK || inode_is_dir(ip))
			return "there is no such file to link to";
		err = dir_link(dir, name, len, ip);
		break;
	case '2':
		return dir_create_link(dir, name, len, e->link, strlen(e->link)) == ERR_OK ? NULL :
		    "no memory";
	case '6':
		err = dir_create(dir, name, len, S_IFIFO | e->perm, NULL, &ip);
		break;
	default:
		err = dir_create(dir, name, len, S_IFREG | e->perm, NULL, &ip);
		if (err == ERR_OK) {
			ip->data.size = ip->data.view_size = e->size;
			ip->data.view = e->data;
		}
	}
	if (err != ERR_OK)
		return "no memory";
	ip->atime = ip->mtime = (struct stamp){ e->mtime, 0 };
	return NULL;
}

/* May E be where IP (NULL: nothing) is?  => NULL, or what is wrong */
static const char *
check_replace(const struct inode *ip, const struct tar_entry *e)
{
	if (ip != NULL && (inode_is_dir(ip) || ip->dev != NULL))
		return "the name is taken";
	if (e->type == '3')
		return "there is no such device";
	return e->type == '2' && e->link[0] == '\0' ? "it leads nowhere" : NULL;
}

/*
 * The same as plant_name, where there may be something already: as tar does, the later one
 * counts.  Devices are not made, but those that there are may be named.
 */
static const char *
replace_name(struct inode *root, struct inode *dir, const char *name, size_t len,
    const struct tar_entry *e) REQUIRES(fs_lock)
{
	struct dirent *old = dir_find_entry(dir, name, len);
	const struct inode *ip = old != NULL ? old->inode : NULL;
	const char *wrong = check_replace(ip, e);

	if (e->type == '3' && ip != NULL && ip->dev != NULL)
		return NULL;
	if (wrong == NULL)
		wrong = plant_name(root, dir, name, len, e);
	if (wrong == NULL && old != NULL)
		dir_remove(old);
	return wrong;
}

const char *
tar_plant_entry(struct inode *root, const struct tar_entry *e)
{
	const char *path = e->path, *name, *next, *wrong;
	struct inode *dir = root;
	size_t len, next_len;

	if (strchr("012356", e->type) == NULL)
		return "it is of an unknown kind";
	wrong = check_path(path);
	if (wrong != NULL)
		return wrong;
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
	return replace_name(root, dir, name, len, e);
}
