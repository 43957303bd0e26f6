// SPDX-License-Identifier: GPL-2.0-only
/*
 * A reserve of memory for tasks. A KDEFER function on a thread that kdefer did not start needs a
 * task and has no way to report that there is no memory, so some is kept for when the allocator has
 * none.
 */
#include <linux/slab.h>
#include <linux/spinlock.h>

#include "registry.h"

#define KDEFER_SPARES		16

static struct kdefer_foreign *kdefer_spares;
static unsigned int kdefer_nr_spares;
/*
 * A raw spinlock: with PREEMPT_RT others sleep, and a KDEFER function may be called with preemption
 * off.
 */
static DEFINE_RAW_SPINLOCK(kdefer_spares_lock);

/* Keeps @f for later. Returns false, and leaves @f to the caller, if the reserve is full. */
bool kdefer_spare_put(struct kdefer_foreign *f)
{
	bool room;

	raw_spin_lock(&kdefer_spares_lock);
	room = kdefer_nr_spares < KDEFER_SPARES;
	if (room) {
		f->spare = kdefer_spares;
		kdefer_spares = f;
		kdefer_nr_spares++;
	}
	raw_spin_unlock(&kdefer_spares_lock);
	return room;
}

struct kdefer_foreign *kdefer_spare_get(void)
{
	struct kdefer_foreign *f;

	raw_spin_lock(&kdefer_spares_lock);
	f = kdefer_spares;
	if (f) {
		kdefer_spares = f->spare;
		kdefer_nr_spares--;
	}
	raw_spin_unlock(&kdefer_spares_lock);
	return f;
}

void kdefer_spares_free(void)
{
	struct kdefer_foreign *f;

	while ((f = kdefer_spare_get()))
		kfree_rcu(f, rcu);
}

int kdefer_spares_alloc(void)
{
	struct kdefer_foreign *f;

	do {
		f = kzalloc(sizeof(*f), GFP_KERNEL);
		if (!f) {
			kdefer_spares_free();
			return -ENOMEM;
		}
	} while (kdefer_spare_put(f));
	kfree(f);
	return 0;
}
