/* SPDX-License-Identifier: MIT */
/*
 * Paths: each line of the input is a path, its first character says what to do with it.
 * What can be looked up has a path of its own, which leads to the same place; what was
 * made is found, what was removed is not.
 * host-test: FS MM tests/host/fakes.c tests/host/fakes_fs.c
 */
#include "fs_host.h"

#include "fs/inode.h"
#include "fuzz.h"

#define LINES	64
#define LENGTH	300

static struct inode *root;
static char made[LINES][2 * LENGTH];	/* paths of what is there */
static size_t n_made;

void
fuzz_begin(void)
{
	fs_host_init();
	root = host_proc.cwd;
}

static bool
exists(const char *path)
{
	struct inode *ip, *again;
	char buf[4096];
	ssize_t n;

	if (inode_lookup(host_proc.cwd, path, &ip) != ERR_OK)
		return false;
	n = inode_path(ip, buf, sizeof(buf));
	must(n > 0 && buf[0] == '/' && strnlen(buf, sizeof(buf)) < sizeof(buf));
	must_eq(inode_lookup(NULL, buf, &again), ERR_OK);
	must(again == ip);
	inode_put(again);
	inode_put(ip);
	return true;
}

/* Keep in mind that PATH is there now. */
static void
note_made(const char *path)
{
	struct inode *ip;

	must_eq(inode_lookup(host_proc.cwd, path, &ip), ERR_OK);
	must(inode_path(ip, made[n_made], sizeof(made[0])) > 0);
	n_made++;
	inode_put(ip);
}

static void
make_directory(const char *path, bool was)
{
	err_t err = inode_mkdir(host_proc.cwd, path, 0777);

	must(!was || err != ERR_OK);
	must(exists(path) == (was || err == ERR_OK));
	if (err == ERR_OK)
		note_made(path);
}

static void
make_file(const char *path, bool was)
{
	struct file *f;
	err_t err = file_open(host_proc.cwd, path, O_RDWR | O_CREAT | O_EXCL, 0666, &f);

	must(!was || err != ERR_OK);
	must(exists(path) == (was || err == ERR_OK));
	if (err != ERR_OK)
		return;
	must_eq(file_write(f, path, strlen(path), false), strlen(path));
	file_put(f);
	note_made(path);
}

static void
change_directory(const char *path)
{
	struct inode *ip;

	if (inode_lookup(host_proc.cwd, path, &ip) != ERR_OK)
		return;
	if (inode_is_dir(ip)) {
		inode_put(host_proc.cwd);
		host_proc.cwd = ip;
	} else {
		inode_put(ip);
	}
}

static void
one_line(char what, const char *path)
{
	bool was = exists(path);

	switch (what % 4) {
	case 0:
		make_directory(path, was);
		break;
	case 1:
		make_file(path, was);
		break;
	case 2:
		change_directory(path);
		break;
	}
}

/* Deepest first: what was made last lies in what was made before. */
static void
remove_all(void)
{
	inode_put(host_proc.cwd);
	host_proc.cwd = inode_get(root);
	while (n_made-- > 0) {
		const char *path = made[n_made];

		must(exists(path));
		if (inode_rmdir(NULL, path) != ERR_OK)
			must_eq(inode_unlink(NULL, path), ERR_OK);
		must(!exists(path));
	}
	n_made = 0;
}

void
fuzz_one(const uint8_t *data, size_t size)
{
	size_t frames = pmem_free_count();
	char path[LENGTH];

	for (int line = 0; line < LINES && size > 0; line++) {
		const uint8_t *end = memchr(data, '\n', size);
		size_t len = end != NULL ? (size_t)(end - data) : size;

		if (len > 1) {
			snprintf(path, sizeof(path), "%.*s", (int)len - 1, (const char *)data + 1);
			one_line((char)data[0], path);
		}
		len = min(len + 1, size);
		data += len;
		size -= len;
	}
	remove_all();
	must_eq(pmem_free_count(), frames);
}
