// SPDX-License-Identifier: GPL-2.0-only
/*
 * The threads that have a task, in two hashes by the thread: those that kdefer did not start, which
 * are found this way, and kdefer's kthreads, for whoever looks at all threads.
 */
#include <linux/hash.h>
#include <linux/rculist.h>
#include <linux/rculist_nulls.h>
#include <linux/rcupdate.h>
#include <linux/spinlock.h>

#include "registry.h"

#define KDEFER_HASH_BITS	8
#define KDEFER_HASH_SIZE	BIT(KDEFER_HASH_BITS)

static struct hlist_nulls_head kdefer_foreigners[KDEFER_HASH_SIZE];
static struct hlist_nulls_head kdefer_kthreads[KDEFER_HASH_SIZE];
static u64 kdefer_thread_serial;
/*
 * Guards both hashes. As long as it is held no thread leaves a hash, and so none ends and gives up
 * its stack. Nobody takes it in an interrupt: there are no tasks there. It does not sleep with
 * PREEMPT_RT, since a KDEFER function may be called with preemption off.
 */
static DEFINE_RAW_SPINLOCK(kdefer_threads_lock);
static atomic_t kdefer_nr_foreigners = ATOMIC_INIT(0);

/*
 * Called inside an RCU read-side section. An entry may be used again for another thread without a
 * grace period (see &struct kdefer_foreign), so the lookup may follow it into the list of another
 * bucket. The end of each list names its bucket; at the end of another one the lookup begins again.
 */
struct kdefer_foreign *kdefer_find_foreign(const struct task_struct *owner)
{
	unsigned int bucket = hash_ptr(owner, KDEFER_HASH_BITS);
	struct hlist_nulls_node *node;
	struct kdefer_thread_entry *t;

	if (!atomic_read(&kdefer_nr_foreigners))
		return NULL;
	do {
		hlist_nulls_for_each_entry_rcu(t, node, &kdefer_foreigners[bucket], node) {
			if (READ_ONCE(t->owner) == owner && t->start == owner->start_boottime)
				return container_of(t, struct kdefer_foreign, entry);
		}
	} while (get_nulls_value(node) != bucket);
	return NULL;
}

static void kdefer_hash_add(struct kdefer_thread_entry *t, struct hlist_nulls_head *hash,
			    struct kdefer_task *task)
{
	t->start = current->start_boottime;
	t->task = task;
	WRITE_ONCE(t->owner, current);
	raw_spin_lock(&kdefer_threads_lock);
	t->serial = ++kdefer_thread_serial;
	hlist_nulls_add_head_rcu(&t->node, &hash[hash_ptr(current, KDEFER_HASH_BITS)]);
	raw_spin_unlock(&kdefer_threads_lock);
}

void kdefer_foreign_add(struct kdefer_foreign *f, struct kdefer_task *task)
{
	kdefer_hash_add(&f->entry, kdefer_foreigners, task);
	atomic_inc(&kdefer_nr_foreigners);
	kdefer_count(KDEFER_STAT_ROOTS);
}

void kdefer_foreign_del(struct kdefer_foreign *f)
{
	raw_spin_lock(&kdefer_threads_lock);
	hlist_nulls_del_rcu(&f->entry.node);
	raw_spin_unlock(&kdefer_threads_lock);
	WRITE_ONCE(f->entry.owner, NULL);
	atomic_dec(&kdefer_nr_foreigners);
}

void kdefer_kthread_add(struct kdefer_kthread *kt, struct kdefer_task *task)
{
	kdefer_hash_add(&kt->entry, kdefer_kthreads, task);
	kdefer_count(KDEFER_STAT_THREADS_STARTED);
}

/*
 * A thread that was killed still has a task, and is counted as killed. Its exit and its joiner both
 * call this; the first one takes it out.
 */
static void kdefer_kthread_unhash(struct kdefer_thread_entry *t)
{
	lockdep_assert_held(&kdefer_threads_lock);
	if (hlist_nulls_unhashed(&t->node))
		return;
	hlist_nulls_del_init_rcu(&t->node);
	kdefer_count(t->task ? KDEFER_STAT_THREADS_KILLED : KDEFER_STAT_THREADS_ENDED);
}

void kdefer_kthread_del(struct kdefer_kthread *kt)
{
	raw_spin_lock(&kdefer_threads_lock);
	kdefer_kthread_unhash(&kt->entry);
	raw_spin_unlock(&kdefer_threads_lock);
}

/*
 * Called when thread @p ends. Returns its newest task, if the thread ends before that task does;
 * the thread's joiner frees such a task only after the thread is gone, so the caller may use it.
 * The entry is found by the hash and not by the thread's data: if the task has ended as it should,
 * the joiner may have freed the data by now.
 */
struct kdefer_task *kdefer_kthread_exits(const struct task_struct *p)
{
	unsigned int bucket = hash_ptr(p, KDEFER_HASH_BITS);
	struct kdefer_task *task = NULL;
	struct hlist_nulls_node *node;
	struct kdefer_thread_entry *t;

	raw_spin_lock(&kdefer_threads_lock);
	hlist_nulls_for_each_entry(t, node, &kdefer_kthreads[bucket], node) {
		if (t->owner == p) {
			task = t->task;
			kdefer_kthread_unhash(t);
			break;
		}
	}
	raw_spin_unlock(&kdefer_threads_lock);
	return task;
}

static struct hlist_nulls_head *kdefer_bucket(unsigned int n)
{
	if (n < KDEFER_HASH_SIZE)
		return &kdefer_kthreads[n];
	return &kdefer_foreigners[n - KDEFER_HASH_SIZE];
}

/*
 * A new thread is put in front of its bucket, so the serial numbers fall from entry to entry. The
 * walk goes on at the first entry with a lower number than the last one had, and so misses nobody,
 * whoever was added or removed between two calls.
 */
static struct kdefer_thread_entry *kdefer_find_next(struct kdefer_cursor *at)
{
	struct hlist_nulls_node *node;
	struct kdefer_thread_entry *t;

	for (; at->bucket < 2 * KDEFER_HASH_SIZE; at->bucket++) {
		hlist_nulls_for_each_entry(t, node, kdefer_bucket(at->bucket), node) {
			if (t->serial < at->serial)
				return t;
		}
		at->serial = U64_MAX;
	}
	return NULL;
}

bool kdefer_look_at_next(struct kdefer_cursor *at,
			 void (*look)(const struct kdefer_thread_entry *t, void *arg), void *arg)
{
	struct kdefer_thread_entry *t;

	raw_spin_lock(&kdefer_threads_lock);
	t = kdefer_find_next(at);
	if (t) {
		look(t, arg);
		at->serial = t->serial;
	}
	raw_spin_unlock(&kdefer_threads_lock);
	return t;
}

void kdefer_registry_init(void)
{
	unsigned int i;

	for (i = 0; i < KDEFER_HASH_SIZE; i++) {
		INIT_HLIST_NULLS_HEAD(&kdefer_foreigners[i], i);
		INIT_HLIST_NULLS_HEAD(&kdefer_kthreads[i], i);
	}
}
