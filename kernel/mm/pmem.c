/* SPDX-License-Identifier: MIT */
/*
 * Physical memory.
 *
 *   pmem_frames[]  one struct frame for each frame number below the highest usable
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
#include "mm/inject.h"
#include "panic.h"

#define FRAME_RESERVED	(-1)
#define NO_FRAME	0	/* frame 0 is never managed: it ends the list */
#define LOW_MEMORY	0x100000	/* firmware's; left alone */
#define EARLY_MAP_END	0x100000000	/* boot.S maps no more than this */
#define POISON		0xcc
#define ZEROED		1	/* note of a free frame: it is all zero; others have 0 */

static struct spinlock pmem_lock = SPINLOCK_INIT("pmem");
/* constant after pmem_init, but what pmem.h says of the frames */
struct frame *pmem_frames;
size_t pmem_n_frames;
size_t pmem_n_managed;
/* pmem_lock */
static size_t n_free;
static size_t n_zeroed;			/* frames at the list's end that are all zero */

/*
 * pmem_frames[NO_FRAME] is the head of the free list.  Frames that are known to be zero
 * stand at its end, so that whoever does not care takes others first.
 */
static inline void
list_add(struct frame *head, struct frame *frame)
{
	uint32_t f = frame - head;

	frame->next = head->next;
	frame->prev = NO_FRAME;
	frame->note = 0;
	head[frame->next].prev = f;
	head->next = f;
	n_free++;
}

static void
list_add_zeroed(uint32_t f)
{
	pmem_frames[f].next = NO_FRAME;
	pmem_frames[f].prev = pmem_frames[NO_FRAME].prev;
	pmem_frames[f].note = ZEROED;
	pmem_frames[pmem_frames[f].prev].next = f;
	pmem_frames[NO_FRAME].prev = f;
	n_free++;
	n_zeroed++;
}

static inline void
list_del(uint32_t f)
{
	pmem_frames[pmem_frames[f].prev].next = pmem_frames[f].next;
	pmem_frames[pmem_frames[f].next].prev = pmem_frames[f].prev;
	n_zeroed -= pmem_frames[f].note == ZEROED;
	n_free--;
}

noreturn void
pmem_wrong(paddr_t p)
{
	if (!pg_aligned(p) || p / PG_SIZE >= pmem_n_frames || pmem_frames[p / PG_SIZE].count < 0)
		panic("pmem: 0x%lx is not the address of a frame", p);
	panic("pmem: frame 0x%lx is free already", p);
}

void
pmem_release(paddr_t p)
{
	struct frame *head = pmem_frames, *frame = &head[p / PG_SIZE];

	if (frame->count < 0)
		panic("pmem: frame 0x%lx is free already", p);
#ifdef POISON_FREED
	memset((void *)kmap_p2v(p), POISON, PG_SIZE);
#endif
	spin_lock(&pmem_lock);
	list_add(head, frame);
	spin_unlock(&pmem_lock);
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
	for (size_t f = start / PG_SIZE; f < pmem_n_frames && f * PG_SIZE < end; f++) {
		if (f != NO_FRAME && pmem_frames[f].count == 0) {
			list_del(f);
			pmem_frames[f].count = FRAME_RESERVED;
			pmem_n_managed--;
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
	pmem_n_frames = top / PG_SIZE;
	bytes = pg_round_up(pmem_n_frames * sizeof(struct frame));
	array = find_room(bi, bytes, image_end);
	if (array == 0)
		panic("pmem_init: no room for the array of %zu frames", pmem_n_frames);

	pmem_frames = (struct frame *)kmap_p2v(array);
	memset(pmem_frames, 0, bytes);
	for (size_t f = 1; f < pmem_n_frames; f++)
		pmem_frames[f].count = FRAME_RESERVED;

	/* Backwards, so that low memory comes off the list first. */
	for (size_t i = bi->n_usable; i-- > 0;) {
		size_t first = pg_round_up(max(bi->usable[i].start, (paddr_t)LOW_MEMORY)) / PG_SIZE;

		for (size_t f = bi->usable[i].end / PG_SIZE; f-- > first;) {
			if (pmem_frames[f].count == 0)
				continue;	/* ranges that overlap */
			pmem_frames[f].count = 0;
			list_add(pmem_frames, &pmem_frames[f]);
			pmem_n_managed++;
		}
	}
	reserve(KERN_LOAD, image_end);
	reserve(array, array + bytes);
	reserve(bi->initrd, bi->initrd + bi->initrd_size);
}

void
pmem_adopt(paddr_t start, paddr_t end)
{
	for (size_t f = start / PG_SIZE; f < end / PG_SIZE; f++) {
		kassert(f < pmem_n_frames && pmem_frames[f].count == FRAME_RESERVED);
		pmem_frames[f].count = 1;
	}
}

/* Give frame F, which is on the free list, its first owner. */
static inline paddr_t
take(uint32_t f)
{
	list_del(f);
	pmem_frames[f].count = 1;
	pmem_frames[f].note = 0;
	return (paddr_t)f * PG_SIZE;
}

err_t
pmem_alloc(paddr_t *p)
{
	struct frame *head = pmem_frames, *frame;
	uint32_t f;

	if (alloc_fails())
		return ERR_NOMEM;
	spin_lock(&pmem_lock);
	f = head->next;
	if (f == NO_FRAME) {
		spin_unlock(&pmem_lock);
		return ERR_NOMEM;
	}
	frame = &head[f];		/* as take, for the first of the list */
	head->next = frame->next;
	head[frame->next].prev = NO_FRAME;
	n_free--;
	n_zeroed -= frame->note;
	frame->count = 1;
	frame->note = 0;
	spin_unlock(&pmem_lock);
	*p = (paddr_t)f * PG_SIZE;
	return ERR_OK;
}

err_t
pmem_alloc_zeroed(paddr_t *p)
{
	if (n_zeroed == 0) {
		if (pmem_alloc(p) != ERR_OK)
			return ERR_NOMEM;
		memset((void *)kmap_p2v(*p), 0, PG_SIZE);
		return ERR_OK;
	}
	if (alloc_fails())
		return ERR_NOMEM;
	spin_lock(&pmem_lock);
	*p = take(pmem_frames[NO_FRAME].prev);
	spin_unlock(&pmem_lock);
	return ERR_OK;
}

void
pmem_free(paddr_t p)
{
	if (pmem_owned(p)->count != 1)
		panic("pmem_free: frame 0x%lx has %d owners", p, pmem_frames[p / PG_SIZE].count);
	pmem_drop(p);
}

void
pmem_free_zeroed(paddr_t p)
{
#ifdef POISON_FREED
	pmem_free(p);			/* a write after free is then not taken for zeros */
	return;
#endif
	if (pmem_owned(p)->count != 1)
		panic("pmem_free: frame 0x%lx has %d owners", p, pmem_frames[p / PG_SIZE].count);
	spin_lock(&pmem_lock);
	pmem_frames[p / PG_SIZE].count = 0;
	list_add_zeroed(p / PG_SIZE);
	spin_unlock(&pmem_lock);
}

err_t
pmem_nalloc(paddr_t *p, size_t n)
{
	static size_t from = 1;		/* where the last run was found */
	size_t run = 0, f = from;

	if (n == 1)
		return pmem_alloc(p);
	kassert(n > 0);
	if (alloc_fails())
		return ERR_NOMEM;
	spin_lock(&pmem_lock);
	for (size_t looked = 0; looked < pmem_n_frames + n; looked++, f++) {
		if (f >= pmem_n_frames) {	/* on from the beginning */
			f = 1;
			run = 0;
		}
		run = pmem_frames[f].count == 0 ? run + 1 : 0;
		if (run < n)
			continue;
		from = f + 1 - n;
		for (size_t g = f + 1 - n; g <= f; g++)
			take(g);
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

int
pmem_get_refcnt(paddr_t p)
{
	kassert(pmem_managed(p));
	return pmem_frames[p / PG_SIZE].count;
}

bool
pmem_managed(paddr_t p)
{
	return p / PG_SIZE > NO_FRAME && p / PG_SIZE < pmem_n_frames &&
	    pmem_frames[p / PG_SIZE].count >= 0;
}

size_t
pmem_free_count(void)
{
	return n_free;
}

paddr_t
pmem_end(void)
{
	return (paddr_t)pmem_n_frames * PG_SIZE;
}
