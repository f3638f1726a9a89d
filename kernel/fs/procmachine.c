/* SPDX-License-Identifier: MIT */
/*
 * What /proc tells about the machine.  Formats are Linux': proc(5).
 */
#include "fs/procfs.h"

#include "boot/bootinfo.h"
#include "clock.h"
#include "lib/string.h"
#include "mm/pmem.h"
#include "mm/ptdump.h"
#include "proc.h"
#include "version.h"
#include "x86/cpu.h"

#define FRAME_KIB	(PG_SIZE / 1024)

static char cmdline[BOOT_CMDLINE_LEN];	/* constant after machine_set_cmdline */

void
machine_set_cmdline(const char *line)
{
	strlcpy(cmdline, line, sizeof(cmdline));
}

void
machine_print_cmdline(struct text *t, unused_arg struct proc *p)
{
	text_add(t, cmdline, strlen(cmdline));
	text_add(t, "\n", 1);
}

void
machine_print_filesystems(struct text *t, unused_arg struct proc *p)
{
	text_printf(t, "nodev\ttmpfs\nnodev\tproc\n");
}

void
machine_print_version(struct text *t, unused_arg struct proc *p)
{
	text_printf(t, KERNEL_NAME " version " KERNEL_RELEASE " (" KERNEL_VERSION ")\n");
}

/* Seconds since the machine was switched on, and those of them with nothing to do. */
void
machine_print_uptime(struct text *t, unused_arg struct proc *p)
{
	uint64_t hundredths = clock_now() / (NSEC_PER_SEC / 100);

	text_printf(t, "%lu.%02lu 0.00\n", hundredths / 100, hundredths % 100);
}

void
machine_print_cpuinfo(struct text *t, unused_arg struct proc *p)
{
	text_printf(t, "processor\t: 0\nmodel name\t: %s\ncpu cores\t: 1\n\n", cpu_features.model);
}

/* How many processes there are, how many can run, and the newest. */
struct census {
	unsigned all, running;
	pid_t last;
};

static void
count_one(struct proc *p, void *arg)
{
	struct census *c = arg;

	c->all++;
	c->running += p->state == PROC_RUNNABLE || p->state == PROC_RUNNING;
	c->last = max(c->last, p->pid);
}

/* The load is not measured. */
void
machine_print_loadavg(struct text *t, unused_arg struct proc *p)
{
	struct census c = { .all = 0 };

	proc_for_each(count_one, &c);
	text_printf(t, "0.00 0.00 0.00 %u/%u %d\n", c.running, c.all, c.last);
}

/* All time is user time, as in uptime. */
void
machine_print_stat(struct text *t, unused_arg struct proc *p)
{
	uint64_t hundredths = clock_now() / (NSEC_PER_SEC / 100);
	struct census c = { .all = 0 };

	proc_for_each(count_one, &c);
	text_printf(t, "cpu  %lu 0 0 0 0 0 0 0 0 0\n", hundredths);
	text_printf(t, "cpu0 %lu 0 0 0 0 0 0 0 0 0\n", hundredths);
	text_printf(t, "btime %lu\nprocesses %d\nprocs_running %u\nprocs_blocked 0\n",
	    clock_epoch() / NSEC_PER_SEC, c.last, c.running);
}

/* What processes take besides their pages; in frames. */
struct overhead {
	size_t tables, stacks;
};

static void
add_overhead(struct proc *p, void *arg)
{
	struct overhead *sum = arg;

	sum->stacks += KSTACK_PAGES;
	if (p->as != NULL)
		sum->tables += vpmap_count_tables(&p->as->vpmap);
}

static void
print_frames(struct text *t, const char *what, size_t frames) REQUIRES(fs_lock)
{
	text_printf(t, "%-16s%8zu kB\n", what, frames * FRAME_KIB);
}

/* Nothing is given back under pressure, so no more is available than is free. */
void
machine_print_meminfo(struct text *t, unused_arg struct proc *p)
{
	struct overhead sum = { 0, 0 };

	proc_for_each(add_overhead, &sum);
	print_frames(t, "MemTotal:", pmem_total_count());
	print_frames(t, "MemFree:", pmem_free_count());
	print_frames(t, "MemAvailable:", pmem_free_count());
	print_frames(t, "Buffers:", 0);
	print_frames(t, "Cached:", pagetree_frames());
	print_frames(t, "SwapCached:", 0);
	print_frames(t, "SwapTotal:", 0);
	print_frames(t, "SwapFree:", 0);
	print_frames(t, "KernelStack:", sum.stacks);
	print_frames(t, "PageTables:", sum.tables);
}
