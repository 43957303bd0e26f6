// SPDX-License-Identifier: GPL-2.0-only
/*
 * The threads that have a task, in a hash by the thread.
 */
#include <linux/cache.h>
#include <linux/hash.h>
#include <linux/rculist.h>
#include <linux/rculist_nulls.h>
#include <linux/rcupdate.h>
#include <linux/spinlock.h>

#include "registry.h"

#define KDEFER_HASH_BITS	8
#define KDEFER_HASH_SIZE	BIT(KDEFER_HASH_BITS)

/**
 * struct kdefer_bucket - some of the threads
 * @lock: held to change the list, and to look at its threads. A root frame of the thread that
 *	had the last one on this CPU begins and ends without it. It is taken with preemption off, so
 *	no thread that was found to be an owner is freed meanwhile. Nobody takes it in an interrupt:
 *	there are no tasks there. It does not sleep with PREEMPT_RT, since a KDEFER function may be
 *	called with preemption off.
 * @head: the threads, newest first
 * @serial: how many there have been
 */
struct kdefer_bucket {
	raw_spinlock_t lock;
	struct hlist_nulls_head head;
	u64 serial;
} ____cacheline_aligned_in_smp;

static struct kdefer_bucket kdefer_buckets[KDEFER_HASH_SIZE];

static struct kdefer_bucket *kdefer_bucket_of(const struct task_struct *owner)
{
	return &kdefer_buckets[hash_ptr(owner, KDEFER_HASH_BITS)];
}

/*
 * Called where what is in the registry is not freed: inside an RCU read-side section, or on a
 * thread other than an idle one, see kdefer_free_attachment(). A lookup may follow a node that is
 * used again into another list, and sees it at the end of that list; see &struct kdefer_attachment.
 */
struct kdefer_attachment *kdefer_find_attachment(const struct task_struct *owner)
{
	struct kdefer_bucket *bucket = kdefer_bucket_of(owner);
	struct kdefer_attachment *a;
	struct hlist_nulls_node *node;

	do {
		hlist_nulls_for_each_entry_rcu(a, node, &bucket->head, node) {
			if (READ_ONCE(a->storage.task.owner) == owner &&
			    a->start == owner->start_boottime)
				return a;
		}
	} while (get_nulls_value(node) != bucket - kdefer_buckets);
	return NULL;
}

void kdefer_registry_add(struct kdefer_attachment *a)
{
	struct kdefer_bucket *bucket = kdefer_bucket_of(current);

	a->thread = current;
	a->start = current->start_boottime;
	raw_spin_lock(&bucket->lock);
	a->serial = ++bucket->serial;
	hlist_nulls_add_head_rcu(&a->node, &bucket->head);
	raw_spin_unlock(&bucket->lock);
}

static void kdefer_unlink(struct kdefer_attachment *a)
{
	hlist_nulls_del_init_rcu(&a->node);
	a->thread = NULL;
}

/*
 * Takes @a, the task of thread @owner, out. False if it is not there, or another thread's by now:
 * of a thread that was killed, its exit and its joiner both come here.
 */
bool kdefer_registry_del(struct kdefer_attachment *a, const struct task_struct *owner)
{
	struct kdefer_bucket *bucket = kdefer_bucket_of(owner);
	bool there;

	raw_spin_lock(&bucket->lock);
	there = a->storage.task.owner == owner && a->thread;
	if (there)
		kdefer_unlink(a);
	raw_spin_unlock(&bucket->lock);
	return there;
}

/* Whether @a, which has no owner now, was that of the current thread last, and is in its bucket. */
bool kdefer_registry_has_current(const struct kdefer_attachment *a)
{
	return a->thread == current && a->start == current->start_boottime;
}

/* Takes @a out of its bucket, if it is in one; it has no owner, and only the caller has it. */
void kdefer_registry_evict(struct kdefer_attachment *a)
{
	struct kdefer_bucket *bucket;

	if (!a->thread)
		return;
	bucket = kdefer_bucket_of(a->thread);
	raw_spin_lock(&bucket->lock);
	kdefer_unlink(a);
	raw_spin_unlock(&bucket->lock);
}

/*
 * The next thread of a walk over a bucket, whose newest thread stands first: the newest one that is
 * older than @serial. A thread that ends during the walk makes no other one be left out. Sets *@p
 * to the owner, which may be gone when this returns.
 */
static struct kdefer_attachment *kdefer_older_than(struct kdefer_bucket *bucket, u64 serial,
						   bool own, struct task_struct **p)
{
	struct kdefer_attachment *a;
	struct hlist_nulls_node *node;

	hlist_nulls_for_each_entry(a, node, &bucket->head, node) {
		if (a->serial >= serial || a->storage.own != own)
			continue;
		*p = (struct task_struct *)READ_ONCE(a->storage.task.owner);
		if (*p)
			return a;
	}
	return NULL;
}

/* The kthreads of all buckets come first, and then the other threads. */
static bool kdefer_look_at_older(struct kdefer_cursor *at, kdefer_look_fn look, void *arg)
{
	struct kdefer_bucket *bucket = &kdefer_buckets[at->bucket % KDEFER_HASH_SIZE];
	struct kdefer_attachment *a;
	struct task_struct *p;

	raw_spin_lock(&bucket->lock);
	a = kdefer_older_than(bucket, at->serial, at->bucket < KDEFER_HASH_SIZE, &p);
	if (a) {
		look(a, p, arg);
		at->serial = a->serial;
	}
	raw_spin_unlock(&bucket->lock);
	return a;
}

bool kdefer_look_at_next(struct kdefer_cursor *at, kdefer_look_fn look, void *arg)
{
	for (; at->bucket < 2 * KDEFER_HASH_SIZE; at->bucket++) {
		if (kdefer_look_at_older(at, look, arg))
			return true;
		at->serial = U64_MAX;
	}
	return false;
}

void kdefer_registry_init(void)
{
	unsigned int i;

	for (i = 0; i < KDEFER_HASH_SIZE; i++) {
		raw_spin_lock_init(&kdefer_buckets[i].lock);
		INIT_HLIST_NULLS_HEAD(&kdefer_buckets[i].head, i);
	}
}
