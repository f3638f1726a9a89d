/* SPDX-License-Identifier: MIT */
/* U: names of files: links of both kinds, renaming, what stands in the way. */
#include "harness.h"

#include <stdio.h>
#include <sys/stat.h>

/* A directory of its own for each behaviour. */
static void
in_own(const char *name)
{
	sys(SYS_mkdir, name, 0777);
	if (failed(sys(SYS_chdir, name)))
		give_up("no directory");
}

static void
make(const char *name)
{
	sys(SYS_close, sys(SYS_open, name, O_CREAT | O_WRONLY, 0666));
}

static long
links_of(const char *name)
{
	struct stat st;
	long err = sys(SYS_lstat, name, &st);

	return failed(err) ? err : (long)st.st_nlink;
}

#define mkdir_(name)		sys(SYS_mkdir, name, 0777)
#define rename_(from, to)	sys(SYS_rename, from, to)
#define swap(from, to)		sys(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 2)
#define move_new(from, to)	sys(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 1)
#define opened(name, flags)	outcome(sys(SYS_open, name, flags, 0666))

BEHAVIOUR(U1_1, "readlink: 8 of 3 bytes, 2, 0, of a file, of nothing, of an empty path")
{
	char text[8] = "";

	in_own("u1_1");
	make("f");
	sys(SYS_symlink, "f/g", "l");
	say("%s", number(sys(SYS_readlink, "l", text, 8)));
	say("%s", text);
	say("%s", number(sys(SYS_readlink, "l", text, 2)));
	say("%s", number(sys(SYS_readlink, "l", text, 0)));
	say("%s", number(sys(SYS_readlink, "f", text, 8)));
	say("%s", number(sys(SYS_readlink, "x", text, 8)));
	say("%s", number(sys(SYS_readlink, "", text, 8)));
}

BEHAVIOUR(U1_2, "symlink over a file, to nothing, to an empty text, with a slash behind")
{
	in_own("u1_2");
	make("f");
	say("%s", outcome(sys(SYS_symlink, "x", "f")));
	say("%s", outcome(sys(SYS_symlink, "nothing", "l")));
	say("%s", outcome(sys(SYS_symlink, "", "e")));
	say("%s", outcome(sys(SYS_symlink, "x", "n/")));
	say("%s", outcome(sys(SYS_symlink, "x", "l/")));
	say("%s", outcome(sys(SYS_symlinkat, "x", 99, "n")));
}

BEHAVIOUR(U1_3, "open of a link to nothing: read, create, exclusively, without following")
{
	in_own("u1_3");
	sys(SYS_symlink, "new", "l");
	say("%s", opened("l", O_RDONLY));
	say("%s", opened("l", O_WRONLY | O_CREAT | O_EXCL));
	say("%s", opened("l", O_WRONLY | O_CREAT | O_NOFOLLOW));
	say("%s", opened("l", O_WRONLY | O_CREAT));
	say("%s", opened("new", O_RDONLY));
	say("%s", opened("l", O_RDONLY | O_NOFOLLOW));
	say("%s", opened("l", O_PATH | O_NOFOLLOW));
	say("%s", opened("l", O_RDONLY | O_NOFOLLOW | O_DIRECTORY));
}

BEHAVIOUR(U1_4, "40 links on one way, 41; a link to itself")
{
	char to[16] = ".", name[16];

	in_own("u1_4");
	for (int i = 1; i <= 41; i++) {
		snprintf(name, sizeof(name), "l%d", i);
		sys(SYS_symlink, to, name);
		memcpy(to, name, sizeof(to));
	}
	say("%s", opened("l40", O_RDONLY));
	say("%s", opened("l41", O_RDONLY));
	sys(SYS_symlink, "self", "self");
	say("%s", opened("self", O_RDONLY));
	say("%s", opened("self/x", O_RDONLY));
	say("%s", outcome(sys(SYS_unlink, "self")));
}

BEHAVIOUR(U1_5, "a link to a directory with a slash: lstat, rmdir, unlink, readlink, rename, mkdir")
{
	struct stat st;
	char text[8];

	in_own("u1_5");
	mkdir_("d");
	sys(SYS_symlink, "d", "l");
	sys(SYS_lstat, "l/", &st);
	say("%s", S_ISDIR(st.st_mode) ? "a directory" : "a link");
	say("%s", outcome(sys(SYS_rmdir, "l/")));
	say("%s", outcome(sys(SYS_unlink, "l/")));
	say("%s", outcome(sys(SYS_readlink, "l/", text, 8)));
	say("%s", outcome(rename_("l/", "m")));
	say("%s", outcome(mkdir_("l/")));
	say("%s", outcome(sys(SYS_rmdir, "l")));
}

BEHAVIOUR(U1_6, "links in the middle, up through a link, slashes behind a file")
{
	in_own("u1_6");
	mkdir_("a");
	mkdir_("a/b");
	make("a/f");
	sys(SYS_symlink, "a/b", "l");
	sys(SYS_symlink, "../f", "a/b/up");
	sys(SYS_symlink, "a/f/", "file");
	say("%s", opened("l/up", O_RDONLY));
	say("%s", opened("l/../f", O_RDONLY));
	say("%s", opened("a/f/", O_RDONLY));
	say("%s", opened("file", O_RDONLY));
	say("%s", opened("a/f/.", O_RDONLY));
	say("%s", opened("new/", O_WRONLY | O_CREAT));
	say("%s", opened("a", O_WRONLY | O_CREAT));
}

BEHAVIOUR(U2_1, "rename: nothing, into nothing, file over directory and back, over a full one")
{
	in_own("u2_1");
	make("f");
	mkdir_("d");
	mkdir_("e");
	make("e/x");
	say("%s", outcome(rename_("none", "x")));
	say("%s", outcome(rename_("f", "none/x")));
	say("%s", outcome(rename_("f", "d")));
	say("%s", outcome(rename_("d", "f")));
	say("%s", outcome(rename_("d", "e")));
	say("%s", outcome(rename_("e", "d")));
	say("%s", opened("d/x", O_RDONLY));
}

BEHAVIOUR(U2_2, "rename of a directory into itself, over what it lies in, of . and ..")
{
	in_own("u2_2");
	mkdir_("a");
	mkdir_("a/b");
	say("%s", outcome(rename_("a", "a/c")));
	say("%s", outcome(rename_("a", "a/b/c")));
	say("%s", outcome(rename_("a/b", "a")));
	say("%s", outcome(rename_(".", "x")));
	say("%s", outcome(rename_("a/..", "x")));
	say("%s", outcome(rename_("a", "a/b/..")));
	say("%s", outcome(rename_("/", "x")));
	say("%s", outcome(rename_("a", "a")));
}

BEHAVIOUR(U2_3, "rename with slashes behind: a file, a directory, to a new name")
{
	in_own("u2_3");
	make("f");
	mkdir_("d");
	say("%s", outcome(rename_("f/", "x")));
	say("%s", outcome(rename_("f", "x/")));
	say("%s", outcome(rename_("d/", "e/")));
	say("%s", outcome(rename_("e", "d/")));
}

BEHAVIOUR(U2_4, "rename moves .. and counts: links of from, to, and what .. is")
{
	struct stat up, to;

	in_own("u2_4");
	mkdir_("from");
	mkdir_("from/d");
	mkdir_("to");
	say("%s", outcome(rename_("from/d", "to/d")));
	say("%ld", links_of("from"));
	say("%ld", links_of("to"));
	sys(SYS_stat, "to/d/..", &up);
	sys(SYS_stat, "to", &to);
	say("%s", same(up.st_ino == to.st_ino));
}

BEHAVIOUR(U2_5, "RENAME_NOREPLACE: new, old, itself, .; both flags; an unknown one")
{
	in_own("u2_5");
	make("f");
	make("g");
	say("%s", outcome(move_new("f", "h")));
	say("%s", outcome(move_new("h", "g")));
	say("%s", outcome(move_new("g", "g")));
	say("%s", outcome(move_new("g", ".")));
	say("%s", outcome(sys(SYS_renameat2, AT_FDCWD, "g", AT_FDCWD, "x", 3)));
	say("%s", outcome(sys(SYS_renameat2, AT_FDCWD, "g", AT_FDCWD, "x", 64)));
}

BEHAVIOUR(U2_6, "RENAME_EXCHANGE: with nothing, file and directory, with what lies in it")
{
	in_own("u2_6");
	make("f");
	mkdir_("d");
	mkdir_("d/e");
	say("%s", outcome(swap("f", "none")));
	say("%s", outcome(swap("f", "d")));
	say("%s", opened("f/e", O_RDONLY | O_DIRECTORY));
	say("%s", opened("d", O_WRONLY));
	say("%s", outcome(swap("f", "f/e")));
	say("%s", outcome(swap("f/e", "f")));
	say("%s", outcome(swap("d/", "f")));
}

BEHAVIOUR(U2_7, "a file that is open, and mapped, is replaced by another")
{
	char byte = 'x';
	int fd = file("old", P);
	char *at = (char *)map_file(NULL, P, RW, MAP_SHARED, fd, 0);

	make("new");
	say("%s", outcome(rename_("new", "old")));
	at[5] = 'y';
	sys(SYS_pread64, fd, &byte, 1, 5);
	say("%c", byte);
	say("%s", number(sys(SYS_lseek, sys(SYS_open, "old", O_RDONLY), 0, SEEK_END)));
}

BEHAVIOUR(U3_1, "link: counts, over a file, of a directory, of nothing, to a name with a slash")
{
	in_own("u3_1");
	make("f");
	mkdir_("d");
	say("%s", outcome(sys(SYS_link, "f", "g")));
	say("%ld", links_of("f"));
	say("%s", outcome(sys(SYS_link, "f", "g")));
	say("%s", outcome(sys(SYS_link, "d", "e")));
	say("%s", outcome(sys(SYS_link, "d", "f")));
	say("%s", outcome(sys(SYS_link, "none", "e")));
	say("%s", outcome(sys(SYS_link, "f", "e/")));
	say("%s", outcome(rename_("f", "g")));
	say("%ld", links_of("f"));
}

BEHAVIOUR(U3_2, "linkat: of a link, of what it leads to, an unknown flag, of a removed file")
{
	char path[40];
	int fd;

	in_own("u3_2");
	fd = file("f", 1);
	sys(SYS_symlink, "f", "l");
	say("%s", outcome(sys(SYS_linkat, AT_FDCWD, "l", AT_FDCWD, "a", 0)));
	say("%ld", links_of("l"));
	say("%s", outcome(sys(SYS_linkat, AT_FDCWD, "l", AT_FDCWD, "b", AT_SYMLINK_FOLLOW)));
	say("%ld", links_of("f"));
	say("%s", outcome(sys(SYS_linkat, AT_FDCWD, "f", AT_FDCWD, "c", 1)));
	sys(SYS_unlink, "b");
	sys(SYS_unlink, "f");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	say("%s", outcome(sys(SYS_linkat, AT_FDCWD, path, AT_FDCWD, "c", AT_SYMLINK_FOLLOW)));
}

BEHAVIOUR(U3_3, "unlinkat: a directory, with AT_REMOVEDIR, a file with it, an unknown flag")
{
	in_own("u3_3");
	mkdir_("d");
	make("f");
	say("%s", outcome(sys(SYS_unlinkat, AT_FDCWD, "d", 0)));
	say("%s", outcome(sys(SYS_unlinkat, AT_FDCWD, "f", AT_REMOVEDIR)));
	say("%s", outcome(sys(SYS_unlinkat, AT_FDCWD, "d", AT_REMOVEDIR)));
	say("%s", outcome(sys(SYS_unlinkat, AT_FDCWD, "f", 1)));
	say("%s", outcome(sys(SYS_unlinkat, 99, "f", 0)));
	say("%s", outcome(sys(SYS_unlinkat, AT_FDCWD, "f", 0)));
}

BEHAVIOUR(U3_4, "mkdirat, fchdir, and openat through a directory that was renamed, removed")
{
	long d;

	in_own("u3_4");
	mkdir_("d");
	d = sys(SYS_open, "d", O_RDONLY | O_DIRECTORY);
	say("%s", outcome(sys(SYS_mkdirat, d, "e", 0777)));
	rename_("d", "x");
	say("%s", outcome(sys(SYS_openat, d, "e", O_RDONLY)));
	sys(SYS_unlinkat, d, "e", AT_REMOVEDIR);
	say("%s", outcome(sys(SYS_fchdir, d)));
	say("%s", outcome(sys(SYS_rmdir, "../x")));
	say("%s", outcome(sys(SYS_openat, d, "new", O_CREAT | O_WRONLY, 0666)));
	say("%s", outcome(sys(SYS_mkdirat, d, "new", 0777)));
	say("%s", outcome(sys(SYS_openat, d, ".", O_RDONLY)));
	say("%s", outcome(sys(SYS_fchdir, sys(SYS_open, "/dev/null", O_RDONLY))));
	say("%s", outcome(sys(SYS_fchdir, 99)));
}

BEHAVIOUR(U3_5, "mknod: a file, a FIFO, over it, a directory, an unknown kind, with a slash")
{
	struct stat st;

	in_own("u3_5");
	say("%s", outcome(sys(SYS_mknod, "f", S_IFREG | 0666, 0)));
	say("%s", outcome(sys(SYS_mknod, "p", S_IFIFO | 0640, 0)));
	sys(SYS_stat, "p", &st);
	say("0%o", st.st_mode);
	say("%s", outcome(sys(SYS_mknod, "p", S_IFIFO | 0640, 0)));
	say("%s", outcome(sys(SYS_mknod, "d", S_IFDIR | 0640, 0)));
	say("%s", outcome(sys(SYS_mknod, "u", 0150000, 0)));
	say("%s", outcome(sys(SYS_mknodat, AT_FDCWD, "n/", 0666, 0)));
}

static int
write_fifo(void *arg)
{
	long fd = sys(SYS_open, arg, O_WRONLY);

	return sys(SYS_write, fd, "abc", 3) == 3 ? 0 : 1;
}

BEHAVIOUR(U3_6, "a FIFO: write-only without a reader, read-only, a writer comes and goes")
{
	char buf[8] = "";
	long fd, pid;

	in_own("u3_6");
	sys(SYS_mknod, "p", S_IFIFO | 0600, 0);
	say("%s", opened("p", O_WRONLY | O_NONBLOCK));
	fd = sys(SYS_open, "p", O_RDONLY | O_NONBLOCK);
	say("%s", number(sys(SYS_read, fd, buf, 8)));
	sys(SYS_close, fd);
	pid = start(write_fifo, "p");
	fd = sys(SYS_open, "p", O_RDONLY);
	say("%s", number(sys(SYS_read, fd, buf, 8)));
	say("%s", buf);
	say("%s", ended(wait_for(pid)));
	say("%s", number(sys(SYS_read, fd, buf, 8)));
	say("%s", number(sys(SYS_lseek, fd, 0, SEEK_SET)));
}

BEHAVIOUR(U3_7, "umask: what it was, a new one, what a file and a directory get")
{
	struct stat st;

	in_own("u3_7");
	say("0%lo", sys(SYS_umask, 0127777));
	say("0%lo", sys(SYS_umask, 027));
	sys(SYS_close, sys(SYS_creat, "f", 0666));
	mkdir_("d");
	sys(SYS_stat, "f", &st);
	say("0%o", st.st_mode);
	sys(SYS_stat, "d", &st);
	say("0%o", st.st_mode);
	sys(SYS_umask, 0);
}

BEHAVIOUR(U4_1, "/proc/self/cwd, exe, fd/N of a removed file, of a pipe, of nothing")
{
	char text[200] = "", path[40];
	int fd = file("gone", 5), fds[2];
	long n;

	say("%s", outcome(sys(SYS_access, "/proc/self/cwd/gone", 0)));
	sys(SYS_unlink, "gone");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	n = sys(SYS_readlink, path, text, sizeof(text) - 1);
	say("%s", n > 14 ? text + n - 14 : "short");
	say("%s", number(sys(SYS_read, sys(SYS_open, path, O_RDONLY), text, 10)));
	sys(SYS_close, fd);
	say("%s", outcome(sys(SYS_readlink, path, text, 10)));
	sys(SYS_pipe, fds);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fds[0]);
	sys(SYS_readlink, path, text, 6);
	say("%.6s", text);
	sys(SYS_write, fds[1], "abc", 3);
	say("%s", number(sys(SYS_read, sys(SYS_open, path, O_RDONLY), text, 10)));
	memset(text, 0, sizeof(text));
	sys(SYS_readlink, "/proc/self/exe", text, sizeof(text) - 1);
	say("%s", same(strcmp(text, self_path) == 0));
}
