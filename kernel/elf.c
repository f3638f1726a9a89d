/* SPDX-License-Identifier: MIT */
/*
 * Loading programs.  The file is not to be trusted: every number from it is
 * checked before it is used, and pages are written through the kernel's map, never
 * through the address space they are for.  Regions show the file itself (mm/memstore.h):
 * all who run a program share its text.
 */
#include "elf.h"

#include "fs/fs.h"
#include "mm/fault.h"
#include "mm/pmem.h"
#include "proc.h"

#define ELF_MAGIC	0x464c457fu	/* "\x7f" "ELF" */
#define ELFCLASS64	2
#define ELFDATA2LSB	1
#define ET_EXEC		2
#define ET_DYN		3
#define EM_X86_64	62
#define PT_LOAD		1
#define PT_INTERP	3
#define PT_GNU_STACK	0x6474e551
#define PF_X		1
#define PF_W		2
#define MAX_PHDRS	64
#define EAGER_SIZE	(64 * PG_SIZE)	/* segments up to here are there from the start */
#define PIE_BASE	USER_TEXT	/* where a position-independent program goes */

struct elf_header {
	uint32_t magic;
	uint8_t class, data, version, pad[9];
	uint16_t type, machine;
	uint32_t version2;
	uint64_t entry, phoff, shoff;
	uint32_t flags;
	uint16_t ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};

struct elf_phdr {
	uint32_t type, flags;
	uint64_t offset, vaddr, paddr, filesz, memsz, align;
};

_Static_assert(sizeof(struct elf_header) == 64, "Elf64_Ehdr");
_Static_assert(sizeof(struct elf_phdr) == 56, "Elf64_Phdr");

/* Read exactly N bytes at OFS; a short file is not a program. */
static err_t
read_exact(struct inode *ip, void *buf, size_t n, offset_t ofs)
{
	ssize_t got = inode_read(ip, buf, n, ofs);

	if (got < 0)
		return (err_t)got;
	return (size_t)got == n ? ERR_OK : ERR_NOEXEC;
}

static err_t
check_header(const struct elf_header *eh)
{
	if (eh->magic != ELF_MAGIC || eh->class != ELFCLASS64 || eh->data != ELFDATA2LSB)
		return ERR_NOEXEC;
	if (eh->machine != EM_X86_64 || (eh->type != ET_EXEC && eh->type != ET_DYN))
		return ERR_NOEXEC;
	if (eh->phentsize != sizeof(struct elf_phdr) || eh->phnum == 0 || eh->phnum > MAX_PHDRS)
		return ERR_NOEXEC;
	return ERR_OK;
}

/* Is PH, moved by BIAS, a segment that can be? */
static err_t
check_segment(const struct elf_phdr *ph, vaddr_t bias, uint64_t file_size)
{
	vaddr_t start = ph->vaddr + bias;

	if (ph->filesz > ph->memsz || ph->offset > file_size || ph->filesz > file_size - ph->offset)
		return ERR_NOEXEC;
	if (start < ph->vaddr || start < USER_START || start >= USER_END)
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
		err = read_exact(ip, kva + (first - page), last - first,
		    ph->offset + (first - from));
	if (err == ERR_OK)
		err = vpmap_map(&r->as->vpmap, page, p, 1, r->perm);
	if (err != ERR_OK)
		pmem_free(p);
	return err;
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
		return ERR_NOEXEC;	/* it meets another segment (or, rarely, no memory) */
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
static err_t
load_segment(struct addrspace *as, struct inode *ip, const struct elf_phdr *ph, vaddr_t bias)
{
	vaddr_t from = ph->vaddr + bias, start = pg_round_down(from);
	vaddr_t zeros = ph->filesz > 0 ? pg_round_up(from + ph->filesz) : start;
	vaddr_t end = pg_round_up(from + ph->memsz);
	memperm_t perm = segment_perm(ph);
	struct memregion *r;
	err_t err;

	if (ph->filesz > 0 && (err = load_file_part(as, ip, ph, from)) != ERR_OK)
		return err;
	if (zeros < end) {
		r = as_map_memregion(as, zeros, end - zeros, perm, NULL, 0, 0);
		if (r == NULL)
			return ERR_NOEXEC;
		if (is_write_memperm(perm))
			r->flags |= REGION_IMAGE;
		else
			end = zeros;
	}
	if (end - start <= EAGER_SIZE)
		vm_populate(as, start, end);
	return ERR_OK;
}

/* Load segment PH; keep track of the highest end and of where the program headers went. */
static err_t
load_phdr(struct addrspace *as, struct inode *ip, const struct elf_header *eh,
    const struct elf_phdr *ph, struct exec_info *info, vaddr_t *end)
{
	vaddr_t bias = eh->type == ET_DYN ? PIE_BASE : 0;
	size_t phdrs_size = eh->phnum * sizeof(*ph);
	err_t err;

	if (ph->type == PT_INTERP)
		return ERR_NOEXEC;	/* dynamic linking: not yet */
	if (ph->type == PT_GNU_STACK)
		info->exec_stack = (ph->flags & PF_X) != 0;
	if (ph->type != PT_LOAD || ph->memsz == 0)
		return ERR_OK;
	if ((err = check_segment(ph, bias, inode_size(ip))) != ERR_OK)
		return err;
	if ((err = load_segment(as, ip, ph, bias)) != ERR_OK)
		return err;
	*end = max(*end, ph->vaddr + bias + ph->memsz);
	if (eh->phoff >= ph->offset && eh->phoff + phdrs_size <= ph->offset + ph->filesz)
		info->phdr = ph->vaddr + bias + (eh->phoff - ph->offset);
	return ERR_OK;
}

/* The heap: nothing yet, behind an unmapped guard page after END. */
static err_t
make_heap(struct addrspace *as, vaddr_t end)
{
	as->brk_start = pg_round_up(end) + PG_SIZE;
	as->heap = as_map_memregion(as, as->brk_start, 0, MEMPERM_URW, NULL, 0, 0);
	if (as->heap == NULL)
		return ERR_NOMEM;
	as->heap->flags |= REGION_HEAP;
	return ERR_OK;
}

/* Does ADDR lie in a region whose instructions may be fetched? */
static bool
is_executable(struct addrspace *as, vaddr_t addr)
{
	const struct memregion *r = as_find_memregion(as, addr, 1);

	return r != NULL && is_exec_memperm(r->perm);
}

err_t
elf_load(struct addrspace *as, struct inode *ip, struct exec_info *info)
{
	struct elf_header eh;
	struct elf_phdr ph;
	vaddr_t end = 0;
	err_t err;

	if ((err = read_exact(ip, &eh, sizeof(eh), 0)) != ERR_OK ||
	    (err = check_header(&eh)) != ERR_OK)
		return err;
	if (eh.phoff > inode_size(ip))
		return ERR_NOEXEC;
	info->phdr = 0;
	info->phnum = eh.phnum;
	info->entry = eh.entry + (eh.type == ET_DYN ? PIE_BASE : 0);
	for (unsigned i = 0; i < eh.phnum; i++) {
		if ((err = read_exact(ip, &ph, sizeof(ph), eh.phoff + i * sizeof(ph))) != ERR_OK ||
		    (err = load_phdr(as, ip, &eh, &ph, info, &end)) != ERR_OK)
			return err;
	}
	return is_executable(as, info->entry) ? make_heap(as, end) : ERR_NOEXEC;
}
