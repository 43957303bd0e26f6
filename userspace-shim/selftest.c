// SPDX-License-Identifier: GPL-2.0-only
/* What the shim has beyond the kernel: levers for tests, and how it says that a rule is broken. */

#include <kdefer-shim.h>
#include <kunit/test.h>
#include <linux/delay.h>
#include <linux/device.h>
#include <linux/fs.h>
#include <linux/kthread.h>
#include <linux/mutex.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/srcu.h>
#include <linux/string.h>

static noinline void marker(void)
{
	barrier();
}

static void format_symbols(struct kunit *test)
{
	char text[64];

	scnprintf(text, sizeof(text), "%ps", marker);
	KUNIT_EXPECT_STREQ(test, text, "marker");
}

static unsigned int lines_about_pg;

static void count_lines_about_pg(const char *line, size_t len __always_unused)
{
	lines_about_pg += !!strstr(line, "%pg prints an address");
}

static void unknown_formats_are_reported(struct kunit *test)
{
	unsigned long before = shim_warn_count();
	char text[64];

	shim_watch_printk(count_lines_about_pg);
	scnprintf(text, sizeof(text), "%pg %pg", marker, marker);
	shim_watch_printk(NULL);
	KUNIT_EXPECT_EQ(test, lines_about_pg, 1);
	/* There is no floating point: what follows is not printed, as in the kernel. */
	scnprintf(text, sizeof(text), "a %f b %d", 1.0, 2);
	KUNIT_EXPECT_STREQ(test, text, "a ");
	KUNIT_EXPECT_EQ(test, shim_warn_count(), before + 1);
}

static void alloc_fails_on_request(struct kunit *test)
{
	unsigned long total = shim_total_allocs();
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
	KUNIT_EXPECT_EQ(test, shim_total_allocs(), total + 1);
	KUNIT_EXPECT_PTR_EQ(test, kmalloc(0, GFP_KERNEL), ZERO_SIZE_PTR);
	KUNIT_EXPECT_NULL(test, kmalloc_array(huge, 2, GFP_KERNEL));
}

static void contexts(struct kunit *test)
{
	DEFINE_SPINLOCK(lock);
	DEFINE_SRCU(srcu);
	unsigned long flags;
	int srcu_idx;

	KUNIT_EXPECT_TRUE(test, in_task() && preemptible());
	spin_lock_irqsave(&lock, flags);
	KUNIT_EXPECT_TRUE(test, in_atomic() && irqs_disabled());
	KUNIT_EXPECT_TRUE(test, lockdep_is_held(&lock));
	KUNIT_EXPECT_EQ(test, lockdep_depth(current), 1);
	spin_unlock_irqrestore(&lock, flags);
	KUNIT_EXPECT_TRUE(test, preemptible());
	rcu_read_lock();
	KUNIT_EXPECT_TRUE(test, rcu_read_lock_held());
	rcu_read_unlock();
	srcu_idx = srcu_read_lock(&srcu);
	KUNIT_EXPECT_TRUE(test, srcu_read_lock_held(&srcu));
	KUNIT_EXPECT_EQ(test, lockdep_depth(current), 1);
	srcu_read_unlock(&srcu, srcu_idx);
	KUNIT_EXPECT_FALSE(test, srcu_read_lock_held(&srcu));
	shim_hardirq_enter();
	KUNIT_EXPECT_TRUE(test, in_hardirq() && !in_task());
	shim_hardirq_exit();
	shim_nmi_enter();
	KUNIT_EXPECT_TRUE(test, in_nmi() && !in_task());
	shim_nmi_exit();
	shim_softirq_enter();
	KUNIT_EXPECT_TRUE(test, in_serving_softirq() && !in_task());
	shim_softirq_exit();
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

static unsigned int lines_of_device;

static void watch_device(const char *line, size_t len __always_unused)
{
	lines_of_device += !strcmp(line, " thing: number 5") ||
			   !strcmp(line, " thing: error -EIO: no answer");
}

static void messages_of_devices(struct kunit *test)
{
	struct device dev = { .init_name = "thing" };

	lines_of_device = 0;
	shim_watch_printk(watch_device);
	dev_info(&dev, "number %d\n", 5);
	for (int i = 0; i < 3; i++)
		dev_warn_once(&dev, "number %d\n", 5);
	dev_dbg(&dev, "number %d\n", 5);
	KUNIT_EXPECT_EQ(test, dev_err_probe(&dev, -EIO, "no answer\n"), -EIO);
	KUNIT_EXPECT_EQ(test, dev_err_probe(&dev, -EPROBE_DEFER, "later\n"), -EPROBE_DEFER);
	shim_watch_printk(NULL);
	KUNIT_EXPECT_EQ(test, lines_of_device, 3);
}

static bool saw_trace, saw_text;

static void watch_trace(const char *line, size_t len __always_unused)
{
	saw_trace |= !strcmp(line, "Call Trace:");
	saw_text |= !strcmp(line, "a 7");
}

static __printf(1, 2) void print(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vprintk(fmt, args);
	va_end(args);
}

static void printk_is_watched(struct kunit *test)
{
	shim_watch_printk(watch_trace);
	dump_stack();
	print("a %d\n", 7);
	shim_watch_printk(NULL);
	KUNIT_EXPECT_TRUE(test, saw_trace);
	KUNIT_EXPECT_TRUE(test, saw_text);
}

/* A user's memory is the program's own. */
static void user_copies(struct kunit *test)
{
	const char *bad = (const char *)8, user[] = "abcdef";
	char to[8] = "", *copy;
	loff_t pos = 0;

	KUNIT_EXPECT_TRUE(test, access_ok(user, sizeof(user)));
	KUNIT_EXPECT_FALSE(test, access_ok((void *)ULONG_MAX, 1));
	KUNIT_EXPECT_EQ(test, strncpy_from_user(to, user, sizeof(to)), 6);
	KUNIT_EXPECT_EQ(test, strncpy_from_user(to, bad, sizeof(to)), -EFAULT);
	copy = memdup_user_nul(user, 3);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, copy);
	KUNIT_EXPECT_STREQ(test, copy, "abc");
	kfree(copy);
	KUNIT_EXPECT_EQ(test, simple_write_to_buffer(to, 2, &pos, user, 6), 2);
	KUNIT_EXPECT_EQ(test, pos, 2);
	KUNIT_EXPECT_EQ(test, simple_write_to_buffer(to, 8, &pos, bad, 6), -EFAULT);
}

static DEFINE_MUTEX(left_locked);
static unsigned int lines_about_end;

static void watch_end(const char *line, size_t len __always_unused)
{
	lines_about_end += !!strstr(line, " has ended with 1 lock(s) held") ||
			   !!strstr(line, " holds left_locked+") ||
			   !!strstr(line, " has ended inside rcu_read_lock()");
}

static int end_with_lock(void *unused __always_unused)
{
	rcu_read_lock();
	mutex_lock(&left_locked);
	return 0;
}

static void locks_left_at_the_end(struct kunit *test)
{
	struct task_struct *t = kthread_create(end_with_lock, NULL, "forgetful");

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, t);
	get_task_struct(t);
	lines_about_end = 0;
	shim_watch_printk(watch_end);
	wake_up_process(t);
	while (!(READ_ONCE(t->flags) & PF_EXITING))
		msleep(1);
	kthread_stop(t);
	shim_watch_printk(NULL);
	put_task_struct(t);
	KUNIT_EXPECT_EQ(test, lines_about_end, 3);
	KUNIT_EXPECT_TRUE(test, mutex_is_locked(&left_locked));
	/* The section has ended with its thread: nobody waits for it. */
	synchronize_rcu();
}

/* More than the page that is tried first. */
#define SHOWN_LINES 1000

static void *lines_start(struct seq_file *m __always_unused, loff_t *pos)
{
	return *pos < SHOWN_LINES ? pos : NULL;
}

static void *lines_next(struct seq_file *m, void *v __always_unused, loff_t *pos)
{
	++*pos;
	return lines_start(m, pos);
}

static void lines_stop(struct seq_file *m __always_unused, void *v __always_unused)
{
}

static int lines_show(struct seq_file *m, void *v)
{
	seq_printf(m, "%07lld\n", *(loff_t *)v);
	return 0;
}

static void seq_files_are_read(struct kunit *test)
{
	static const struct seq_operations lines = {
		.start = lines_start, .next = lines_next, .stop = lines_stop, .show = lines_show,
	};
	struct file file = { .f_mode = FMODE_READ };
	char text[9] = "";
	loff_t pos = 0;
	int got;

	KUNIT_ASSERT_EQ(test, seq_open(&file, &lines), 0);
	for (int i = 0; i < SHOWN_LINES; i++) {
		KUNIT_ASSERT_EQ(test, seq_read(&file, text, 8, &pos), 8);
		KUNIT_ASSERT_EQ(test, kstrtoint(text, 10, &got), 0);
		KUNIT_ASSERT_EQ(test, got, i);
	}
	KUNIT_EXPECT_EQ(test, seq_read(&file, text, 8, &pos), 0);
	KUNIT_EXPECT_EQ(test, pos, 8 * SHOWN_LINES);
	seq_release(NULL, &file);
}

static int answer_show(struct seq_file *m, void *v __always_unused)
{
	seq_printf(m, "%d\n", *(int *)m->private);
	return 0;
}

DEFINE_SHOW_ATTRIBUTE(answer);

static void seq_file_of_one_value(struct kunit *test)
{
	int value = 42;
	struct inode inode = { .i_private = &value };
	struct file file = { .f_mode = FMODE_READ };
	char text[8] = "";
	loff_t pos = 0;

	KUNIT_ASSERT_EQ(test, answer_fops.open(&inode, &file), 0);
	KUNIT_EXPECT_EQ(test, answer_fops.read(&file, text, sizeof(text), &pos), 3);
	KUNIT_EXPECT_STREQ(test, text, "42\n");
	KUNIT_EXPECT_EQ(test, answer_fops.read(&file, text, sizeof(text), &pos), 0);
	answer_fops.release(&inode, &file);
}

static int log[4], nr_logged;

static void note(void *ctx)
{
	log[nr_logged++] = (int)(long)ctx;
}

static void kunit_actions(struct kunit *test)
{
	nr_logged = 0;
	KUNIT_EXPECT_EQ(test, kunit_add_action(test, note, (void *)1), 0);
	KUNIT_EXPECT_EQ(test, kunit_add_action(test, note, (void *)2), 0);
	kunit_remove_action(test, note, (void *)1);
	kunit_release_action(test, note, (void *)2);
	KUNIT_EXPECT_EQ(test, nr_logged, 1);
	KUNIT_EXPECT_EQ(test, log[0], 2);
	kunit_kfree(test, kunit_kzalloc(test, 8, GFP_KERNEL));
}

static int init_resource(struct kunit_resource *res, void *context)
{
	res->data = context;
	return 0;
}

static void free_resource(struct kunit_resource *res)
{
	note(res->data);
}

static bool match_resource(struct kunit *test __always_unused, struct kunit_resource *res,
			   void *match_data)
{
	return res->data == match_data;
}

static void kunit_resources(struct kunit *test)
{
	nr_logged = 0;
	KUNIT_EXPECT_NOT_NULL(test, kunit_alloc_resource(test, init_resource, free_resource,
							 GFP_KERNEL, (void *)3));
	KUNIT_EXPECT_NOT_NULL(test, kunit_find_resource(test, match_resource, (void *)3));
	KUNIT_EXPECT_EQ(test, kunit_destroy_resource(test, match_resource, (void *)3), 0);
	KUNIT_EXPECT_NULL(test, kunit_find_resource(test, match_resource, (void *)3));
	KUNIT_EXPECT_EQ(test, nr_logged, 1);
}

static struct kunit_case shim_cases[] = {
	KUNIT_CASE(format_symbols),
	KUNIT_CASE(unknown_formats_are_reported),
	KUNIT_CASE(alloc_fails_on_request),
	KUNIT_CASE(contexts),
	KUNIT_CASE(printk_is_watched),
	KUNIT_CASE(messages_of_devices),
	KUNIT_CASE(user_copies),
	KUNIT_CASE(locks_left_at_the_end),
	KUNIT_CASE(seq_files_are_read),
	KUNIT_CASE(seq_file_of_one_value),
	KUNIT_CASE(kunit_actions),
	KUNIT_CASE(kunit_resources),
	KUNIT_CASE(sleeping_in_atomic_is_reported),
	{}
};

static struct kunit_suite shim_suite = {
	.name = "shim",
	.test_cases = shim_cases,
};

kunit_test_suite(shim_suite);
