/* SPDX-License-Identifier: MIT */
/*
 * kmain: everything is brought up here, in this order, and the first process is
 * started from the kernel's command line.
 *
 * The command line has Linux' meaning: init=PATH names the first program,
 * NAME=value goes to its environment, and what follows " -- " are its arguments.
 */
#include "boot/bootinfo.h"
#include "fs/fs.h"
#include "fs/tty.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "mm/fault.h"
#include "mm/pmem.h"
#include "mm/vpmap.h"
#include "panic.h"
#include "proc.h"
#include "sched.h"
#include "stackguard.h"
#include "syscall.h"
#include "trap.h"
#include "x86/cpu.h"
#include "x86/pic.h"
#include "x86/pit.h"
#include "x86/serial.h"

#define MIN_FREE_FRAMES	256	/* 1 MiB: init, a shell and a program */

noreturn void kmain(unsigned proto, paddr_t info);

static struct bootinfo bootinfo;
static char *init_argv[PROC_MAX_ARG + 1] = { "/bin/init" };
static char *init_envp[PROC_MAX_ARG + 1];

/* The next word of *S, cut off in place; NULL at the end. */
static char *
next_word(char **s)
{
	char *word;

	while (**s == ' ')
		(*s)++;
	if (**s == '\0')
		return NULL;
	word = *s;
	while (**s != ' ' && **s != '\0')
		(*s)++;
	if (**s == ' ')
		*(*s)++ = '\0';
	return word;
}

/* Add WORD to the array V, of PROC_MAX_ARG strings, if there is room. */
static void
add_word(char **v, char *word)
{
	size_t n = 0;

	while (v[n] != NULL)
		n++;
	if (n < PROC_MAX_ARG)
		v[n] = word;
}

/* Split the command line into init's path, arguments and environment. */
static void
parse_cmdline(char *s)
{
	bool args = false;		/* after the -- */
	char *word;

	while ((word = next_word(&s)) != NULL) {
		if (args)
			add_word(init_argv, word);
		else if (strcmp(word, "--") == 0)
			args = true;
		else if (strncmp(word, "init=", 5) == 0)
			init_argv[0] = word + 5;
		else if (strchr(word, '=') != NULL)
			add_word(init_envp, word);
	}
}

/* In a tiny machine a loader may put the archive over the kernel's own data. */
static void
check_archive(void)
{
	extern char kernel_end[];
	paddr_t image_end = (vaddr_t)kernel_end - KERN_BASE;

	if (bootinfo.initrd_size == 0 || bootinfo.initrd >= image_end ||
	    bootinfo.initrd + bootinfo.initrd_size <= KERN_LOAD)
		return;
	kprintf("Faultline: too little memory: the archive lies over the kernel; "
	    "give the machine more\n");
	machine_exit(KEXIT_LOWMEM);
}

/* With hardly any memory nothing good can follow: say so and stop. */
static void
check_memory(void)
{
	if (pmem_free_count() >= MIN_FREE_FRAMES)
		return;
	kprintf("Faultline: too little memory: %zu KiB are free, %d KiB are needed; "
	    "give the machine more\n", pmem_free_count() * PG_SIZE / 1024,
	    MIN_FREE_FRAMES * PG_SIZE / 1024);
	machine_exit(KEXIT_LOWMEM);
}

noreturn void
kmain(unsigned proto, paddr_t info)
{
	serial_init();			/* from here on there are messages */
	gdt_init();			/* segments, stacks for traps, this_cpu() */
	trap_init();			/* from here on a fault has a message */
	stackguard_init();		/* the guard in functions' frames */
	cpu_init();			/* probe features, then switch them on */
	pic_init();			/* interrupt lines, all masked */
	bootinfo_read(&bootinfo, proto, info);
	check_archive();
	pmem_init(&bootinfo);		/* frames */
	check_memory();
	vm_init();			/* the zero page */
	vpmap_init_kernel();		/* the kernel's own page tables; boot.S's are gone */
	kprintf("Faultline: %zu MiB free, booted by %s on %s\n",
	    pmem_free_count() * PG_SIZE >> 20, bootinfo.loader, cpu_features.model);

	syscall_init();			/* the syscall instruction */
	tty_init();			/* the console's input side */
	serial_enable_interrupt();
	fs_init(bootinfo.initrd_size != 0 ? (const void *)kmap_p2v(bootinfo.initrd) : NULL,
	    bootinfo.initrd_size);
	procfs_init(bootinfo.cmdline);
	parse_cmdline(bootinfo.cmdline);
	proc_spawn_init(init_argv[0], init_argv, init_envp);
	pit_init();			/* ticks: preemption starts */
	sched_idle();			/* the boot stack becomes the idle loop */
}
