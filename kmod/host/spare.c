// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory for tasks that is kept: one on each CPU, for root frames on foreign threads, which come
 * and go; and some for when there is no other, since such a root frame cannot fail. The one on a
 * CPU is still in the registry for the thread that had it last.
 */
#include <linux/cpumask.h>
#include <linux/percpu.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include "registry.h"

#define KDEFER_SPARES		16

static DEFINE_PER_CPU(struct kdefer_attachment *, kdefer_spare_here);

static struct kdefer_attachment *kdefer_spares;
static unsigned int kdefer_nr_spares;
/* Raw, since a KDEFER function may be called with preemption off. */
static DEFINE_RAW_SPINLOCK(kdefer_spares_lock);

static bool kdefer_common_spare_put(struct kdefer_attachment *a)
{
	bool room;

	raw_spin_lock(&kdefer_spares_lock);
	room = kdefer_nr_spares < KDEFER_SPARES;
	if (room) {
		a->spare = kdefer_spares;
		kdefer_spares = a;
		kdefer_nr_spares++;
	}
	raw_spin_unlock(&kdefer_spares_lock);
	return room;
}

static struct kdefer_attachment *kdefer_common_spare_get(void)
{
	struct kdefer_attachment *a;

	raw_spin_lock(&kdefer_spares_lock);
	a = kdefer_spares;
	if (a) {
		kdefer_spares = a->spare;
		kdefer_nr_spares--;
	}
	raw_spin_unlock(&kdefer_spares_lock);
	return a;
}

/* False if enough are kept. */
bool kdefer_spare_put(struct kdefer_attachment *a)
{
	return !this_cpu_cmpxchg(kdefer_spare_here, NULL, a) || kdefer_common_spare_put(a);
}

struct kdefer_attachment *kdefer_spare_get(void)
{
	return this_cpu_xchg(kdefer_spare_here, NULL) ?: kdefer_common_spare_get();
}

static void kdefer_spare_free(struct kdefer_attachment *a)
{
	if (!a)
		return;
	kdefer_registry_evict(a);
	kfree(a);
}

/* When kdefer is unloaded: no thread is in a KDEFER function then. */
void kdefer_spares_free(void)
{
	struct kdefer_attachment *a;
	int cpu;

	for_each_possible_cpu(cpu)
		kdefer_spare_free(xchg(per_cpu_ptr(&kdefer_spare_here, cpu), NULL));
	while ((a = kdefer_common_spare_get()))
		kdefer_spare_free(a);
}

int kdefer_spares_alloc(void)
{
	struct kdefer_attachment *a;

	do {
		a = kzalloc(sizeof(*a), GFP_KERNEL);
		if (!a) {
			kdefer_spares_free();
			return -ENOMEM;
		}
	} while (kdefer_common_spare_put(a));
	kfree(a);
	return 0;
}
