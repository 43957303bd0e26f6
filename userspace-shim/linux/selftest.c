// SPDX-License-Identifier: GPL-2.0-only
/* The shim's own suite: where its behaviour must be the kernel's. */

#include <kdefer-shim.h>
#include <kunit/test.h>
#include <linux/atomic.h>
#include <linux/cleanup.h>
#include <linux/ctype.h>
#include <linux/delay.h>
#include <linux/kref.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/math64.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/wait.h>

static noinline void marker(void)
{
	barrier();
}

static void __printf(3, 4) expect_text(struct kunit *test, const char *want, const char *fmt, ...)
{
	char text[128];
	va_list args;

	va_start(args, fmt);
	vscnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	KUNIT_EXPECT_STREQ(test, text, want);
}

static void format_numbers(struct kunit *test)
{
	expect_text(test, "-1|+7| 7|007|7  |  7", "%d|%+d|% d|%03d|%-3d|%3d", -1, 7, 7, 7, 7, 7);
	expect_text(test, "ff|FF|0xff|0377|00ff", "%x|%X|%#x|%#o|%.4x", 255, 255, 255, 255, 255);
	expect_text(test, "18446744073709551615", "%llu", U64_MAX);
	expect_text(test, "-9223372036854775808", "%lld", S64_MIN);
	expect_text(test, "255|-1", "%hhu|%hd", (unsigned char)255, (short)-1);
	expect_text(test, "   42|42   ", "%*d|%*d", 5, 42, -5, 42);
}

static void format_pointers(struct kunit *test)
{
	const char *none = NULL;
	u8 bytes[] = { 0x01, 0xab, 0x10 };

	OPTIMIZER_HIDE_VAR(none);
	expect_text(test, "marker", "%ps", marker);
	expect_text(test, "-ENOMEM -ERESTARTSYS -4095", "%pe %pe %pe", ERR_PTR(-ENOMEM),
		    ERR_PTR(-ERESTARTSYS), ERR_PTR(-4095));
	expect_text(test, "0000000000001234", "%px", (void *)0x1234);
	expect_text(test, "01 ab 10|01:ab:10|01ab10", "%*ph|%*phC|%*phN", 3, bytes, 3, bytes, 3,
		    bytes);
	expect_text(test, "(null)|abc|  ab", "%s|%.3s|%4s", none, "abcdef", "ab");
}

static void format_bounds(struct kunit *test)
{
	char buf[4] = "zzz";

	KUNIT_EXPECT_EQ(test, snprintf(buf, sizeof(buf), "%s", "abcdef"), 6);
	KUNIT_EXPECT_STREQ(test, buf, "abc");
	KUNIT_EXPECT_EQ(test, scnprintf(buf, sizeof(buf), "%s", "abcdef"), 3);
	KUNIT_EXPECT_EQ(test, scnprintf(buf, 0, "%s", "abcdef"), 0);
}

static void parse_numbers(struct kunit *test)
{
	bool flag = false;
	int i = 0;
	u8 byte = 0;

	KUNIT_EXPECT_EQ(test, kstrtoint("-0x10\n", 0, &i), 0);
	KUNIT_EXPECT_EQ(test, i, -16);
	KUNIT_EXPECT_EQ(test, kstrtoint("-2147483648", 10, &i), 0);
	KUNIT_EXPECT_EQ(test, i, INT_MIN);
	KUNIT_EXPECT_EQ(test, kstrtoint("2147483648", 10, &i), -ERANGE);
	KUNIT_EXPECT_EQ(test, kstrtoint("12x", 10, &i), -EINVAL);
	KUNIT_EXPECT_EQ(test, kstrtoint("", 10, &i), -EINVAL);
	KUNIT_EXPECT_EQ(test, kstrtou8("256", 10, &byte), -ERANGE);
	KUNIT_EXPECT_EQ(test, kstrtobool("on", &flag), 0);
	KUNIT_EXPECT_TRUE(test, flag);
	KUNIT_EXPECT_EQ(test, kstrtobool("ox", &flag), -EINVAL);
}

static void cut_strings(struct kunit *test)
{
	char text[] = "  a b  ", list[] = "x,,y", *rest = list, buf[4];
	int argc = 0;
	char **argv;

	KUNIT_EXPECT_STREQ(test, strim(text), "a b");
	KUNIT_EXPECT_STREQ(test, strsep(&rest, ","), "x");
	KUNIT_EXPECT_STREQ(test, strsep(&rest, ","), "");
	KUNIT_EXPECT_STREQ(test, strsep(&rest, ","), "y");
	KUNIT_EXPECT_NULL(test, strsep(&rest, ","));
	KUNIT_EXPECT_EQ(test, strscpy(buf, "abcd", sizeof(buf)), -E2BIG);
	KUNIT_EXPECT_STREQ(test, buf, "abc");
	KUNIT_EXPECT_EQ(test, strscpy(buf, "abc", sizeof(buf)), 3);
	KUNIT_EXPECT_TRUE(test, sysfs_streq("on\n", "on"));
	argv = argv_split(GFP_KERNEL, " set  k v ", &argc);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, argv);
	KUNIT_EXPECT_EQ(test, argc, 3);
	KUNIT_EXPECT_STREQ(test, argv[0], "set");
	KUNIT_EXPECT_STREQ(test, argv[2], "v");
	argv_free(argv);
}

static void alloc_fails_on_request(struct kunit *test)
{
	long live = shim_live_allocs();
	size_t huge = SIZE_MAX;
	void *a, *b;

	OPTIMIZER_HIDE_VAR(huge);
	shim_fail_alloc(2);
	a = kmalloc(10, GFP_KERNEL);
	b = kzalloc(10, GFP_KERNEL);
	KUNIT_EXPECT_EQ(test, shim_fail_alloc(0), 0);
	KUNIT_EXPECT_NOT_NULL(test, a);
	KUNIT_EXPECT_NULL(test, b);
	KUNIT_EXPECT_EQ(test, shim_live_allocs(), live + 1);
	kfree(a);
	KUNIT_EXPECT_EQ(test, shim_live_allocs(), live);
	KUNIT_EXPECT_PTR_EQ(test, kmalloc(0, GFP_KERNEL), ZERO_SIZE_PTR);
	KUNIT_EXPECT_NULL(test, kmalloc_array(huge, 2, GFP_KERNEL));
}

static void alloc_is_aligned(struct kunit *test)
{
	for (size_t size = 8; size <= PAGE_SIZE; size *= 2) {
		void *p = kmalloc(size, GFP_KERNEL);

		KUNIT_EXPECT_TRUE(test, IS_ALIGNED((unsigned long)p, size));
		kfree(p);
	}
}

static int return_data(void *data)
{
	return (int)(long)data;
}

static int exit_early(void *data)
{
	kthread_complete_and_exit(data, 42);
}

static void kthread_results(struct kunit *test)
{
	DECLARE_COMPLETION_ONSTACK(done);
	struct task_struct *t = kthread_create(return_data, (void *)5, "never");

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, t);
	KUNIT_EXPECT_PTR_EQ(test, kthread_data(t), (void *)5);
	KUNIT_EXPECT_EQ(test, kthread_stop(t), -EINTR);
	t = kthread_create(exit_early, &done, "early/%d", 1);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, t);
	KUNIT_EXPECT_STREQ(test, t->comm, "early/1");
	get_task_struct(t);
	wake_up_process(t);
	wait_for_completion(&done);
	KUNIT_EXPECT_EQ(test, kthread_stop(t), 42);
	put_task_struct(t);
}

static int wait_for_ever(void *data)
{
	return wait_event_interruptible(*(wait_queue_head_t *)data, false);
}

static void stop_ends_interruptible_wait(struct kunit *test)
{
	DECLARE_WAIT_QUEUE_HEAD_ONSTACK(wq);
	struct task_struct *t = kthread_run(wait_for_ever, &wq, "waiter");

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, t);
	while (!waitqueue_active(&wq))
		msleep(1);
	KUNIT_EXPECT_EQ(test, kthread_stop(t), -ERESTARTSYS);
}

static int count_up(void *data)
{
	while (!kthread_should_stop()) {
		atomic_inc(data);
		if (kthread_should_park())
			kthread_parkme();
		msleep(1);
	}
	return 0;
}

static void park_and_unpark(struct kunit *test)
{
	atomic_t n = ATOMIC_INIT(0);
	struct task_struct *t = kthread_run(count_up, &n, "counter");
	int parked_at;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, t);
	KUNIT_EXPECT_EQ(test, kthread_park(t), 0);
	parked_at = atomic_read(&n);
	msleep(20);
	KUNIT_EXPECT_EQ(test, atomic_read(&n), parked_at);
	kthread_unpark(t);
	while (atomic_read(&n) == parked_at)
		msleep(1);
	KUNIT_EXPECT_EQ(test, kthread_stop(t), 0);
}

struct table {
	wait_queue_head_t wq;
	struct mutex lock;
	int turn;
	int rounds;
};

static int ping(void *data)
{
	struct table *table = data;

	for (int i = 0; i < 500; i++) {
		wait_event(table->wq, READ_ONCE(table->turn) == 0);
		scoped_guard(mutex, &table->lock)
			table->rounds++;
		WRITE_ONCE(table->turn, 1);
		wake_up_all(&table->wq);
	}
	wait_event(table->wq, kthread_should_stop());
	return 0;
}

static void ping_pong(struct kunit *test)
{
	struct table table = { .turn = 0 };
	struct task_struct *t;

	init_waitqueue_head(&table.wq);
	mutex_init(&table.lock);
	t = kthread_run(ping, &table, "ping");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, t);
	for (int i = 0; i < 500; i++) {
		wait_event(table.wq, READ_ONCE(table.turn) == 1);
		scoped_guard(mutex, &table.lock)
			table.rounds++;
		WRITE_ONCE(table.turn, 0);
		wake_up(&table.wq);
	}
	KUNIT_EXPECT_EQ(test, kthread_stop(t), 0);
	KUNIT_EXPECT_EQ(test, table.rounds, 1000);
	mutex_destroy(&table.lock);
}

static void timeouts(struct kunit *test)
{
	DECLARE_WAIT_QUEUE_HEAD_ONSTACK(wq);
	DECLARE_COMPLETION_ONSTACK(done);
	ktime_t start = ktime_get();

	KUNIT_EXPECT_EQ(test, wait_for_completion_timeout(&done, msecs_to_jiffies(20)), 0);
	KUNIT_EXPECT_EQ(test, wait_event_timeout(wq, false, msecs_to_jiffies(20)), 0);
	KUNIT_EXPECT_GE(test, ktime_ms_delta(ktime_get(), start), 39);
	complete(&done);
	KUNIT_EXPECT_GT(test, wait_for_completion_timeout(&done, HZ), 0);
	KUNIT_EXPECT_FALSE(test, try_wait_for_completion(&done));
	KUNIT_EXPECT_EQ(test, wait_event_timeout(wq, true, 0), 1);
	complete_all(&done);
	KUNIT_EXPECT_TRUE(test, try_wait_for_completion(&done));
	KUNIT_EXPECT_TRUE(test, completion_done(&done));
}

static void contexts(struct kunit *test)
{
	DEFINE_SPINLOCK(lock);
	unsigned long flags;

	KUNIT_EXPECT_TRUE(test, in_task() && preemptible());
	spin_lock_irqsave(&lock, flags);
	KUNIT_EXPECT_TRUE(test, in_atomic() && irqs_disabled());
	KUNIT_EXPECT_TRUE(test, lockdep_is_held(&lock));
	KUNIT_EXPECT_EQ(test, lockdep_depth(current), 1);
	spin_unlock_irqrestore(&lock, flags);
	KUNIT_EXPECT_TRUE(test, preemptible());
	shim_hardirq_enter();
	KUNIT_EXPECT_TRUE(test, in_hardirq() && !in_task());
	shim_hardirq_exit();
	local_bh_disable();
	KUNIT_EXPECT_TRUE(test, in_softirq() && !in_serving_softirq() && in_task());
	local_bh_enable();
	KUNIT_EXPECT_EQ(test, preempt_count(), 0);
}

static void sleeping_in_atomic_is_reported(struct kunit *test)
{
	unsigned long before = shim_warn_count();

	preempt_disable();
	kfree(kmalloc(1, GFP_ATOMIC));
	KUNIT_EXPECT_EQ(test, shim_warn_count(), before);
	kfree(kmalloc(1, GFP_KERNEL));
	preempt_enable();
	KUNIT_EXPECT_EQ(test, shim_warn_count(), before + 1);
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
	DEFINE_MUTEX(lock);
	long live = shim_live_allocs();
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
	KUNIT_EXPECT_EQ(test, shim_live_allocs(), live + 1);
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
	int *p;
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
	struct shared s = { .p = kmalloc(sizeof(int), GFP_KERNEL), .bad = ATOMIC_INIT(0) };
	struct task_struct *t;

	*s.p = 7;
	t = kthread_run(rcu_reader, &s, "reader");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, t);
	for (int i = 0; i < 200; i++) {
		int *old = s.p, *new = kmalloc(sizeof(int), GFP_KERNEL);

		*new = 7;
		rcu_assign_pointer(s.p, new);
		synchronize_rcu();
		*old = 0;
		kfree(old);
	}
	kthread_stop(t);
	KUNIT_EXPECT_EQ(test, atomic_read(&s.bad), 0);
	kfree(s.p);
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

static struct kunit_case shim_cases[] = {
	KUNIT_CASE(format_numbers),
	KUNIT_CASE(format_pointers),
	KUNIT_CASE(format_bounds),
	KUNIT_CASE(parse_numbers),
	KUNIT_CASE(cut_strings),
	KUNIT_CASE(alloc_fails_on_request),
	KUNIT_CASE(alloc_is_aligned),
	KUNIT_CASE(kthread_results),
	KUNIT_CASE(stop_ends_interruptible_wait),
	KUNIT_CASE(park_and_unpark),
	KUNIT_CASE(ping_pong),
	KUNIT_CASE(timeouts),
	KUNIT_CASE(contexts),
	KUNIT_CASE(sleeping_in_atomic_is_reported),
	KUNIT_CASE(references),
	KUNIT_CASE(scopes),
	KUNIT_CASE(lists),
	KUNIT_CASE(rcu_keeps_what_is_read),
	KUNIT_CASE(arithmetic),
	{}
};

static struct kunit_suite shim_suite = {
	.name = "shim",
	.test_cases = shim_cases,
};

kunit_test_suite(shim_suite);

MODULE_LICENSE("GPL");
