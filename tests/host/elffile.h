/* SPDX-License-Identifier: MIT */
/*
 * A program's file, for what loads programs: an array stands for the inode.  And loading it.
 */
#ifndef HOST_ELFFILE_H
#define HOST_ELFFILE_H

#include <elf.h>

#include "error.h"
#include "store.h"

struct exec_info;

#define MAX_FILE	0x5000

/* What elffile_make makes. */
#define TEXT_SIZE	0x1234		/* two pages, the second one partly */
#define DATA_OFS	0x2340		/* in the file; the same offset in its page in memory */
#define DATA_VADDR	0x402340ul
#define DATA_SIZE	0x100
#define BSS_SIZE	0x2000

struct inode {
	uint8_t bytes[MAX_FILE];
	struct host_store cache;
	int refs;			/* taken by exec_open, and not given back yet */
};

/* The one name that exec_open knows, and its file. */
#define ELFFILE_INTERPRETER	"/lib/ld"
extern struct inode elffile_interpreter;

/* A program as our own linker script makes them: text with the headers, data with bss. */
void elffile_make(struct inode *ip);

Elf64_Ehdr *elffile_header(struct inode *ip);
Elf64_Phdr *elffile_phdr(struct inode *ip, int i);

/* Change one to four of its headers' numbers, at random, to those that tend to be wrong. */
void elffile_spoil(struct inode *ip);

/* Have memory and the kernel's map, and no space in it. */
void elffile_begin(void);

/* Load IP into a new space, and destroy that: nothing may be lost.  => what elf_load says */
err_t elffile_try(struct inode *ip, struct exec_info *info);

/* Fail each allocation of that (sweep.h): no memory, and then IP loads.  => how many they are */
size_t elffile_sweep(struct inode *ip);

#endif
