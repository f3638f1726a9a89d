/* SPDX-License-Identifier: MIT */
/*
 * Archives.  Whatever is in one, tar_plant returns, reads nothing outside, and what it has
 * planted can be read and removed again without a trace.
 * host-test: FS MM tests/host/fakes.c tests/host/fakes_fs.c
 */
#include "fs_host.h"

#include "fs/inode.h"
#include "fuzz.h"

void
fuzz_begin(void)
{
	fs_host_init();
}

/* Read all of file NAME. */
static void
read_file(const char *name)
{
	struct file *f = open_ok(name, O_RDONLY);
	static char buf[4096];
	ssize_t n;

	while ((n = file_read(f, buf, sizeof(buf), false)) > 0)
		;
	must_eq(n, 0);
	file_put(f);
}

/* The name of an entry of DIR that is not "." or "..".  => false when there is none */
static bool
first_name(const char *dir, char *name, size_t size)
{
	static uint8_t buf[65536];
	struct file *f = open_ok(dir, O_RDONLY | O_DIRECTORY);
	const struct linux_dirent64 *d;
	ssize_t n, at;
	bool found = false;
	offset_t next;

	n = file_readdir(f, buf, sizeof(buf), &next);
	must(n > 0);
	for (at = 0; at < n && !found; at += d->d_reclen) {
		d = (const struct linux_dirent64 *)(buf + at);
		must(d->d_reclen > 0 && at + d->d_reclen <= n);
		found = strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0;
		if (found)
			snprintf(name, size, "%s", d->d_name);
	}
	file_put(f);
	return found;
}

/* Read and remove everything below directory "." of the current process. */
static void
remove_all(void)
{
	char name[300];
	struct inode *below, *here;

	while (first_name(".", name, sizeof(name))) {
		must_eq(inode_lookup_link(host_proc.cwd, name, &below), ERR_OK);
		if (!inode_is_dir(below)) {
			if (inode_store(below) != NULL)		/* no link, no FIFO */
				read_file(name);
			inode_put(below);
			must_eq(inode_unlink(host_proc.cwd, name), ERR_OK);
			continue;
		}
		here = host_proc.cwd;
		host_proc.cwd = below;
		remove_all();
		host_proc.cwd = here;
		inode_put(below);
		must_eq(inode_rmdir(host_proc.cwd, name), ERR_OK);
	}
}

void
fuzz_one(const uint8_t *data, size_t size)
{
	struct inode *root = host_proc.cwd, *dir;
	size_t frames = pmem_free_count();
	uint8_t *exact;			/* the archive, of its size */

	exact = malloc(max(size, 1ul));
	memcpy(exact, data, size);
	host_console[0] = '\0';
	must_eq(inode_mkdir(NULL, "/f", 0777), ERR_OK);
	must_eq(inode_lookup(NULL, "/f", &dir), ERR_OK);
	host_proc.root = dir;		/* links lead nowhere else */
	tar_plant(dir, exact, size);
	host_proc.root = NULL;
	host_proc.cwd = dir;
	remove_all();
	host_proc.cwd = root;
	inode_put(dir);
	must_eq(inode_rmdir(NULL, "/f"), ERR_OK);
	must_eq(pmem_free_count(), frames);
	free(exact);
}
