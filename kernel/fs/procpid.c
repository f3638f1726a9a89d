/* SPDX-License-Identifier: MIT */
/*
 * What /proc tells about a process.  Formats are Linux', to the column: proc(5).
 */
#include "fs/procfs.h"

#include "clock.h"
#include "lib/string.h"
#include "mm/map.h"
#include "mm/pmem.h"
#include "mm/ptdump.h"
#include "proc.h"

#define NAME_COLUMN	73	/* of the name in a line of maps */
#define NSEC_PER_TICK	(NSEC_PER_SEC / 100)	/* times in stat are in hundredths of a second */

static const char *
state_name(const struct proc *p)
{
	switch (p->state) {
	case PROC_ZOMBIE:
		return "Z (zombie)";
	case PROC_RUNNABLE:
	case PROC_RUNNING:
		return "R (running)";
	case PROC_BLOCKED:
		return "D (disk sleep)";
	case PROC_STOPPED:
		return "T (stopped)";
	default:
		return "S (sleeping)";
	}
}

static pid_t
parent_pid(const struct proc *p)
{
	return p->parent != NULL ? p->parent->pid : 0;
}

static size_t
resident_pages(struct addrspace *as)
{
	return vpmap_count(&as->vpmap, 0, USER_END);
}

void
proc_print_status(struct text *t, struct proc *p)
{
	text_printf(t, "Name:\t%s\nState:\t%s\nTgid:\t%d\nPid:\t%d\nPPid:\t%d\n", p->name,
	    state_name(p), p->pid, p->pid, parent_pid(p));
	text_printf(t, "Uid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\n");
	if (p->as != NULL)
		text_printf(t, "VmSize:\t%8zu kB\nVmRSS:\t%8zu kB\nVmPTE:\t%8zu kB\n",
		    as_size_with(p->as, 0, 0) / 1024,
		    resident_pages(p->as) * PG_SIZE / 1024,
		    vpmap_count_tables(&p->as->vpmap) * PG_SIZE / 1024);
	text_printf(t, "Threads:\t1\n");
}

#define COMM_LEN	15	/* TASK_COMM_LEN without its end, as Linux cuts it */

void
proc_print_comm(struct text *t, struct proc *p)
{
	text_add(t, p->name, min(strlen(p->name), (size_t)COMM_LEN));
	text_add(t, "\n", 1);
}

/* In pages: size, resident, and what of it is shared, code and data, which nobody counts. */
void
proc_print_statm(struct text *t, struct proc *p)
{
	size_t size = p->as != NULL ? as_size_with(p->as, 0, 0) / PG_SIZE : 0;
	size_t resident = p->as != NULL ? resident_pages(p->as) : 0;

	text_printf(t, "%zu %zu 0 0 0 %zu 0\n", size, resident, size);
}

void
proc_print_mounts(struct text *t, unused_arg struct proc *p)
{
	text_printf(t, "tmpfs / tmpfs rw,relatime 0 0\nproc /proc proc rw,relatime 0 0\n");
}

/* Fields that have no meaning here are 0: most of those from 7 on. */
void
proc_print_stat(struct text *t, struct proc *p)
{
	size_t size = 0, resident = 0;

	if (p->as != NULL) {
		size = as_size_with(p->as, 0, 0);
		resident = resident_pages(p->as);
	}
	text_printf(t, "%d (%s) %c %d %d %d ", p->pid, p->name, state_name(p)[0], parent_pid(p),
	    p->pgid, p->sid);
	text_printf(t, "0 0 0 %u 0 0 0 %lu 0 0 0 20 0 1 0 0 %zu %zu ", p->usage.faults,
	    clock_from_tsc(p->usage.tsc) / NSEC_PER_TICK, size, resident);
	text_printf(t, "0 0 0 0 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 %d\n", p->status);
}

/* The bytes [START, END) of AS' memory, as far as they are there. */
static void
print_memory(struct text *t, struct addrspace *as, vaddr_t start, vaddr_t end) REQUIRES(fs_lock)
{
	while (start < end) {
		size_t n = min(end - start, PG_SIZE - pg_ofs(start));
		paddr_t frame;

		if (vpmap_lookup_vaddr(&as->vpmap, start, &frame, NULL) != ERR_OK)
			return;
		text_add(t, (char *)kmap_p2v(frame) + pg_ofs(start), n);
		start += n;
	}
}

void
proc_print_cmdline(struct text *t, struct proc *p)
{
	if (p->as != NULL)
		print_memory(t, p->as, p->as->arg_start, p->as->arg_end);
}

static void
print_ptdump_line(void *t, const char *line) NO_LOCK_ANALYSIS	/* proc_print_ptdump's lock */
{
	text_add(t, line, strlen(line));
}

void
proc_print_ptdump(struct text *t, struct proc *p)
{
	if (p->as != NULL)
		ptdump(&p->as->vpmap, print_ptdump_line, t);
}

/* What region R shows, in the words of maps; "": nothing that has a name. */
static const char *
region_name(const struct memregion *r) REQUIRES(fs_lock)
{
	static char path[PATH_MAX + sizeof(" (deleted)")];	/* fs_lock */
	ssize_t len;

	if (r->flags & REGION_HEAP)
		return "[heap]";
	if (r->start < USTACK_UPPERBOUND && r->end >= USTACK_UPPERBOUND)
		return "[stack]";
	if (r->store == NULL)
		return "";
	len = proc_path_of(inode_of_store(r->store), path, sizeof(path));
	return len >= 0 ? path : "/dev/zero (deleted)";	/* shared memory that never had a name */
}

/* What may be done with R's pages, and p(rivate) or s(hared), in TEXT. */
static void
rights_text(const struct memregion *r, char text[5])
{
	text[0] = r->perm == MEMPERM_NONE || (r->perm & MEMPERM_UNREAD) ? '-' : 'r';
	text[1] = is_write_memperm(r->perm) ? 'w' : '-';
	text[2] = is_exec_memperm(r->perm) ? 'x' : '-';
	text[3] = r->shared ? 's' : 'p';
	text[4] = '\0';
}

/*
 *	00400000-00401000 r-xp 00000000 00:01 23                 /bin/cat
 */
static void
print_region(struct text *t, const struct memregion *r) REQUIRES(fs_lock)
{
	static const char blanks[NAME_COLUMN + 1] =
	    "                                                                         ";
	const struct inode *ip = r->store != NULL ? inode_of_store(r->store) : NULL;
	uint64_t before = t->out->data.size, width;
	const char *name = region_name(r);
	char rights[5];

	rights_text(r, rights);
	text_printf(t, "%08lx-%08lx %s ", r->start, pg_round_up(r->end), rights);
	if (ip != NULL)
		text_printf(t, "%08lx 00:%02x %lu ", r->ofs, INODE_DEV, ip->ino);
	else
		text_printf(t, "%08x 00:00 0 ", 0);
	width = t->out->data.size - before;
	if (name[0] != '\0' && width < NAME_COLUMN)
		text_add(t, blanks, NAME_COLUMN - width);
	text_add(t, name, strlen(name));
	text_add(t, "\n", 1);
}

void
proc_print_maps(struct text *t, struct proc *p)
{
	if (p->as == NULL)
		return;
	spin_lock(&p->as->as_lock);
	list_for_each(node, &p->as->regions) {
		const struct memregion *r = list_entry(node, struct memregion, as_node);

		if (r->start < r->end)
			print_region(t, r);
	}
	spin_unlock(&p->as->as_lock);
}
