// SPDX-License-Identifier: GPL-2.0-only
/*
 * Finding the task: that of a kdefer kthread is its kthread data; those of other threads are in an
 * RCU hash for as long as their outermost KDEFER function or kdefer_run() lasts. The kthreads are
 * in a hash too, for whoever looks at all threads.
 */
#include <linux/hash.h>
#include <linux/kthread.h>
#include <linux/random.h>
#include <linux/rculist_nulls.h>
#include <linux/rcupdate.h>
#include <linux/sched/task_stack.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/tracepoint.h>

#include "host.h"
#include "kthread.h"

/* A root frame on a foreign thread cannot fail: as many are kept for when there is no memory. */
#define KDEFER_SPARES		16

#define KDEFER_HASH_BITS	8

/**
 * struct kdefer_foreign - the task of a thread that kdefer did not start
 * @storage: the task; nested ones have a struct of their own, which is not in the hash
 * @entry: what the thread is found by; its owner is NULL for a task that is not in the hash
 * @spare: the next one, while this is kept for later
 * @rcu: frees this when no lookup can see it any more
 *
 * Memory that is kept is used again at once, since without any other there would be none until a
 * grace period is over. So a lookup may follow a node into another list, and sees it at the end.
 */
struct kdefer_foreign {
	struct kdefer_task_storage storage;
	struct kdefer_thread_entry entry;
	union {
		struct kdefer_foreign *spare;
		struct rcu_head rcu;
	};
};

#define KDEFER_HASH_SIZE	BIT(KDEFER_HASH_BITS)

static struct hlist_nulls_head kdefer_foreigners[KDEFER_HASH_SIZE];
static struct hlist_nulls_head kdefer_kthreads[KDEFER_HASH_SIZE];
static u64 kdefer_thread_serial;
static struct kdefer_foreign *kdefer_spares;
static unsigned int kdefer_nr_spares;
/*
 * Guards all of these. As long as it is held, no thread leaves a hash, and so none ends and gives
 * up its stack. Nobody takes it in an interrupt: there are no tasks there. It does not sleep with
 * PREEMPT_RT, since a KDEFER function may be called with preemption off.
 */
static DEFINE_RAW_SPINLOCK(kdefer_threads_lock);
static atomic_t kdefer_nr_foreigners = ATOMIC_INIT(0);

static unsigned long kdefer_secret;

static struct kdefer_kthread *kdefer_current_kthread(void)
{
	if (kthread_func(current) != kdefer_kthread_main)
		return NULL;
	return kthread_data(current);
}

static struct kdefer_foreign *kdefer_find_foreign(const struct task_struct *owner)
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

/* What only the thread itself removes cannot go away while it is in use here. */
static struct kdefer_foreign *kdefer_current_foreign(void)
{
	struct kdefer_foreign *f;

	rcu_read_lock();
	f = kdefer_find_foreign(current);
	rcu_read_unlock();
	return f;
}

/* The task of the current thread; NULL if there is none, and in interrupt context. */
struct kdefer_task *kdefer_current(void)
{
	struct kdefer_foreign *f;
	struct kdefer_kthread *kt;

	if (unlikely(!in_task()))
		return NULL;
	kt = kdefer_current_kthread();
	if (kt)
		return kt->entry.task;
	f = kdefer_current_foreign();
	return f ? f->entry.task : NULL;
}
EXPORT_SYMBOL_GPL(kdefer_current);

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

static void kdefer_foreign_add(struct kdefer_foreign *f, struct kdefer_task *task)
{
	kdefer_hash_add(&f->entry, kdefer_foreigners, task);
	atomic_inc(&kdefer_nr_foreigners);
	kdefer_count(KDEFER_STAT_ROOTS);
}

static void kdefer_foreign_del(struct kdefer_foreign *f)
{
	raw_spin_lock(&kdefer_threads_lock);
	hlist_nulls_del_rcu(&f->entry.node);
	raw_spin_unlock(&kdefer_threads_lock);
	WRITE_ONCE(f->entry.owner, NULL);
	atomic_dec(&kdefer_nr_foreigners);
}

/* A thread that was killed still has a task. Its exit and its joiner both come here. */
static void kdefer_kthread_unhash(struct kdefer_thread_entry *t)
{
	lockdep_assert_held(&kdefer_threads_lock);
	if (hlist_nulls_unhashed(&t->node))
		return;
	hlist_nulls_del_init_rcu(&t->node);
	kdefer_count(t->task ? KDEFER_STAT_THREADS_KILLED : KDEFER_STAT_THREADS_ENDED);
}

static void kdefer_kthread_del(struct kdefer_kthread *kt)
{
	raw_spin_lock(&kdefer_threads_lock);
	kdefer_kthread_unhash(&kt->entry);
	raw_spin_unlock(&kdefer_threads_lock);
}

/* False if enough are kept. */
static bool kdefer_spare_put(struct kdefer_foreign *f)
{
	bool room;

	raw_spin_lock(&kdefer_threads_lock);
	room = kdefer_nr_spares < KDEFER_SPARES;
	if (room) {
		f->spare = kdefer_spares;
		kdefer_spares = f;
		kdefer_nr_spares++;
	}
	raw_spin_unlock(&kdefer_threads_lock);
	return room;
}

static struct kdefer_foreign *kdefer_spare_get(void)
{
	struct kdefer_foreign *f;

	raw_spin_lock(&kdefer_threads_lock);
	f = kdefer_spares;
	if (f) {
		kdefer_spares = f->spare;
		kdefer_nr_spares--;
	}
	raw_spin_unlock(&kdefer_threads_lock);
	return f;
}

static void kdefer_storage_free(struct kdefer_task_storage *storage)
{
	struct kdefer_foreign *f = container_of(storage, struct kdefer_foreign, storage);

	if (storage->own)
		kdefer_kthread_del(container_of(storage, struct kdefer_kthread, storage));
	else if (!kdefer_spare_put(f))
		kfree_rcu(f, rcu);
}

static struct kdefer_task_storage *kdefer_storage_alloc(void)
{
	struct kdefer_foreign *f = kdefer_spare_get() ?:
				   kmalloc(sizeof(*f), GFP_ATOMIC | __GFP_NOWARN);

	if (!f)
		return NULL;
	WRITE_ONCE(f->entry.owner, NULL);
	return &f->storage;
}

/* Makes @task what kdefer_current() finds; @storage is its memory if it is a thread's first. */
static void kdefer_set_current(struct kdefer_task *task, struct kdefer_task_storage *storage)
{
	struct kdefer_kthread *kt = kdefer_current_kthread();
	struct kdefer_foreign *f;

	if (kt && storage && storage->own) {
		kdefer_hash_add(&kt->entry, kdefer_kthreads, task);
		kdefer_count(KDEFER_STAT_THREADS_STARTED);
		return;
	}
	if (kt) {
		kt->entry.task = task;
		return;
	}
	f = kdefer_current_foreign();
	if (!f) {
		kdefer_foreign_add(container_of(storage, struct kdefer_foreign, storage), task);
		return;
	}
	if (!task)
		kdefer_foreign_del(f);
	f->entry.task = task;
}

struct kdefer_task *kdefer_host_attach(struct kdefer_task_storage *own)
{
	struct kdefer_task_storage *storage = own ?: kdefer_storage_alloc();
	struct kdefer_task *parent = kdefer_current();

	if (!storage)
		return NULL;
	storage->own = own;
	storage->history.len = 0;
	storage->task = (struct kdefer_task){
		.secret = kdefer_secret,
		.stack_lo = (unsigned long)task_stack_page(current),
		.stack_hi = (unsigned long)task_stack_page(current) + THREAD_SIZE,
		.history = &storage->history,
		.parent = parent,
		.deepest = (unsigned long)task_stack_page(current) + THREAD_SIZE,
		.fault_owner = parent ? parent->fault_owner : NULL,
		.panic_on_fault = parent && parent->panic_on_fault,
	};
	kdefer_set_current(&storage->task, storage);
	return &storage->task;
}

/* What a kdefer_run() used of the stack, its thread has used. */
static void kdefer_keep_deepest(const struct kdefer_task *task)
{
	struct kdefer_task *parent = task->parent;

	if (parent && task->deepest < parent->deepest)
		parent->deepest = task->deepest;
	if (!parent && task->deepest < task->stack_hi)
		pr_debug("kdefer: thread %s[%d] used at most %lu of %lu bytes of stack at a panic\n",
			 current->comm, task_pid_nr(current), task->stack_hi - task->deepest,
			 task->stack_hi - task->stack_lo);
}

void kdefer_host_detach(struct kdefer_task *task)
{
	kdefer_keep_deepest(task);
	kdefer_set_current(task->parent, NULL);
	kdefer_host_reap(task, task->parent);
}

void kdefer_host_reap(struct kdefer_task *task, struct kdefer_task *last)
{
	struct kdefer_task *parent;

	for (; task != last; task = parent) {
		parent = task->parent;
		kdefer_free_chunks(task);
		kdefer_storage_free(container_of(task, struct kdefer_task_storage, task));
	}
}

void *kdefer_host_alloc_chunk(void)
{
	kdefer_count(KDEFER_STAT_CHUNKS);
	return kmalloc(KDEFER_CHUNK_SIZE, GFP_ATOMIC | __GFP_NOWARN);
}

void kdefer_host_free_chunk(void *chunk)
{
	kfree(chunk);
}

static struct hlist_nulls_head *kdefer_bucket(unsigned int n)
{
	if (n < KDEFER_HASH_SIZE)
		return &kdefer_kthreads[n];
	return &kdefer_foreigners[n - KDEFER_HASH_SIZE];
}

/* The newest thread of a bucket stands first, so what ends meanwhile makes nobody be left out. */
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

/* Its joiner may have freed the rest by now, which is not followed. */
static void kdefer_kthread_exits(const struct task_struct *p)
{
	unsigned int bucket = hash_ptr(p, KDEFER_HASH_BITS);
	struct hlist_nulls_node *node;
	struct kdefer_thread_entry *t;

	raw_spin_lock(&kdefer_threads_lock);
	hlist_nulls_for_each_entry(t, node, &kdefer_kthreads[bucket], node) {
		if (t->owner == p) {
			kdefer_kthread_unhash(t);
			break;
		}
	}
	raw_spin_unlock(&kdefer_threads_lock);
}

/* Without the lock, which is not for interrupts. */
static void kdefer_reap_rcu(struct rcu_head *rcu)
{
	struct kdefer_task *task = container_of(rcu, struct kdefer_foreign, rcu)->thread.task;
	struct kdefer_task *parent;

	for (; task; task = parent) {
		parent = task->parent;
		kdefer_free_chunks(task);
		kfree(container_of(task, struct kdefer_foreign, storage.task));
	}
}

/*
 * A thread can be killed inside a KDEFER function, by an oops or by a failed KUnit assertion. Its
 * stack may be overwritten by now, so its deferred calls are lost; what kdefer keeps of it is not.
 * It is freed later: here preemption is off, and with PREEMPT_RT no memory can be freed.
 */
static void kdefer_thread_exits(void *data, struct task_struct *p)
{
	struct kdefer_foreign *f;

	if (kthread_func(p) == kdefer_kthread_main) {
		kdefer_kthread_exits(p);
		return;
	}
	rcu_read_lock();
	f = kdefer_find_foreign(p);
	rcu_read_unlock();
	if (!f)
		return;
	pr_warn("kdefer: thread %s[%d] was killed inside a KDEFER function: its deferred calls did not run\n",
		p->comm, task_pid_nr(p));
	kdefer_foreign_del(f);
	call_rcu(&f->rcu, kdefer_reap_rcu);
}

static struct tracepoint *kdefer_exit_tracepoint;

static void kdefer_match_exit(struct tracepoint *tp, void *priv)
{
	if (!strcmp(tp->name, "sched_process_exit"))
		kdefer_exit_tracepoint = tp;
}

static void kdefer_spares_free(void)
{
	struct kdefer_foreign *f;

	while ((f = kdefer_spare_get()))
		kfree_rcu(f, rcu);
}

static int kdefer_spares_alloc(void)
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

static int kdefer_watch_exits(void)
{
	for_each_kernel_tracepoint(kdefer_match_exit, NULL);
	if (!kdefer_exit_tracepoint) {
		pr_err("kdefer: this kernel has no tracepoint sched_process_exit: build it with CONFIG_TRACEPOINTS\n");
		return -ENODEV;
	}
	return tracepoint_probe_register(kdefer_exit_tracepoint, kdefer_thread_exits, NULL);
}

int kdefer_task_init(void)
{
	unsigned int i;
	int err;

	get_random_bytes(&kdefer_secret, sizeof(kdefer_secret));
	for (i = 0; i < KDEFER_HASH_SIZE; i++) {
		INIT_HLIST_NULLS_HEAD(&kdefer_foreigners[i], i);
		INIT_HLIST_NULLS_HEAD(&kdefer_kthreads[i], i);
	}
	err = kdefer_spares_alloc();
	if (err)
		return err;
	err = kdefer_watch_exits();
	if (err)
		kdefer_spares_free();
	return err;
}

void kdefer_task_exit(void)
{
	tracepoint_probe_unregister(kdefer_exit_tracepoint, kdefer_thread_exits, NULL);
	tracepoint_synchronize_unregister();
	kdefer_spares_free();
	/* What killed threads left, and nodes of tracers that were recycled; see return_hooks.c. */
	rcu_barrier();
}
