/* SPDX-License-Identifier: MIT */
/*
 * See sweep.h.
 */
#include "host.h"

#include "lock.h"
#include "mm/pmem.h"
#include "sweep.h"

#define K_MAX	400

static struct {
	unsigned long *what;
	const char *name;
	unsigned long k;
	bool ever_after;
	bool armed, refused;
} now;

static void
tell_where(void)
{
	fprintf(stderr, "%s, k = %lu%s\n", now.name, now.k, now.ever_after ? " and after" : "");
}

void
sweep_arm(void)
{
	now.armed = true;
	fail_ever_after = now.ever_after;
	fail_count = 0;
	*now.what = now.k;
}

bool
sweep_disarm(void)
{
	*now.what = 0;
	now.refused = fail_count > 0;
	return now.refused;
}

size_t
sweep(unsigned long *what, const char *name, sweep_fn *attempt, const void *arg)
{
	size_t free = pmem_free_count(), sites = 0;
	long objects = host_objects;

	now.what = what;
	now.name = name;
	host_on_failure = tell_where;
	for (int ever_after = 0; ever_after <= 1; ever_after++) {
		now.ever_after = ever_after;
		now.refused = true;
		for (now.k = 1; now.refused; now.k++) {
			must(now.k < K_MAX);
			now.armed = false;
			attempt(arg);
			must(now.armed);
			must(spin_none_held());
			must_eq(pmem_free_count(), free);
			must_eq(host_objects, objects);
		}
		must(!ever_after || sites == now.k - 2);
		sites = now.k - 2;
	}
	host_on_failure = NULL;
	return sites;
}
