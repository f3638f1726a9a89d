/* SPDX-License-Identifier: MIT */
/*
 * A program's file, for what loads programs: an array stands for the inode.
 */
#ifndef HOST_ELFFILE_H
#define HOST_ELFFILE_H

#include "store.h"

#define ELFFILE_MAX	0x5000

struct inode {
	uint8_t bytes[ELFFILE_MAX];
	struct host_store cache;
};

#endif
