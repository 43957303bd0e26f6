// SPDX-License-Identifier: GPL-2.0-only
/*
 * That memory, references, lists and RCU are in user space as in the kernel: the same cases in
 * both.
 */

#include <kunit/test.h>
#include <linux/atomic.h>
#include <linux/cleanup.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/kref.h>
#include <linux/kthread.h>
#include <linux/list.h>
#include <linux/log2.h>
#include <linux/math64.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/srcu.h>

static void alloc_is_aligned(struct kunit *test)
{
	for (size_t size = 8; size <= PAGE_SIZE; size *= 2) {
		void *p = kmalloc(size, GFP_KERNEL);

		KUNIT_EXPECT_TRUE(test, IS_ALIGNED((unsigned long)p, size));
		kfree(p);
	}
}

static void alloc_grows(struct kunit *test)
{
	char *p = kmalloc(8, GFP_KERNEL), *grown;

	KUNIT_ASSERT_NOT_NULL(test, p);
	memcpy(p, "1234567", 8);
	grown = krealloc(p, 1000, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, grown);
	KUNIT_EXPECT_STREQ(test, grown, "1234567");
	KUNIT_EXPECT_PTR_EQ(test, krealloc(grown, 0, GFP_KERNEL), ZERO_SIZE_PTR);
	kfree_sensitive(kmalloc(8, GFP_KERNEL));
	kvfree(kvmalloc(3 * PAGE_SIZE, GFP_KERNEL));
}

static void pages_are_zeroed(struct kunit *test)
{
	unsigned long page = get_zeroed_page(GFP_KERNEL);

	KUNIT_ASSERT_NE(test, page, 0);
	KUNIT_EXPECT_TRUE(test, IS_ALIGNED(page, PAGE_SIZE));
	KUNIT_EXPECT_EQ(test, *(u8 *)(page + PAGE_SIZE - 1), 0);
	free_page(page);
	page = __get_free_page(GFP_KERNEL);
	KUNIT_EXPECT_NE(test, page, 0);
	free_page(page);
}

struct object {
	int n;
};

static void construct(void *obj)
{
	((struct object *)obj)->n = 7;
}

static void caches(struct kunit *test)
{
	struct kmem_cache *cache = kmem_cache_create("linux_data_kunit", sizeof(struct object), 0,
						     0, construct);
	struct object *obj;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	obj = kmem_cache_alloc(cache, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, obj);
	KUNIT_EXPECT_EQ(test, obj->n, 7);
	kmem_cache_free(cache, obj);
	kmem_cache_destroy(cache);
}

static int released;

static void release(struct kref *kref __always_unused)
{
	released++;
}

static void references(struct kunit *test)
{
	struct kref k;

	released = 0;
	kref_init(&k);
	kref_get(&k);
	KUNIT_EXPECT_EQ(test, kref_put(&k, release), 0);
	KUNIT_EXPECT_EQ(test, kref_put(&k, release), 1);
	KUNIT_EXPECT_EQ(test, released, 1);
	KUNIT_EXPECT_EQ(test, kref_get_unless_zero(&k), 0);
}

static void scopes(struct kunit *test)
{
	static DEFINE_MUTEX(lock);
	void *kept = NULL;

	{
		void *dropped __free(kfree) = kmalloc(1, GFP_KERNEL);
		void *moved __free(kfree) = kmalloc(1, GFP_KERNEL);

		guard(mutex)(&lock);
		KUNIT_EXPECT_NOT_NULL(test, dropped);
		KUNIT_EXPECT_TRUE(test, mutex_is_locked(&lock));
		kept = no_free_ptr(moved);
	}
	KUNIT_EXPECT_FALSE(test, mutex_is_locked(&lock));
	kfree(kept);
}

struct item {
	int n;
	struct list_head node;
};

static void lists(struct kunit *test)
{
	struct item items[4], *item, *next;
	LIST_HEAD(list);
	int sum = 0;

	for (int i = 0; i < 4; i++) {
		items[i].n = i;
		list_add_tail(&items[i].node, &list);
	}
	list_for_each_entry_safe(item, next, &list, node) {
		if (item->n % 2)
			list_del(&item->node);
	}
	list_for_each_entry(item, &list, node)
		sum = sum * 10 + item->n;
	KUNIT_EXPECT_EQ(test, sum, 2);
	KUNIT_EXPECT_PTR_EQ(test, list_last_entry(&list, struct item, node), &items[2]);
	KUNIT_EXPECT_PTR_EQ(test, items[1].node.next, LIST_POISON1);
}

struct shared {
	int __rcu *p;
	atomic_t bad;
};

static int rcu_reader(void *data)
{
	struct shared *s = data;

	while (!kthread_should_stop()) {
		rcu_read_lock();
		rcu_read_lock();
		if (*rcu_dereference(s->p) != 7)
			atomic_inc(&s->bad);
		rcu_read_unlock();
		rcu_read_unlock();
	}
	return 0;
}

static void rcu_keeps_what_is_read(struct kunit *test)
{
	struct shared s = { .bad = ATOMIC_INIT(0) };
	struct task_struct *t;
	int *first = kmalloc(sizeof(int), GFP_KERNEL);

	*first = 7;
	rcu_assign_pointer(s.p, first);
	t = kthread_run(rcu_reader, &s, "reader");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, t);
	for (int i = 0; i < 200; i++) {
		int *old = rcu_dereference_protected(s.p, true);
		int *new = kmalloc(sizeof(int), GFP_KERNEL);

		*new = 7;
		rcu_assign_pointer(s.p, new);
		synchronize_rcu();
		*old = 0;
		kfree(old);
	}
	kthread_stop(t);
	KUNIT_EXPECT_EQ(test, atomic_read(&s.bad), 0);
	kfree(rcu_dereference_protected(s.p, true));
}

struct node {
	struct rcu_head rcu;
	atomic_t *called;
};

static void node_is_unused(struct rcu_head *rcu)
{
	struct node *node = container_of(rcu, struct node, rcu);

	atomic_inc(node->called);
	kfree(node);
}

static void rcu_callbacks(struct kunit *test)
{
	atomic_t called = ATOMIC_INIT(0);
	struct node *node;
	int i;

	for (i = 0; i < 10; i++) {
		node = kzalloc(sizeof(*node), GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, node);
		node->called = &called;
		call_rcu(&node->rcu, node_is_unused);
	}
	rcu_barrier();
	KUNIT_EXPECT_EQ(test, atomic_read(&called), 10);
	node = kzalloc(sizeof(*node), GFP_KERNEL);
	kfree_rcu(node, rcu);
}

static void rcu_callback_waits_for_readers(struct kunit *test)
{
	atomic_t called = ATOMIC_INIT(0);
	struct node *node = kzalloc(sizeof(*node), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, node);
	node->called = &called;
	rcu_read_lock();
	call_rcu(&node->rcu, node_is_unused);
	mdelay(20);
	KUNIT_EXPECT_EQ(test, atomic_read(&called), 0);
	rcu_read_unlock();
	rcu_barrier();
	KUNIT_EXPECT_EQ(test, atomic_read(&called), 1);
}

DEFINE_STATIC_SRCU(shared_srcu);

struct srcu_shared {
	struct srcu_struct other;
	struct completion inside;
	struct completion leave;
	atomic_t called;
	bool left;
};

/* A reader that sleeps, and reads twice. */
static int srcu_reader(void *data)
{
	struct srcu_shared *s = data;
	int outer = srcu_read_lock(&shared_srcu);
	int inner = srcu_read_lock(&shared_srcu);

	srcu_read_unlock(&shared_srcu, inner);
	complete(&s->inside);
	wait_for_completion(&s->leave);
	msleep(20);
	WRITE_ONCE(s->left, true);
	srcu_read_unlock(&shared_srcu, outer);
	while (!kthread_should_stop())
		msleep(1);
	return 0;
}

static struct task_struct *start_srcu_reader(struct srcu_shared *s)
{
	struct task_struct *t;

	init_completion(&s->inside);
	init_completion(&s->leave);
	WRITE_ONCE(s->left, false);
	t = kthread_run(srcu_reader, s, "srcu-reader");
	if (!IS_ERR(t))
		wait_for_completion(&s->inside);
	return t;
}

/* Who waits for the readers of one does not wait for those of another. */
static void srcu_waits_for_readers(struct kunit *test)
{
	static struct srcu_shared s;
	struct task_struct *t;
	int i;

	KUNIT_ASSERT_EQ(test, init_srcu_struct(&s.other), 0);
	for (i = 0; i < 3; i++) {
		t = start_srcu_reader(&s);
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, t);
		synchronize_srcu(&s.other);
		KUNIT_EXPECT_FALSE(test, READ_ONCE(s.left));
		complete(&s.leave);
		synchronize_srcu(&shared_srcu);
		KUNIT_EXPECT_TRUE(test, READ_ONCE(s.left));
		kthread_stop(t);
	}
	cleanup_srcu_struct(&s.other);
}

static void srcu_callback_waits_for_readers(struct kunit *test)
{
	struct node *node = kzalloc(sizeof(*node), GFP_KERNEL);
	static struct srcu_shared s;
	struct task_struct *t;

	KUNIT_ASSERT_NOT_NULL(test, node);
	atomic_set(&s.called, 0);
	node->called = &s.called;
	t = start_srcu_reader(&s);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, t);
	call_srcu(&shared_srcu, &node->rcu, node_is_unused);
	msleep(20);
	KUNIT_EXPECT_EQ(test, atomic_read(&s.called), 0);
	complete(&s.leave);
	srcu_barrier(&shared_srcu);
	KUNIT_EXPECT_EQ(test, atomic_read(&s.called), 1);
	kthread_stop(t);
}

static void arithmetic(struct kunit *test)
{
	u64 n = 1000000007;

	KUNIT_EXPECT_EQ(test, do_div(n, 10), 7);
	KUNIT_EXPECT_EQ(test, n, 100000000);
	KUNIT_EXPECT_EQ(test, min(3, 2) + max(3, 2) + clamp(9, 1, 4), 9);
	KUNIT_EXPECT_EQ(test, roundup_pow_of_two(33), 64);
	KUNIT_EXPECT_EQ(test, abs(-5L), 5);
	KUNIT_EXPECT_EQ(test, DIV_ROUND_UP(7, 2), 4);
}

static struct kunit_case linux_data_cases[] = {
	KUNIT_CASE(alloc_is_aligned),
	KUNIT_CASE(alloc_grows),
	KUNIT_CASE(pages_are_zeroed),
	KUNIT_CASE(caches),
	KUNIT_CASE(references),
	KUNIT_CASE(scopes),
	KUNIT_CASE(lists),
	KUNIT_CASE(rcu_keeps_what_is_read),
	KUNIT_CASE(rcu_callbacks),
	KUNIT_CASE(rcu_callback_waits_for_readers),
	KUNIT_CASE(srcu_waits_for_readers),
	KUNIT_CASE(srcu_callback_waits_for_readers),
	KUNIT_CASE(arithmetic),
	{}
};

static struct kunit_suite linux_data_suite = {
	.name = "linux_data",
	.test_cases = linux_data_cases,
};

kunit_test_suite(linux_data_suite);
