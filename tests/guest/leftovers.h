/* SPDX-License-Identifier: MIT */
/*
 * What children of the fuzzer leave in their folder, and in / when a path of theirs was
 * overwritten and begins with a slash: it is removed, or it would look like lost frames.
 */
#ifndef FAULTLINE_LEFTOVERS_H
#define FAULTLINE_LEFTOVERS_H

#include "test.h"

static char kept[20][32];		/* what is in / at first */
static unsigned n_kept;

static bool
is_kept(const char *name)
{
	for (unsigned i = 0; i < n_kept; i++)
		if (strcmp(kept[i], name) == 0)
			return true;
	return false;
}

/*
 * The name of something in the current folder, IN_ROOT: that was not in / at first.
 * => false when there is none
 */
static bool
any_name(char name[256], bool in_root)
{
	static struct dir d;
	struct linux_dirent64 *entry;
	bool found = false;

	if (dir_open(&d, ".") < 0)
		return false;
	while (!found && (entry = dir_read(&d)) != NULL) {
		found = strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
		    !(in_root && is_kept(entry->d_name));
		strlcpy(name, entry->d_name, 256);
	}
	dir_close(&d);
	return found;
}

/* Note what is in /. */
static void
look_at_root(void)
{
	static struct dir d;
	struct linux_dirent64 *entry;

	check_eq(dir_open(&d, "/"), 0);
	while ((entry = dir_read(&d)) != NULL && check(n_kept < array_len(kept)))
		strlcpy(kept[n_kept++], entry->d_name, sizeof(kept[0]));
	dir_close(&d);
}

/* Remove all that children may have made in the current folder, which is / or is not. */
static void
clean(bool in_root)
{
	char name[256];

	while (any_name(name, in_root)) {
		if (unlink(name) == 0)
			continue;
		if (chdir(name) == 0) {
			clean(false);
			chdir("..");
		}
		if (!check_msg(rmdir(name) == 0, "%s: cannot be removed: errno %d", name, errno))
			break;
	}
}

#endif
