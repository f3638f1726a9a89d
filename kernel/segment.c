/* SPDX-License-Identifier: MIT */
/*
 * Putting the segments of a program file into memory.  The file is not to be trusted: every
 * number from it is checked before it is used, and pages are written through the kernel's
 * map, never through the address space they are for.  Regions show the file itself
 * (mm/memstore.h): all who run a program share its text.
 */
#include "segment.h"

#include "fs/fs.h"
#include "mm/fault.h"
#include "mm/map.h"
#include "mm/pmem.h"

#define EAGER_SIZE	(64 * PG_SIZE)	/* segments up to here are there from the start */

err_t
segment_read(struct inode *ip, void *buf, size_t n, offset_t ofs)
{
	ssize_t got = inode_read(ip, buf, n, ofs);

	if (got < 0)
		return (err_t)got;
	return (size_t)got == n ? ERR_OK : ERR_NOEXEC;
}

/* Is PH, moved by BIAS, a segment that can be? */
static err_t
check_segment(const struct elf_phdr *ph, vaddr_t bias, uint64_t file_size)
{
	vaddr_t start = ph->vaddr + bias;

	if (ph->filesz > ph->memsz || ph->offset > file_size || ph->filesz > file_size - ph->offset)
		return ERR_NOEXEC;
	if (start < USER_START || start >= USER_END)
		return ERR_NOEXEC;
	return ph->memsz <= USER_END - start ? ERR_OK : ERR_NOEXEC;
}

static memperm_t
segment_perm(const struct elf_phdr *ph)
{
	memperm_t perm = ph->flags & PF_W ? MEMPERM_URW : MEMPERM_UR;

	return ph->flags & PF_X ? perm | MEMPERM_X : perm;
}

/*
 * Put the page at PAGE of region R there: the part of the segment's file bytes,
 * which start at FROM in user memory, that falls into it, and zeroes around them.
 */
static err_t
load_page(struct memregion *r, vaddr_t page, struct inode *ip, const struct elf_phdr *ph,
    vaddr_t from)
{
	vaddr_t first = max(page, from);
	vaddr_t last = min(page + PG_SIZE, from + ph->filesz);
	err_t err = ERR_OK;
	char *kva;
	paddr_t p;

	if (pmem_alloc_zeroed(&p) != ERR_OK)
		return ERR_NOMEM;
	kva = (char *)kmap_p2v(p);
	if (first < last)
		err = segment_read(ip, kva + (first - page), last - first,
		    ph->offset + (first - from));
	if (err == ERR_OK)
		err = vpmap_map(&r->as->vpmap, page, p, 1, r->perm);
	if (err != ERR_OK)
		pmem_free(p);
	return err;
}

/* Why there cannot be a region [START, END): it meets another segment's, or there is no memory. */
static err_t
why_not(struct addrspace *as, vaddr_t start, vaddr_t end)
{
	return as_is_empty(as, start, end) ? ERR_NOMEM : ERR_NOEXEC;
}

/*
 * The part of a segment that is in the file: a private mapping of it.  FROM is where its
 * first byte goes.  What is in the last page past the file's bytes must read as zeros,
 * so that page is a copy from the start; and so is every page when the segment lies in
 * the file at another place of a page than in memory, where it cannot be mapped.
 */
static err_t
load_file_part(struct addrspace *as, struct inode *ip, const struct elf_phdr *ph, vaddr_t from)
{
	vaddr_t start = pg_round_down(from), file_end = from + ph->filesz;
	vaddr_t end = pg_round_up(file_end);
	bool mapped = pg_ofs(ph->offset) == pg_ofs(from);
	struct memregion *r;
	err_t err = ERR_OK;

	r = as_map_memregion(as, start, end - start, segment_perm(ph),
	    mapped ? inode_store(ip) : NULL, pg_round_down(ph->offset), 0);
	if (r == NULL)
		return why_not(as, start, end);
	r->flags |= REGION_IMAGE;
	if (!mapped) {
		for (vaddr_t page = start; page < end && err == ERR_OK; page += PG_SIZE)
			err = load_page(r, page, ip, ph, from);
	} else if (ph->memsz > ph->filesz && !pg_aligned(file_end)) {
		err = load_page(r, end - PG_SIZE, ip, ph, from);
	}
	return err;
}

/*
 * A segment is at most two regions: what the file has of it, and zeros.  Small ones are
 * there at once, big ones page by page when they are touched.  Zeros that are only read
 * are the page-fault handler's, like the heap's.
 */
err_t
segment_load(struct addrspace *as, struct inode *ip, const struct elf_phdr *ph, vaddr_t bias)
{
	vaddr_t from = ph->vaddr + bias, start = pg_round_down(from);
	vaddr_t zeros = ph->filesz > 0 ? pg_round_up(from + ph->filesz) : start;
	vaddr_t end = pg_round_up(from + ph->memsz);
	memperm_t perm = segment_perm(ph);
	struct memregion *r;
	err_t err = check_segment(ph, bias, inode_size(ip));

	if (err != ERR_OK)
		return err;
	if (ph->filesz > 0 && (err = load_file_part(as, ip, ph, from)) != ERR_OK)
		return err;
	if (zeros < end) {
		r = as_map_memregion(as, zeros, end - zeros, perm, NULL, 0, 0);
		if (r == NULL)
			return why_not(as, zeros, end);
		if (is_write_memperm(perm))
			r->flags |= REGION_IMAGE;
		else
			end = zeros;
	}
	if (end - start <= EAGER_SIZE)
		vm_populate(as, start, end);
	return ERR_OK;
}
