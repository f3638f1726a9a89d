/* SPDX-License-Identifier: MIT */
/* Archives made and planted by host tests. */
#ifndef TAR_HOST_H
#define TAR_HOST_H

#include "fs_host.h"

#include "fs/inode.h"

#define BLOCK		512
#define AT_MODE		100
#define AT_SIZE		124
#define AT_CHKSUM	148
#define AT_TYPE		156
#define AT_LINK		157
#define AT_MAGIC	257
#define AT_PREFIX	345

static char tar[128 * BLOCK];
static size_t tar_len;

/* Archives that were planted: files are views of them, so they stay. */
static uint8_t *planted_ones[8192];
static size_t n_planted_ones;

/* Put the right checksum into header H. */
static inline void
seal(char *h)
{
	unsigned sum = 0;

	memset(h + AT_CHKSUM, ' ', 8);
	for (int i = 0; i < BLOCK; i++)
		sum += (uint8_t)h[i];
	snprintf(h + AT_CHKSUM, 8, "%06o", sum & 0777777);
}

/* Add an entry.  => its header, to be spoiled */
static inline char *
add(char type, const char *name, const char *data)
{
	char *h = tar + tar_len;
	size_t n = strlen(data);

	ck_assert_uint_le(strlen(name), 100);
	memcpy(h, name, strlen(name));
	strcpy(h + AT_MODE, "0000755");
	snprintf(h + AT_SIZE, 12, "%011o", (unsigned)n);
	h[AT_TYPE] = type;
	memcpy(h + AT_MAGIC, "ustar\00000", 8);
	seal(h);
	memcpy(h + BLOCK, data, n);
	tar_len += BLOCK + (n + BLOCK - 1) / BLOCK * BLOCK;
	return h;
}

/* Plant the first N bytes.  => how many entries were planted */
static inline size_t
plant_part(size_t n)
{
	uint8_t *exact = malloc(max(n, 1ul));

	ck_assert_uint_lt(n_planted_ones, array_len(planted_ones));
	planted_ones[n_planted_ones++] = exact;
	memcpy(exact, tar, n);
	return tar_plant(fs_root, exact, n);
}

static inline size_t
plant(void)
{
	tar_len += 2 * BLOCK;
	return plant_part(tar_len);
}

static inline bool
exists(const char *path)
{
	struct inode *ip;

	if (inode_lookup(NULL, path, &ip) != ERR_OK)
		return false;
	inode_put(ip);
	return true;
}

static inline void
expect_report(const char *text)
{
	ck_assert_msg(strstr(host_console, text) != NULL, "want \"%s\", got \"%s\"", text,
	    host_console);
}

#endif
