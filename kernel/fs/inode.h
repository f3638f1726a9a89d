/* SPDX-License-Identifier: MIT */
/*
 * What the files of kernel/fs share about inodes; everybody else uses fs/fs.h.
 *
 * fs_lock guards the whole tree, all file contents, and the counts and offsets
 * of open files.  References: one for each name in a directory, each open file,
 * each current directory, and one that a directory has on its parent.
 */
#ifndef FAULTLINE_FS_INODE_H
#define FAULTLINE_FS_INODE_H

#include "fs/fs.h"
#include "fs/pagetree.h"
#include "lib/list.h"
#include "mm/memstore.h"

extern struct spinlock fs_lock;

/* What a device can do.  Offsets mean nothing to it, and a write is of all bytes or none. */
struct device {
	const char *name;		/* in /dev */
	uint64_t rdev;			/* the number Linux gives it, devices.txt */
	uint32_t perm;
	bool stream;			/* not seekable, may sleep, takes a line at a time */
	err_t (*open)(void);		/* may it be opened?  NULL: always */
	ssize_t (*peek)(void *buf, size_t n, bool nowait);	/* as file_peek */
	void (*skip)(size_t n);					/* NULL: nothing to take */
	ssize_t (*write)(const struct device *dev, const void *buf, size_t n, bool nowait);
	unsigned (*poll)(struct watch *w);			/* NULL: always ready */
	err_t (*ioctl)(unsigned cmd, union ioctl_arg *arg);	/* NULL: no terminal */
	paddr_t mem_start, mem_end;	/* what of it can be mapped; 0, 0: nothing */
};

/* What a directory or file can do whose contents are made when somebody looks (fs/procfs.c). */
struct dynamic {
	/* A directory's: the inode called NAME (LEN bytes), borrowed, or NULL. */
	struct inode *(*find)(struct inode *dir, const char *name, size_t len);
	/* A directory's: have all entries there, as far as there is memory. */
	void (*list)(struct inode *dir);
	/*
	 * A file's: a new inode without a name, with what is in IP now, in *SNAPSHOT.
	 * => ERR_NOMEM; ERR_SRCH when what it tells about has gone
	 */
	err_t (*open)(struct inode *ip, struct inode **snapshot);
	/* A link's: where it leads to, whatever its text says, borrowed; NULL: nowhere any more. */
	struct inode *(*jump)(struct inode *link);
	/* A link's: its text, cut to N bytes, not terminated.  => the length, or an err_t */
	ssize_t (*text)(struct inode *link, char *buf, size_t n);
};

/* The contents of a regular file. */
struct filedata {
	uint64_t size;
	const uint8_t *view;		/* archive bytes; NULL: none */
	uint64_t view_size;		/* how much of the file can be the view's; <= size */
	uint64_t reserved;		/* pages may be there up to here, too: data_reserve */
	struct pagetree tree;		/* pages written to or mapped; bytes past size are zero */
	struct memstore store;		/* the same to those who map it */
};

struct dir {
	struct list entries;		/* dirent.node, the oldest first */
	struct inode *parent;		/* owned reference; the root: itself, not owned */
	uint64_t last_cookie;		/* of the newest entry */
};

/* A time: in seconds and nanoseconds since 1970, or in ticks of the time-stamp counter. */
struct stamp {
	int64_t value;
	uint32_t nsec;			/* STAMP_TICKS: VALUE is ticks */
};

#define STAMP_TICKS	UINT32_MAX

/* Where a symbolic link leads to. */
struct link {
	char *text;			/* owned, terminated */
	size_t len;
};

struct pipe;

struct inode {
	/* constant after creation */
	uint64_t ino;
	pid_t pid;			/* whose directory or file it is, in /proc */
	const struct device *dev;	/* a device's; else NULL */
	const struct dynamic *dynamic;	/* of /proc; else NULL */
	/* fs_lock */
	uint32_t mode;			/* S_IF type, which is constant, and permission bits */
	uint32_t uid, gid;
	struct stamp atime, mtime, ctime;
	int refs;
	uint32_t nlink;			/* 0: has no name any more */
	struct list names;		/* dirent.alias; at most one of a directory */
	struct dirent *gone;		/* the last name of what has none now; see dir_remove */
	union {
		struct filedata data;	/* S_IFREG; of S_IFCHR, the store (devmem.c) */
		struct dir dir;		/* S_IFDIR */
		struct link link;	/* S_IFLNK */
		struct pipe *pipe;	/* S_IFIFO; NULL: nobody has it open */
	};
};

struct dirent {
	struct list node;		/* in dir.entries */
	struct list alias;		/* in inode.names */
	struct inode *dir;		/* where it is an entry, not owned */
	struct inode *inode;		/* owned reference */
	uint64_t cookie;		/* ascending; where reading the directory goes on */
	uint8_t len;
	char name[];			/* LEN bytes, not terminated */
};

#define INODE_DEV	1	/* st_dev of all inodes in the tree, */
#define PIPE_DEV	2	/* of pipes without a name, */
#define PROC_DEV	3	/* and of what is in /proc */

/* Cookies below these belong to "." and "..". */
#define COOKIE_DOT	1
#define COOKIE_DOTDOT	2

static inline bool
inode_is_reg(const struct inode *ip)
{
	return (ip->mode & S_IFMT) == S_IFREG;
}

static inline bool
inode_is_link(const struct inode *ip)
{
	return (ip->mode & S_IFMT) == S_IFLNK;
}

/* --- inode.c --- */

/* A new inode with one reference and no name.  => NULL when there is no memory */
struct inode *inode_create(uint32_t mode, const struct device *dev) REQUIRES(fs_lock);
struct inode *inode_get_locked(struct inode *ip) REQUIRES(fs_lock);
void inode_put_locked(struct inode *ip) REQUIRES(fs_lock);

/* A number for st_ino that nothing else has. */
uint64_t inode_number(void) REQUIRES(fs_lock);

/* --- attr.c --- */
struct stamp stamp_now(void);

/* What is known about IP was changed now; its contents were, too; they were read. */
void inode_changed(struct inode *ip) REQUIRES(fs_lock);
void inode_modified(struct inode *ip) REQUIRES(fs_lock);
void inode_was_read(struct inode *ip) REQUIRES(fs_lock);

/* --- data.c --- */
size_t data_read(const struct filedata *d, void *buf, size_t n, offset_t ofs) REQUIRES(fs_lock);
must_check ssize_t data_write(struct filedata *d, const void *buf, size_t n, offset_t ofs)
    REQUIRES(fs_lock);
must_check err_t data_truncate(struct filedata *d, uint64_t size) REQUIRES(fs_lock);

#define DATA_WRITTEN	1	/* note of a page's frame: it is not only a copy of the view */

/* The frame of page IDX, in the tree if it was not there before.  => ERR_NOSPC */
must_check err_t data_page(struct filedata *d, uint64_t idx, paddr_t *p) REQUIRES(fs_lock);

/* No page has this index or a higher one. */
uint64_t data_pages_end(const struct filedata *d) REQUIRES(fs_lock);

/* --- datarange.c --- */

/* Have pages for the bytes [OFS, OFS + LEN), LEN > 0.  => ERR_NOSPC, then nothing has changed */
must_check err_t data_reserve(struct filedata *d, offset_t ofs, uint64_t len) REQUIRES(fs_lock);

/* Let them be zero, without pages as far as that goes.  => ERR_NOSPC */
must_check err_t data_punch(struct filedata *d, offset_t ofs, uint64_t len) REQUIRES(fs_lock);

/* The first byte from OFS on that is in a page; that is in none.  => ERR_NXIO */
must_check ssize_t data_seek_data(const struct filedata *d, offset_t ofs) REQUIRES(fs_lock);
must_check ssize_t data_seek_hole(const struct filedata *d, offset_t ofs) REQUIRES(fs_lock);

/* Make D, all zero, an empty file. */
void data_init(struct filedata *d);
uint64_t data_blocks(const struct filedata *d) REQUIRES(fs_lock);	/* of 512 bytes */

/* --- dir.c --- */

/* The entry, or the inode, called NAME (LEN bytes; not "." or "..") in DIR, borrowed, or NULL. */
struct dirent *dir_find_entry(struct inode *dir, const char *name, size_t len) REQUIRES(fs_lock);
struct inode *dir_find(struct inode *dir, const char *name, size_t len) REQUIRES(fs_lock);

/*
 * Make an inode called NAME (new there) in DIR.
 * => *OUT is borrowed: the name owns the only reference
 * => ERR_NOSPC; ERR_NOENT when DIR was removed
 */
must_check err_t dir_create(struct inode *dir, const char *name, size_t len, uint32_t mode,
    const struct device *dev, struct inode **out) REQUIRES(fs_lock);

/*
 * The same for a symbolic link to the LEN bytes at TEXT, which are copied.
 */
must_check err_t dir_create_link(struct inode *dir, const char *name, size_t len,
    const char *text, size_t text_len) REQUIRES(fs_lock);

/* Give IP one more name in DIR, new there.  => ERR_NOSPC; ERR_NOENT when DIR was removed */
must_check err_t dir_link(struct inode *dir, const char *name, size_t len, struct inode *ip)
    REQUIRES(fs_lock);

/*
 * Take E out of its directory, and give up its reference to the inode.  When it was the
 * last name and somebody still has the inode, that keeps it, to tell what it was called.
 */
void dir_remove(struct dirent *e) REQUIRES(fs_lock);

/*
 * Give E's inode the new name in DIR instead, taking away OVER, which has it now (NULL: nobody).
 * => ERR_NOSPC; then nothing has changed
 */
must_check err_t dir_move(struct dirent *e, struct inode *dir, const char *name, size_t len,
    struct dirent *over) REQUIRES(fs_lock);

/* Let A be the name of B's inode, and B that of A's. */
void dir_exchange(struct dirent *a, struct dirent *b) REQUIRES(fs_lock);

/* Let IP, which never had a name, tell that it was called NAME, in the root.  => ERR_NOMEM */
must_check err_t dir_never_was(struct inode *ip, const char *name, size_t len) REQUIRES(fs_lock);

/* As file_readdir, from cookie POS on. */
must_check ssize_t dir_read(const struct inode *dir, void *buf, size_t n, offset_t pos,
    offset_t *next) REQUIRES(fs_lock);

/* As inode_path, and of a directory that was removed the path that it had. */
must_check ssize_t inode_path_locked(struct inode *ip, char *buf, size_t n) REQUIRES(fs_lock);

/* --- path.c --- */

extern struct inode *fs_root;		/* constant after fs_init */

/* Where the paths of the current process begin: chroot(2). */
struct inode *path_root(void);

/* --- devmem.c --- */

/* IP is a device with memory: its store shows that, and its frames are owned for good. */
void devmem_init(struct inode *ip);

/* May LEN bytes at OFS of DEV be mapped?  => ERR_PERM */
must_check err_t devmem_check(const struct device *dev, offset_t ofs, size_t len);

/* --- dev.c, tar.c --- */

/* Put all devices in directory DEVDIR. */
must_check err_t dev_populate(struct inode *devdir) REQUIRES(fs_lock);

/*
 * Plant the ustar archive in the tree; what cannot be is reported and skipped.
 * => the archive's bytes stay in use for good
 * => returns the number of entries planted
 */
size_t tar_plant(struct inode *root, const uint8_t *archive, size_t size) EXCLUDES(fs_lock);

#endif
