// SPDX-License-Identifier: GPL-2.0-only
/*
 * That trees, hash tables, lists that are read meanwhile, numbers, queues, variables of a CPU,
 * timers of high resolution and workers are in user space as in the kernel: the same cases in both.
 */

#include <kunit/test.h>
#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/hashtable.h>
#include <linux/hrtimer.h>
#include <linux/idr.h>
#include <linux/kfifo.h>
#include <linux/kthread.h>
#include <linux/llist.h>
#include <linux/percpu.h>
#include <linux/rbtree.h>
#include <linux/rculist.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

#include "compat.h"

#define MANY 200

struct number {
	struct rb_node node;
	struct hlist_node hash;
	unsigned int n;
};

static bool number_less(struct rb_node *a, const struct rb_node *b)
{
	return rb_entry(a, struct number, node)->n < rb_entry(b, struct number, node)->n;
}

static int number_compare(const void *key, const struct rb_node *node)
{
	return (int)(*(const unsigned int *)key - rb_entry(node, struct number, node)->n);
}

/* Deeper than a red-black tree of that many nodes may be? */
static unsigned int depth(const struct rb_node *node)
{
	return node ? 1 + max(depth(node->rb_left), depth(node->rb_right)) : 0;
}

/* The nodes of @root are in order, both ways, and there are @n of them. */
static bool tree_is_right(const struct rb_root *root, unsigned int n)
{
	struct rb_node *node, *last = NULL;
	unsigned int forth = 0, back = 0;

	for (node = rb_first(root); node; node = rb_next(node)) {
		if (last && number_less(node, last))
			return false;
		last = node;
		forth++;
	}
	for (node = rb_last(root); node; node = rb_prev(node))
		back++;
	return forth == n && back == n && depth(root->rb_node) <= 16;
}

static void rbtree_keeps_order(struct kunit *test)
{
	struct number *all = kunit_kcalloc(test, MANY, sizeof(*all), GFP_KERNEL);
	struct rb_root root = RB_ROOT;
	unsigned int i, key;

	KUNIT_ASSERT_NOT_NULL(test, all);
	KUNIT_EXPECT_TRUE(test, RB_EMPTY_ROOT(&root));
	KUNIT_EXPECT_NULL(test, rb_first(&root));
	for (i = 0; i < MANY; i++) {
		all[i].n = i * 77 % MANY;
		rb_add(&all[i].node, &root, number_less);
		KUNIT_ASSERT_TRUE(test, tree_is_right(&root, i + 1));
	}
	for (key = 0; key < MANY; key++)
		KUNIT_EXPECT_NOT_NULL(test, rb_find(&key, &root, number_compare));
	KUNIT_EXPECT_NULL(test, rb_find(&key, &root, number_compare));
	for (i = 0; i < MANY; i++) {
		rb_erase(&all[i * 13 % MANY].node, &root);
		KUNIT_ASSERT_TRUE(test, tree_is_right(&root, MANY - i - 1));
	}
	KUNIT_EXPECT_TRUE(test, RB_EMPTY_ROOT(&root));
}

static void rbtree_rising_and_falling(struct kunit *test)
{
	struct number *all = kunit_kcalloc(test, MANY, sizeof(*all), GFP_KERNEL);
	struct rb_root_cached root = RB_ROOT_CACHED;
	struct rb_node **link, *parent;
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, all);
	for (i = 0; i < MANY; i++) {
		all[i].n = MANY - i;
		link = &root.rb_root.rb_node;
		for (parent = NULL; *link; link = &(*link)->rb_left)
			parent = *link;
		rb_link_node(&all[i].node, parent, link);
		rb_insert_color_cached(&all[i].node, &root, true);
	}
	KUNIT_EXPECT_PTR_EQ(test, rb_first_cached(&root), &all[MANY - 1].node);
	KUNIT_EXPECT_TRUE(test, tree_is_right(&root.rb_root, MANY));
	for (i = MANY; i--; )
		rb_erase_cached(&all[i].node, &root);
	KUNIT_EXPECT_TRUE(test, RB_EMPTY_ROOT(&root.rb_root));
	RB_CLEAR_NODE(&all[0].node);
	KUNIT_EXPECT_TRUE(test, RB_EMPTY_NODE(&all[0].node));
}

static void rbtree_postorder(struct kunit *test)
{
	struct rb_root root = RB_ROOT;
	struct number *number, *next;
	unsigned int i, sum = 0;

	for (i = 1; i <= 20; i++) {
		number = kzalloc(sizeof(*number), GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, number);
		number->n = i;
		rb_add(&number->node, &root, number_less);
	}
	/* A node comes behind those below it, so that each may be freed. */
	rbtree_postorder_for_each_entry_safe(number, next, &root, node) {
		sum += number->n;
		kfree(number);
	}
	KUNIT_EXPECT_EQ(test, sum, 210U);
}

static void rbtree_replaces(struct kunit *test)
{
	struct number a = { .n = 1 }, b = { .n = 2 }, other = { .n = 2 };
	struct rb_root root = RB_ROOT;

	rb_add(&b.node, &root, number_less);
	rb_add(&a.node, &root, number_less);
	rb_replace_node(&b.node, &other.node, &root);
	KUNIT_EXPECT_PTR_EQ(test, rb_last(&root), &other.node);
	KUNIT_EXPECT_PTR_EQ(test, rb_prev(&other.node), &a.node);
}

static void hashtable_finds(struct kunit *test)
{
	struct number all[20] = { }, *found;
	struct hlist_node *next;
	DECLARE_HASHTABLE(table, 3);
	unsigned int i, n = 0;

	hash_init(table);
	KUNIT_EXPECT_TRUE(test, hash_empty(table));
	for (i = 0; i < ARRAY_SIZE(all); i++) {
		all[i].n = i;
		hash_add(table, &all[i].hash, i);
	}
	hash_for_each_possible(table, found, hash, 7U)
		n += found->n == 7;
	KUNIT_EXPECT_EQ(test, n, 1U);
	hash_del(&all[7].hash);
	KUNIT_EXPECT_FALSE(test, hash_hashed(&all[7].hash));
	n = 0;
	hash_for_each(table, i, found, hash)
		n++;
	KUNIT_EXPECT_EQ(test, n, 19U);
	hash_for_each_safe(table, i, next, found, hash)
		hash_del(&found->hash);
	KUNIT_EXPECT_TRUE(test, hash_empty(table));
}

static void ida_takes_the_lowest(struct kunit *test)
{
	static DEFINE_IDA(ida);
	int i;

	for (i = 0; i < 100; i++)
		KUNIT_EXPECT_EQ(test, ida_alloc(&ida, GFP_KERNEL), i);
	ida_free(&ida, 42);
	ida_free(&ida, 17);
	KUNIT_EXPECT_EQ(test, ida_alloc(&ida, GFP_KERNEL), 17);
	KUNIT_EXPECT_EQ(test, ida_alloc_min(&ida, 50, GFP_KERNEL), 100);
	KUNIT_EXPECT_EQ(test, ida_alloc_max(&ida, 41, GFP_KERNEL), -ENOSPC);
	KUNIT_EXPECT_EQ(test, ida_alloc_range(&ida, 30, 60, GFP_KERNEL), 42);
	KUNIT_EXPECT_FALSE(test, ida_is_empty(&ida));
	ida_destroy(&ida);
	KUNIT_EXPECT_TRUE(test, ida_is_empty(&ida));
}

static int count_entries(int id, void *p, void *data)
{
	++*(int *)data;
	return id == 6 ? -EIO : 0;
}

static void idr_finds(struct kunit *test)
{
	char words[10][4] = { };
	int i, id, n = 0;
	DEFINE_IDR(idr);
	char *word;

	for (i = 0; i < 10; i++)
		KUNIT_EXPECT_EQ(test, idr_alloc(&idr, words[i], 5, 0, GFP_KERNEL), 5 + i);
	KUNIT_EXPECT_PTR_EQ(test, idr_find(&idr, 8), (void *)words[3]);
	KUNIT_EXPECT_NULL(test, idr_find(&idr, 4));
	KUNIT_EXPECT_PTR_EQ(test, idr_remove(&idr, 8), (void *)words[3]);
	KUNIT_EXPECT_NULL(test, idr_remove(&idr, 8));
	KUNIT_EXPECT_EQ(test, idr_alloc(&idr, words[3], 5, 9, GFP_KERNEL), 8);
	KUNIT_EXPECT_EQ(test, idr_alloc(&idr, words[3], 5, 9, GFP_KERNEL), -ENOSPC);
	KUNIT_EXPECT_PTR_EQ(test, idr_replace(&idr, words[0], 8), (void *)words[3]);
	KUNIT_EXPECT_EQ(test, PTR_ERR(idr_replace(&idr, words[0], 99)), (long)-ENOENT);
	idr_for_each_entry(&idr, word, id)
		n += id;
	KUNIT_EXPECT_EQ(test, n, 95);
	n = 0;
	KUNIT_EXPECT_EQ(test, idr_for_each(&idr, count_entries, &n), -EIO);
	KUNIT_EXPECT_EQ(test, n, 2);
	idr_destroy(&idr);
	KUNIT_EXPECT_TRUE(test, idr_is_empty(&idr));
}

static void idr_goes_round(struct kunit *test)
{
	char thing;
	struct idr idr;

	idr_init(&idr);
	KUNIT_EXPECT_EQ(test, idr_alloc_cyclic(&idr, &thing, 1, 4, GFP_KERNEL), 1);
	KUNIT_EXPECT_EQ(test, idr_alloc_cyclic(&idr, &thing, 1, 4, GFP_KERNEL), 2);
	idr_remove(&idr, 1);
	KUNIT_EXPECT_EQ(test, idr_alloc_cyclic(&idr, &thing, 1, 4, GFP_KERNEL), 3);
	KUNIT_EXPECT_EQ(test, idr_alloc_cyclic(&idr, &thing, 1, 4, GFP_KERNEL), 1);
	KUNIT_EXPECT_EQ(test, idr_alloc_cyclic(&idr, &thing, 1, 4, GFP_KERNEL), -ENOSPC);
	idr_destroy(&idr);
}

struct point {
	short x, y;
};

static void kfifo_is_first_in_first_out(struct kunit *test)
{
	DEFINE_KFIFO(fifo, struct point, 8);
	struct point p = { };
	int i;

	KUNIT_EXPECT_TRUE(test, kfifo_is_empty(&fifo));
	KUNIT_EXPECT_EQ(test, kfifo_size(&fifo), 8U);
	/* Around the end more than once. */
	for (i = 0; i < 30; i++) {
		KUNIT_EXPECT_EQ(test, kfifo_put(&fifo, ((struct point){ .x = i, .y = -i })), 1);
		if (i < 5)
			continue;
		KUNIT_EXPECT_EQ(test, kfifo_peek(&fifo, &p), 1);
		KUNIT_EXPECT_EQ(test, p.x, (short)(i - 5));
		KUNIT_EXPECT_EQ(test, kfifo_get(&fifo, &p), 1);
		KUNIT_EXPECT_EQ(test, p.y, (short)(5 - i));
	}
	KUNIT_EXPECT_EQ(test, kfifo_len(&fifo), 5U);
	while (kfifo_put(&fifo, p))
		;
	KUNIT_EXPECT_TRUE(test, kfifo_is_full(&fifo));
	KUNIT_EXPECT_EQ(test, kfifo_avail(&fifo), 0U);
	kfifo_reset(&fifo);
	KUNIT_EXPECT_EQ(test, kfifo_get(&fifo, &p), 0);
}

static void kfifo_of_bytes(struct kunit *test)
{
	struct kfifo fifo;
	char text[16] = "";

	KUNIT_ASSERT_EQ(test, kfifo_alloc(&fifo, 10, GFP_KERNEL), 0);
	KUNIT_EXPECT_EQ(test, kfifo_size(&fifo), 16U);
	KUNIT_EXPECT_EQ(test, kfifo_in(&fifo, "0123456789", 10), 10U);
	KUNIT_EXPECT_EQ(test, kfifo_out(&fifo, text, 8), 8U);
	KUNIT_EXPECT_EQ(test, kfifo_in(&fifo, "abcdefghijklmnop", 16), 14U);
	KUNIT_EXPECT_EQ(test, kfifo_out_peek(&fifo, text, 3), 3U);
	KUNIT_EXPECT_STREQ(test, (const char *)text, "89a34567");
	KUNIT_EXPECT_EQ(test, kfifo_out(&fifo, text, 16), 16U);
	KUNIT_EXPECT_EQ(test, memcmp(text, "89abcdefghijklmn", 16), 0);
	kfifo_free(&fifo);
}

static DEFINE_PER_CPU(long, counter);

struct adding {
	long __percpu *sum;
	atomic_t left;
	struct completion done;
};

static int add_ones(void *data)
{
	struct adding *a = data;
	long *mine;
	int i;

	for (i = 0; i < 1000; i++) {
		this_cpu_inc(counter);
		mine = get_cpu_ptr(a->sum);
		++*mine;
		put_cpu_ptr(a->sum);
	}
	if (atomic_dec_and_test(&a->left))
		complete(&a->done);
	return 0;
}

/* Threads that run at the same time lose nothing. */
static void percpu_counts(struct kunit *test)
{
	struct adding a = { .sum = alloc_percpu(long), .left = ATOMIC_INIT(4) };
	long sum = 0, total = 0;
	int cpu, i;

	KUNIT_ASSERT_NOT_NULL(test, (void *)(unsigned long)a.sum);
	init_completion(&a.done);
	for_each_possible_cpu(cpu)
		per_cpu(counter, cpu) = 0;
	for (i = 0; i < 4; i++)
		KUNIT_ASSERT_FALSE(test, IS_ERR(kthread_run(add_ones, &a, "percpu")));
	wait_for_completion(&a.done);
	for_each_possible_cpu(cpu) {
		sum += *per_cpu_ptr(a.sum, cpu);
		total += per_cpu(counter, cpu);
	}
	KUNIT_EXPECT_EQ(test, sum, 4000L);
	KUNIT_EXPECT_EQ(test, total, 4000L);
	free_percpu(a.sum);
}

struct beat {
	struct hrtimer timer;
	struct completion done;
	int left;
	bool in_task;
};

static enum hrtimer_restart beat_again(struct hrtimer *timer)
{
	struct beat *b = container_of(timer, struct beat, timer);

	b->in_task = in_task();
	if (!--b->left) {
		complete(&b->done);
		return HRTIMER_NORESTART;
	}
	hrtimer_forward_now(timer, ns_to_ktime(2 * NSEC_PER_MSEC));
	return HRTIMER_RESTART;
}

static void beat_init(struct beat *b, int left)
{
	hrtimer_setup(&b->timer, beat_again, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
	init_completion(&b->done);
	b->left = left;
	b->in_task = true;
}

static void hrtimer_repeats(struct kunit *test)
{
	struct beat *b = kunit_kzalloc(test, sizeof(*b), GFP_KERNEL);
	ktime_t start = ktime_get();

	KUNIT_ASSERT_NOT_NULL(test, b);
	beat_init(b, 3);
	KUNIT_EXPECT_FALSE(test, hrtimer_active(&b->timer));
	hrtimer_start(&b->timer, ns_to_ktime(NSEC_PER_MSEC), HRTIMER_MODE_REL);
	wait_for_completion(&b->done);
	KUNIT_EXPECT_GE(test, ktime_to_us(ktime_sub(ktime_get(), start)), 5000LL);
	KUNIT_EXPECT_FALSE(test, b->in_task);
	KUNIT_EXPECT_EQ(test, hrtimer_cancel(&b->timer), 0);
}

static void hrtimer_is_cancelled(struct kunit *test)
{
	struct beat *b = kunit_kzalloc(test, sizeof(*b), GFP_KERNEL);
	ktime_t later;

	KUNIT_ASSERT_NOT_NULL(test, b);
	beat_init(b, 1);
	hrtimer_start(&b->timer, ktime_set(100, 0), HRTIMER_MODE_REL);
	KUNIT_EXPECT_TRUE(test, hrtimer_active(&b->timer));
	KUNIT_EXPECT_EQ(test, hrtimer_try_to_cancel(&b->timer), 1);
	KUNIT_EXPECT_FALSE(test, hrtimer_active(&b->timer));
	KUNIT_EXPECT_EQ(test, b->left, 1);
	later = ktime_add_ns(hrtimer_get_expires(&b->timer), 25);
	KUNIT_EXPECT_EQ(test, hrtimer_forward(&b->timer, later, ns_to_ktime(10)), 3ULL);
}

struct job {
	struct kthread_work work;
	struct kthread_delayed_work delayed;
	atomic_t runs;
	struct task_struct *by;
	bool slow;
};

static void job_run(struct kthread_work *work)
{
	struct job *job = container_of(work, struct job, work);

	if (job->slow)
		msleep(20);
	job->by = current;
	atomic_inc(&job->runs);
}

static void job_run_delayed(struct kthread_work *work)
{
	struct job *job = container_of(work, struct job, delayed.work);

	atomic_inc(&job->runs);
}

static void worker_works(struct kunit *test)
{
	struct kthread_worker *worker = kthread_run_worker(0, "worker/%d", 1);
	struct job *job = kunit_kcalloc(test, 3, sizeof(*job), GFP_KERNEL);
	int i;

	KUNIT_ASSERT_FALSE(test, IS_ERR(worker));
	for (i = 0; i < 3; i++)
		kthread_init_work(&job[i].work, job_run);
	job[0].slow = true;
	KUNIT_EXPECT_TRUE(test, kthread_queue_work(worker, &job[0].work));
	KUNIT_EXPECT_TRUE(test, kthread_queue_work(worker, &job[1].work));
	KUNIT_EXPECT_FALSE(test, kthread_queue_work(worker, &job[1].work));
	KUNIT_EXPECT_TRUE(test, kthread_queue_work(worker, &job[2].work));
	KUNIT_EXPECT_TRUE(test, kthread_cancel_work_sync(&job[2].work));
	kthread_flush_work(&job[0].work);
	KUNIT_EXPECT_EQ(test, atomic_read(&job[0].runs), 1);
	kthread_flush_worker(worker);
	KUNIT_EXPECT_EQ(test, atomic_read(&job[1].runs), 1);
	KUNIT_EXPECT_EQ(test, atomic_read(&job[2].runs), 0);
	KUNIT_EXPECT_PTR_EQ(test, job[0].by, worker->task);
	/* What is queued is done before the worker goes. */
	kthread_queue_work(worker, &job[0].work);
	kthread_destroy_worker(worker);
	KUNIT_EXPECT_EQ(test, atomic_read(&job[0].runs), 2);
}

static void worker_delays(struct kunit *test)
{
	struct kthread_worker *worker = kthread_run_worker(0, "worker");
	struct job *job = kunit_kzalloc(test, sizeof(*job), GFP_KERNEL);

	KUNIT_ASSERT_FALSE(test, IS_ERR(worker));
	kthread_init_delayed_work(&job->delayed, job_run_delayed);
	KUNIT_EXPECT_TRUE(test, kthread_queue_delayed_work(worker, &job->delayed, 1000 * HZ));
	KUNIT_EXPECT_FALSE(test, kthread_queue_delayed_work(worker, &job->delayed, 1));
	KUNIT_EXPECT_TRUE(test, kthread_mod_delayed_work(worker, &job->delayed, 1));
	msleep(100);
	KUNIT_EXPECT_EQ(test, atomic_read(&job->runs), 1);
	KUNIT_EXPECT_FALSE(test, kthread_cancel_delayed_work_sync(&job->delayed));
	kthread_queue_delayed_work(worker, &job->delayed, 1000 * HZ);
	KUNIT_EXPECT_TRUE(test, kthread_cancel_delayed_work_sync(&job->delayed));
	kthread_destroy_worker(worker);
	KUNIT_EXPECT_EQ(test, atomic_read(&job->runs), 1);
}

static int number_order(struct rb_node *a, const struct rb_node *b)
{
	return number_compare(&rb_entry(a, struct number, node)->n, b);
}

/* Whoever adds is told of the first, and of one that is there already. */
static void rbtree_adds(struct kunit *test)
{
	struct number two = { .n = 2 }, one = { .n = 1 }, three = { .n = 3 }, again = { .n = 3 };
	struct rb_root_cached cached = RB_ROOT_CACHED;
	struct rb_root root = RB_ROOT;

	KUNIT_EXPECT_PTR_EQ(test, rb_add_cached(&two.node, &cached, number_less), &two.node);
	KUNIT_EXPECT_PTR_EQ(test, rb_add_cached(&one.node, &cached, number_less), &one.node);
	KUNIT_EXPECT_NULL(test, rb_add_cached(&three.node, &cached, number_less));
	KUNIT_EXPECT_PTR_EQ(test, rb_first_cached(&cached), &one.node);
	KUNIT_EXPECT_NULL(test, rb_find_add(&two.node, &root, number_order));
	KUNIT_EXPECT_NULL(test, rb_find_add(&three.node, &root, number_order));
	KUNIT_EXPECT_PTR_EQ(test, rb_find_add(&again.node, &root, number_order), &three.node);
	KUNIT_EXPECT_TRUE(test, tree_is_right(&root, 2));
}

struct item {
	struct list_head list;
	struct hlist_node hash;
	struct llist_node llist;
	unsigned int n;
};

/* What is taken out still leads on, for who stands on it. */
static void lists_read_meanwhile(struct kunit *test)
{
	struct item items[4] = { { .n = 0 }, { .n = 1 }, { .n = 2 }, { .n = 3 } };
	DECLARE_HASHTABLE(table, 2);
	unsigned int i, sum = 0;
	struct item *item;
	LIST_HEAD(list);

	hash_init(table);
	for (i = 0; i < 3; i++) {
		list_add_tail_rcu(&items[i].list, &list);
		hash_add_rcu(table, &items[i].hash, i);
	}
	list_add_rcu(&items[3].list, &list);
	rcu_read_lock();
	KUNIT_EXPECT_PTR_EQ(test, list_first_or_null_rcu(&list, struct item, list), &items[3]);
	list_for_each_entry_rcu(item, &list, list) {
		if (item == &items[1])
			list_del_rcu(&item->list);
		sum = 10 * sum + item->n;
	}
	KUNIT_EXPECT_EQ(test, sum, 3012U);
	sum = 0;
	list_for_each_entry_rcu(item, &list, list)
		sum = 10 * sum + item->n;
	KUNIT_EXPECT_EQ(test, sum, 302U);
	hash_del_rcu(&items[2].hash);
	KUNIT_EXPECT_FALSE(test, hash_hashed(&items[2].hash));
	sum = 0;
	hash_for_each_rcu(table, i, item, hash)
		sum += 10 + item->n;
	KUNIT_EXPECT_EQ(test, sum, 21U);
	sum = 0;
	hash_for_each_possible_rcu(table, item, hash, 1)
		sum += item->n == 1;
	KUNIT_EXPECT_EQ(test, sum, 1U);
	rcu_read_unlock();
}

static void lists_without_a_lock(struct kunit *test)
{
	struct item items[3] = { { .n = 1 }, { .n = 2 }, { .n = 3 } };
	struct item *item, *next;
	unsigned int sum = 0;
	LLIST_HEAD(head);

	KUNIT_EXPECT_TRUE(test, llist_add(&items[0].llist, &head));
	KUNIT_EXPECT_FALSE(test, llist_add(&items[1].llist, &head));
	KUNIT_EXPECT_FALSE(test, llist_add(&items[2].llist, &head));
	KUNIT_EXPECT_PTR_EQ(test, llist_del_first(&head), &items[2].llist);
	llist_add(&items[2].llist, &head);
	llist_for_each_entry_safe(item, next, llist_reverse_order(llist_del_all(&head)), llist)
		sum = 10 * sum + item->n;
	KUNIT_EXPECT_EQ(test, sum, 123U);
	KUNIT_EXPECT_TRUE(test, llist_empty(&head));
	KUNIT_EXPECT_NULL(test, llist_del_first(&head));
}

static void hashtable_is_emptied(struct kunit *test)
{
	struct number all[4] = { { .n = 1 }, { .n = 1 }, { .n = 1 }, { .n = 2 } };
	DECLARE_HASHTABLE(table, 2);
	struct hlist_node *next;
	struct number *number;
	unsigned int i;

	hash_init(table);
	for (i = 0; i < ARRAY_SIZE(all); i++)
		hash_add(table, &all[i].hash, all[i].n);
	hash_for_each_possible_safe(table, number, next, hash, 1) {
		if (number->n == 1)
			hash_del(&number->hash);
	}
	KUNIT_EXPECT_FALSE(test, hash_empty(table));
	hash_for_each_safe(table, i, next, number, hash)
		hash_del(&number->hash);
	KUNIT_EXPECT_TRUE(test, hash_empty(table));
}

static void idr_of_words(struct kunit *test)
{
	unsigned int sum = 0;
	struct idr idr;
	u32 id = 5;
	void *p;
	int n;

	idr_init(&idr);
	KUNIT_EXPECT_EQ(test, idr_alloc_u32(&idr, test, &id, U32_MAX, GFP_KERNEL), 0);
	KUNIT_EXPECT_EQ(test, id, 5U);
	KUNIT_EXPECT_EQ(test, idr_alloc_u32(&idr, test, &id, 6, GFP_KERNEL), 0);
	KUNIT_EXPECT_EQ(test, id, 6U);
	id = 5;
	KUNIT_EXPECT_EQ(test, idr_alloc_u32(&idr, test, &id, 6, GFP_KERNEL), -ENOSPC);
	n = 6;
	KUNIT_EXPECT_PTR_EQ(test, idr_get_next(&idr, &n), (void *)test);
	idr_for_each_entry_continue(&idr, p, n)
		sum += n;
	KUNIT_EXPECT_EQ(test, sum, 6U);
	idr_destroy(&idr);
}

static void kfifo_with_a_lock(struct kunit *test)
{
	static DEFINE_SPINLOCK(lock);
	DECLARE_KFIFO(fifo, u16, 4);
	u16 in[3] = { 1, 2, 3 }, out[4] = { };

	INIT_KFIFO(fifo);
	KUNIT_EXPECT_TRUE(test, kfifo_initialized(&fifo));
	KUNIT_EXPECT_EQ(test, kfifo_esize(&fifo), 2);
	KUNIT_EXPECT_EQ(test, kfifo_in_spinlocked(&fifo, in, 3, &lock), 3);
	KUNIT_EXPECT_EQ(test, kfifo_in_spinlocked(&fifo, in, 3, &lock), 1);
	kfifo_skip(&fifo);
	KUNIT_EXPECT_EQ(test, kfifo_out_spinlocked(&fifo, out, 4, &lock), 3);
	KUNIT_EXPECT_EQ(test, out[0] * 100 + out[1] * 10 + out[2], 231);
}

static DEFINE_PER_CPU(int, calls);

/* All on one CPU. */
static void percpu_operations(struct kunit *test)
{
	int *here = &get_cpu_var(calls), risen, read, swapped;
	bool same = this_cpu_ptr(&calls) == here;

	this_cpu_write(calls, 5);
	this_cpu_add(calls, 3);
	this_cpu_dec(calls);
	risen = this_cpu_inc_return(calls);
	*here = 4;
	read = this_cpu_read(calls);
	swapped = this_cpu_xchg(calls, 6);
	put_cpu_var(calls);
	KUNIT_EXPECT_TRUE(test, same);
	KUNIT_EXPECT_EQ(test, risen, 8);
	KUNIT_EXPECT_EQ(test, read, 4);
	KUNIT_EXPECT_EQ(test, swapped, 4);
}

static struct kunit_case linux_structures_cases[] = {
	KUNIT_CASE(rbtree_keeps_order),
	KUNIT_CASE(rbtree_rising_and_falling),
	KUNIT_CASE(rbtree_postorder),
	KUNIT_CASE(rbtree_replaces),
	KUNIT_CASE(rbtree_adds),
	KUNIT_CASE(hashtable_finds),
	KUNIT_CASE(hashtable_is_emptied),
	KUNIT_CASE(lists_read_meanwhile),
	KUNIT_CASE(lists_without_a_lock),
	KUNIT_CASE(ida_takes_the_lowest),
	KUNIT_CASE(idr_finds),
	KUNIT_CASE(idr_goes_round),
	KUNIT_CASE(idr_of_words),
	KUNIT_CASE(kfifo_is_first_in_first_out),
	KUNIT_CASE(kfifo_of_bytes),
	KUNIT_CASE(kfifo_with_a_lock),
	KUNIT_CASE(percpu_counts),
	KUNIT_CASE(percpu_operations),
	KUNIT_CASE(hrtimer_repeats),
	KUNIT_CASE(hrtimer_is_cancelled),
	KUNIT_CASE(worker_works),
	KUNIT_CASE(worker_delays),
	{ }
};

static struct kunit_suite linux_structures_suite = {
	.name = "linux_structures",
	.test_cases = linux_structures_cases,
};

kunit_test_suite(linux_structures_suite);

MODULE_LICENSE("GPL");
