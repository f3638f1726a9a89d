/* SPDX-License-Identifier: MIT */
/* Directories: making, listing and removing them; paths; the current directory. */
#include "test.h"

#define ENTRIES	60

static char root[48];		/* all happens in here */
static char path[PATH_MAX + 100];
static struct linux_stat st;

/* ROOT/NAME, in a buffer that is good until the next call. */
static const char *
in_root(const char *name)
{
	snprintf(path, sizeof(path), "%s/%s", root, name);
	return path;
}

static void
make_file(const char *name)
{
	int fd = open(in_root(name), O_WRONLY | O_CREAT | O_EXCL, 0644);

	check_msg(fd >= 0, "create %s: errno %d", name, errno);
	close(fd);
}

static void
test_make_and_remove(void)
{
	test_step("mkdir");
	check_eq(mkdir(in_root("d"), 0755), 0);
	check_eq(stat(path, &st), 0);
	check_eq(st.st_mode & (S_IFMT | 0700), S_IFDIR | 0700);
	check_eq(raw_syscall(SYS_mkdir, in_root("d"), 0755), -EEXIST);
	check_eq(raw_syscall(SYS_mkdir, in_root("no/d"), 0755), -ENOENT);
	make_file("f");
	check_eq(raw_syscall(SYS_mkdir, in_root("f"), 0755), -EEXIST);
	check_eq(raw_syscall(SYS_mkdir, in_root("f/d"), 0755), -ENOTDIR);
	check_eq(raw_syscall(SYS_mkdir, "/", 0755), -EEXIST);

	test_step("rmdir");
	make_file("d/inner");
	check_eq(raw_syscall(SYS_rmdir, in_root("d")), -ENOTEMPTY);
	check_eq(raw_syscall(SYS_rmdir, in_root("f")), -ENOTDIR);
	check_eq(raw_syscall(SYS_rmdir, in_root("no")), -ENOENT);
	check_eq(raw_syscall(SYS_rmdir, in_root("d/.")), -EINVAL);
	check_eq(raw_syscall(SYS_unlink, in_root("d")), -EISDIR);
	check_eq(raw_syscall(SYS_rmdir, "/"), -EBUSY);
	check_eq(unlink(in_root("d/inner")), 0);
	check_eq(rmdir(in_root("d")), 0);
	check_eq(raw_syscall(SYS_stat, in_root("d"), &st), -ENOENT);
	check_eq(unlink(in_root("f")), 0);
}

static void
test_paths(void)
{
	static char name[NAME_MAX + 2];

	test_step("paths");
	check_eq(mkdir(in_root("a"), 0755), 0);
	check_eq(mkdir(in_root("a/b"), 0755), 0);
	make_file("a/b/f");
	check_eq(stat(in_root("a/b/f"), &st), 0);
	check_eq(stat(in_root("a//b///f"), &st), 0);
	check_eq(stat(in_root("a/./b/../b/f"), &st), 0);
	check_eq(stat(in_root("a/b/"), &st), 0);
	check_eq(raw_syscall(SYS_stat, in_root("a/b/f/"), &st), -ENOTDIR);
	check_eq(raw_syscall(SYS_stat, in_root("a/b/f/x"), &st), -ENOTDIR);
	check_eq(raw_syscall(SYS_stat, in_root("a/no/../b"), &st), -ENOENT);
	check_eq(stat("/../..", &st), 0);

	test_step("long-names");
	memset(name, 'n', NAME_MAX + 1);
	check_eq(raw_syscall(SYS_stat, in_root(name), &st), -ENAMETOOLONG);
	name[NAME_MAX] = '\0';
	make_file(name);
	check_eq(stat(in_root(name), &st), 0);
	check_eq(unlink(in_root(name)), 0);
	memset(path, '/', PATH_MAX);
	path[PATH_MAX] = '\0';
	check_eq(raw_syscall(SYS_stat, path, &st), -ENAMETOOLONG);
	path[PATH_MAX - 1] = '\0';
	check_eq(raw_syscall(SYS_stat, path, &st), 0);

	unlink(in_root("a/b/f"));
	rmdir(in_root("a/b"));
	rmdir(in_root("a"));
}

/* Count what is in ROOT; SEEN[i] for the file named i. */
static int
list(struct dir *d, int *seen)
{
	struct linux_dirent64 *e;
	int others = 0;

	check_eq(dir_open(d, root), 0);
	while ((e = dir_read(d)) != NULL) {
		check_eq(e->d_reclen % 8, 0);
		check(e->d_ino != 0);
		if (isdigit(e->d_name[0])) {
			check(e->d_type == DT_REG || e->d_type == DT_UNKNOWN);
			seen[atoi(e->d_name) % ENTRIES]++;
			continue;
		}
		check(strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0);
		others++;
	}
	dir_close(d);
	return others;
}

static void
test_list(void)
{
	static struct dir d;
	static int seen[ENTRIES];
	char name[40];
	long n;
	int fd;

	test_step("getdents64");
	for (int i = 0; i < ENTRIES; i++) {
		snprintf(name, sizeof(name), "%d%.*s", i, i / 4, "-and-a-longer-name");
		make_file(name);
	}
	check_eq(list(&d, seen), 2);	/* more than one buffer full */
	for (int i = 0; i < ENTRIES; i++) {
		check_eq(seen[i], 1);
		snprintf(name, sizeof(name), "%d%.*s", i, i / 4, "-and-a-longer-name");
		check_eq(unlink(in_root(name)), 0);
	}

	test_step("getdents64-errors");
	fd = open(root, O_RDONLY | O_DIRECTORY);
	check_eq(raw_syscall(SYS_getdents64, fd, d.buf, 8), -EINVAL);
	check(raw_syscall(SYS_getdents64, fd, d.buf, sizeof(d.buf)) > 0);
	check_eq(raw_syscall(SYS_getdents64, fd, d.buf, sizeof(d.buf)), 0);
	check_eq(lseek(fd, 0, SEEK_SET), 0);
	check(raw_syscall(SYS_getdents64, fd, d.buf, sizeof(d.buf)) > 0);
	n = raw_syscall(SYS_read, fd, d.buf, 10);
	check(n == -EISDIR || (n == -EINVAL && test_on_linux()));	/* overlayfs: EINVAL */
	close(fd);
	make_file("f");
	fd = open(in_root("f"), O_RDONLY);
	check_eq(raw_syscall(SYS_getdents64, fd, d.buf, sizeof(d.buf)), -ENOTDIR);
	close(fd);
	unlink(in_root("f"));
}

static void
go_elsewhere(void *arg)
{
	check_eq(chdir(arg), 0);
}

static void
test_current(void)
{
	static char cwd[PATH_MAX];

	test_step("current-directory");
	check_eq(chdir(root), 0);
	check_str(getcwd(cwd, sizeof(cwd)), root);
	check_eq(raw_syscall(SYS_getcwd, cwd, sizeof(cwd)), strlen(root) + 1);
	make_file("f");
	check_eq(stat("f", &st), 0);
	check_eq(mkdir("d", 0755), 0);
	check_eq(chdir("d"), 0);
	check_str(getcwd(cwd, sizeof(cwd)), in_root("d"));
	check_eq(stat("../f", &st), 0);
	check_eq(raw_syscall(SYS_stat, "f", &st), -ENOENT);
	check_eq(chdir(".."), 0);
	check_eq(raw_syscall(SYS_chdir, "f"), -ENOTDIR);
	check_eq(raw_syscall(SYS_chdir, "no"), -ENOENT);
	check_eq(raw_syscall(SYS_getcwd, cwd, 2), -ERANGE);
	check_eq(raw_syscall(SYS_getcwd, cwd, strlen(root)), -ERANGE);

	test_step("current-directory-of-a-child");
	check_exited(test_child(go_elsewhere, "d"), 0);
	check_str(getcwd(cwd, sizeof(cwd)), root);

	unlink("f");
	rmdir("d");
	check_eq(chdir("/"), 0);
	check_str(getcwd(cwd, sizeof(cwd)), "/");
}

int
main(void)
{
	test_begin("dirs");
	test_step("set-up");
	snprintf(root, sizeof(root), "/tmp/dirs-%d", getpid());
	check_eq(mkdir(root, 0755), 0);
	test_make_and_remove();
	test_paths();
	test_list();
	test_current();

	test_step("clean-up");
	check_eq(rmdir(root), 0);
	test_end();
}
