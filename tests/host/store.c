/* SPDX-License-Identifier: MIT */
/*
 * See store.h.
 */
#include "host.h"

#include "mm/pmem.h"
#include "store.h"

static struct host_store *
host_store(struct memstore *store)
{
	return container_of(store, struct host_store, store);
}

static void
find_pages(struct memstore *store, uint64_t idx, unsigned n, paddr_t *frames)
{
	const struct host_store *s = host_store(store);

	must(n <= MEMSTORE_GROUP);
	must(idx % MEMSTORE_GROUP + n <= MEMSTORE_GROUP);
	for (unsigned i = 0; i < n; i++)
		frames[i] = idx + i < HOST_STORE_PAGES && (idx + i) * PG_SIZE < s->size ?
		    s->frames[idx + i] : 0;
}

/* As the kernel's file data: bytes past the end are zero. */
static void
fill(const struct host_store *s, uint64_t idx, uint8_t *to)
{
	size_t ofs = idx * PG_SIZE, n = min((size_t)PG_SIZE, s->size - ofs);

	if (s->bytes != NULL)
		memcpy(to, s->bytes + ofs, n);
	else
		memset(to, (int)idx + 1, n);
}

static err_t
get_page(struct memstore *store, uint64_t idx, bool write, paddr_t *p)
{
	struct host_store *s = host_store(store);

	if (idx >= HOST_STORE_PAGES || idx * PG_SIZE >= s->size)
		return ERR_RANGE;
	*p = s->frames[idx];
	if (*p == 0) {
		if (pmem_alloc_zeroed(p) != ERR_OK)
			return ERR_NOMEM;
		fill(s, idx, (uint8_t *)kmap_p2v(*p));
		s->frames[idx] = *p;
	}
	s->dirty[idx] |= write;
	return ERR_OK;
}

static void
get(struct memstore *store)
{
	host_store(store)->users++;
}

static void
put(struct memstore *store)
{
	struct host_store *s = host_store(store);

	must(s->users > 0);
	if (--s->users > 0)
		return;
	must(list_empty(&store->regions));
	for (size_t i = 0; i < HOST_STORE_PAGES; i++) {
		if (s->frames[i] != 0)
			pmem_free(s->frames[i]);	/* asserts that nobody else has it */
		s->frames[i] = 0;
	}
}

static const struct memstore_ops ops = {
	.get_page = get_page, .find_pages = find_pages, .get = get, .put = put,
};

void
host_store_init(struct host_store *s, const uint8_t *bytes, size_t size)
{
	memset(s, 0, sizeof(*s));
	s->store.ops = &ops;
	list_init(&s->store.regions);
	s->bytes = bytes;
	s->size = size;
}

size_t
host_store_cached(const struct host_store *s)
{
	size_t n = 0;

	for (size_t i = 0; i < HOST_STORE_PAGES; i++)
		n += s->frames[i] != 0;
	return n;
}
