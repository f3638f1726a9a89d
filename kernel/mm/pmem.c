/* SPDX-License-Identifier: MIT */
/*
 * Physical memory.
 *
 *   frames[]  one struct frame for each frame number below the highest usable
 *             address.  count < 0: not ours (a hole, firmware, the kernel image,
 *             this array).  count == 0: free, on the free list.  count > 0: owned.
 *
 * The free list is doubly linked through the array, not through the frames, so
 * a frame can leave it from the middle (pmem_nalloc) and a free frame's contents
 * are never read.  The last frame freed is the first allocated: it is in the
 * cache, and a use after free shows at once.
 */
#include "mm/pmem.h"

#include "boot/bootinfo.h"
#include "lib/string.h"
#include "lock.h"
#include "panic.h"

#define FRAME_RESERVED	(-1)
#define NO_FRAME	0	/* frame 0 is never managed: it ends the list */
#define LOW_MEMORY	0x100000	/* firmware's; left alone */
#define EARLY_MAP_END	0x100000000	/* boot.S maps no more than this */
#define POISON		0xcc

struct frame {
	int32_t count;
	uint32_t next, prev;	/* free list, while free */
	uint32_t note;		/* the owner's, while owned */
};

static struct spinlock pmem_lock = SPINLOCK_INIT("pmem");
static struct frame *frames;		/* pmem_lock guards all of these */
static size_t n_frames;
static size_t n_free;
static size_t n_managed;

/* frames[NO_FRAME] is the head of the free list. */
static void
list_add(uint32_t f)
{
	frames[f].next = frames[NO_FRAME].next;
	frames[f].prev = NO_FRAME;
	frames[frames[f].next].prev = f;
	frames[NO_FRAME].next = f;
	n_free++;
}

static void
list_del(uint32_t f)
{
	frames[frames[f].prev].next = frames[f].next;
	frames[frames[f].next].prev = frames[f].prev;
	n_free--;
}

/* The frame of P, which must be one that somebody owns. */
static struct frame *
frame_owned(paddr_t p, const char *who)
{
	if (!pg_aligned(p) || p / PG_SIZE >= n_frames || frames[p / PG_SIZE].count < 0)
		panic("%s: 0x%lx is not the address of a frame", who, p);
	if (frames[p / PG_SIZE].count == 0)
		panic("%s: frame 0x%lx is free already", who, p);
	return &frames[p / PG_SIZE];
}

static void
frame_release(paddr_t p)
{
	frames[p / PG_SIZE].count = 0;
#ifdef POISON_FREED
	memset((void *)kmap_p2v(p), POISON, PG_SIZE);
#endif
	list_add(p / PG_SIZE);
}

/*
 * Where SIZE bytes for the frame array can go: usable, below what boot.S maps,
 * clear of the kernel image and the archive.  0 when nowhere.
 */
static paddr_t
find_room(const struct bootinfo *bi, size_t size, paddr_t image_end)
{
	for (size_t i = 0; i < bi->n_usable; i++) {
		const struct mem_range *r = &bi->usable[i];
		paddr_t p = pg_round_up(max(r->start, image_end));
		paddr_t end = min(r->end, (paddr_t)EARLY_MAP_END);

		if (bi->initrd_size != 0 && p < bi->initrd + bi->initrd_size &&
		    bi->initrd < p + size)
			p = pg_round_up(bi->initrd + bi->initrd_size);
		if (p + size <= end)
			return p;
	}
	return 0;
}

/* Take [START, END) out of what is free, page by page where they touch. */
static void
reserve(paddr_t start, paddr_t end)
{
	for (size_t f = start / PG_SIZE; f < n_frames && f * PG_SIZE < end; f++) {
		if (f != NO_FRAME && frames[f].count == 0) {
			list_del(f);
			frames[f].count = FRAME_RESERVED;
			n_managed--;
		}
	}
}

void
pmem_init(const struct bootinfo *bi)
{
	extern char kernel_end[];
	paddr_t image_end = (vaddr_t)kernel_end - KERN_BASE;
	paddr_t top = 0, array;
	size_t bytes;

	for (size_t i = 0; i < bi->n_usable; i++)
		top = max(top, pg_round_down(bi->usable[i].end));
	n_frames = top / PG_SIZE;
	bytes = pg_round_up(n_frames * sizeof(struct frame));
	array = find_room(bi, bytes, image_end);
	if (array == 0)
		panic("pmem_init: no room for the array of %zu frames", n_frames);

	frames = (struct frame *)kmap_p2v(array);
	memset(frames, 0, bytes);
	for (size_t f = 1; f < n_frames; f++)
		frames[f].count = FRAME_RESERVED;

	/* Backwards, so that low memory comes off the list first. */
	for (size_t i = bi->n_usable; i-- > 0;) {
		size_t first = pg_round_up(max(bi->usable[i].start, (paddr_t)LOW_MEMORY)) / PG_SIZE;

		for (size_t f = bi->usable[i].end / PG_SIZE; f-- > first;) {
			if (frames[f].count == 0)
				continue;	/* ranges that overlap */
			frames[f].count = 0;
			list_add(f);
			n_managed++;
		}
	}
	reserve(KERN_LOAD, image_end);
	reserve(array, array + bytes);
	reserve(bi->initrd, bi->initrd + bi->initrd_size);
}

err_t
pmem_alloc(paddr_t *p)
{
	uint32_t f;

	spin_lock(&pmem_lock);
	f = frames[NO_FRAME].next;
	if (f == NO_FRAME) {
		spin_unlock(&pmem_lock);
		return ERR_NOMEM;
	}
	list_del(f);
	frames[f].count = 1;
	frames[f].note = 0;
	spin_unlock(&pmem_lock);
	*p = (paddr_t)f * PG_SIZE;
	return ERR_OK;
}

void
pmem_free(paddr_t p)
{
	spin_lock(&pmem_lock);
	if (frame_owned(p, __func__)->count != 1)
		panic("pmem_free: frame 0x%lx has %d owners", p, frames[p / PG_SIZE].count);
	frame_release(p);
	spin_unlock(&pmem_lock);
}

err_t
pmem_nalloc(paddr_t *p, size_t n)
{
	size_t run = 0;

	if (n == 1)
		return pmem_alloc(p);
	kassert(n > 0);
	spin_lock(&pmem_lock);
	for (size_t f = 1; f < n_frames; f++) {
		run = frames[f].count == 0 ? run + 1 : 0;
		if (run < n)
			continue;
		for (size_t g = f + 1 - n; g <= f; g++) {
			list_del(g);
			frames[g].count = 1;
			frames[g].note = 0;
		}
		spin_unlock(&pmem_lock);
		*p = (f + 1 - n) * PG_SIZE;
		return ERR_OK;
	}
	spin_unlock(&pmem_lock);
	return ERR_NOMEM;
}

void
pmem_nfree(paddr_t p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		pmem_free(p + i * PG_SIZE);
}

void
pmem_inc_refcnt(paddr_t p, int n)
{
	kassert(n >= 0);
	spin_lock(&pmem_lock);
	frame_owned(p, __func__)->count += n;
	spin_unlock(&pmem_lock);
}

void
pmem_dec_refcnt(paddr_t p)
{
	spin_lock(&pmem_lock);
	if (--frame_owned(p, __func__)->count == 0)
		frame_release(p);
	spin_unlock(&pmem_lock);
}

int
pmem_get_refcnt(paddr_t p)
{
	kassert(pmem_managed(p));
	return frames[p / PG_SIZE].count;
}

bool
pmem_managed(paddr_t p)
{
	return p / PG_SIZE > NO_FRAME && p / PG_SIZE < n_frames && frames[p / PG_SIZE].count >= 0;
}

uint32_t *
pmem_note(paddr_t p)
{
	return &frame_owned(p, __func__)->note;
}

size_t
pmem_free_count(void)
{
	return n_free;
}

size_t
pmem_total_count(void)
{
	return n_managed;
}

paddr_t
pmem_end(void)
{
	return (paddr_t)n_frames * PG_SIZE;
}
