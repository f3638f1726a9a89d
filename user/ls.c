/* SPDX-License-Identifier: MIT */
/*
 * ls [-l] [NAME...]: list directories, or the current one; with -l, type, rights and
 * size too.  Entries come in the file system's order; names with a dot in front are
 * left out.
 */
#include "user.h"

static char
type_letter(uint32_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFDIR:
		return 'd';
	case S_IFCHR:
		return 'c';
	case S_IFIFO:
		return 'p';
	case S_IFREG:
		return '-';
	default:
		return '?';
	}
}

/* One line for NAME, which lies at PATH.  => 0, or 1 after a message */
static int
list_entry(const char *path, const char *name, bool details)
{
	static struct linux_stat st;
	char rights[] = "rwxrwxrwx";

	if (!details) {
		puts(name);
		return 0;
	}
	if (stat(path, &st) < 0) {
		dprintf(STDERR, "ls: %s: %s\n", path, strerror(errno));
		return 1;
	}
	for (int i = 0; i < 9; i++)
		if ((st.st_mode & (0400U >> i)) == 0)
			rights[i] = '-';
	printf("%c%s %3lu %9ld %s\n", type_letter(st.st_mode), rights, st.st_nlink, st.st_size,
	    name);
	return 0;
}

static int
list_directory(const char *path, bool details)
{
	static struct dir dir;
	static char entry_path[PATH_MAX];
	struct linux_dirent64 *entry;
	int status = 0;

	if (dir_open(&dir, path) < 0) {
		dprintf(STDERR, "ls: %s: %s\n", path, strerror(errno));
		return 1;
	}
	while ((entry = dir_read(&dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(entry_path, sizeof(entry_path), "%s/%s", path, entry->d_name);
		status |= list_entry(entry_path, entry->d_name, details);
	}
	dir_close(&dir);
	return status;
}

static int
list(const char *name, bool details)
{
	static struct linux_stat st;

	if (stat(name, &st) < 0) {
		dprintf(STDERR, "ls: %s: %s\n", name, strerror(errno));
		return 1;
	}
	if ((st.st_mode & S_IFMT) != S_IFDIR)
		return list_entry(name, name, details);
	return list_directory(name, details);
}

int
main(int argc, char **argv)
{
	bool details = argc > 1 && strcmp(argv[1], "-l") == 0;
	int first = details ? 2 : 1, status = 0;

	if (first == argc)
		return list_directory(".", details);
	for (int i = first; i < argc; i++) {
		if (argc - first > 1)
			printf("%s:\n", argv[i]);
		status |= list(argv[i], details);
	}
	return status;
}
