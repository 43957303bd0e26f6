// SPDX-License-Identifier: GPL-2.0-only
/*
 * Panics that skip functions of the kernel's, or a wait.
 */
#include <linux/completion.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/wait.h>
#include <kdefer/kdefer.h>

#include "fatal.h"

#define FILLED	256

/* Overwrites what a skipped function has left on the stack. */
static noinline void use_stack(int depth)
{
	char room[FILLED];

	memset(room, 0, sizeof(room));
	/* The compiler cannot know that nobody reads it. */
	asm volatile("" : : "r" (room) : "memory");
	if (depth)
		use_stack(depth - 1);
}

static DECLARE_WAIT_QUEUE_HEAD(queue);

static bool fails(bool *before)
{
	if (*before)
		raise_text("in a condition");
	*before = true;
	return false;
}

static KDEFER_DEFINE_VOID0(wait_once)
{
	bool before = false;

	kdefer(stop_panic, NULL);
	wait_event_timeout(queue, fails(&before), HZ / 10);
}

void skipped_wait(void)
{
	wait_once();
	use_stack(8);
	wake_up(&queue);
}

static bool done;

static int wait_until_done(void *started)
{
	complete(started);
	wait_event(queue, READ_ONCE(done));
	return 0;
}

/* The entry has others on both sides of it. */
void skipped_wait_among_others(void)
{
	static struct completion started;
	struct task_struct *t[4];
	unsigned int i;

	WRITE_ONCE(done, false);
	init_completion(&started);
	for (i = 0; i < ARRAY_SIZE(t); i++) {
		t[i] = kdefer_kthread_run(wait_until_done, &started, "waits");
		if (IS_ERR(t[i]))
			return;
		wait_for_completion(&started);
		if (i % 2)
			skipped_wait();
	}
	WRITE_ONCE(done, true);
	wake_up_all(&queue);
	for (i = 0; i < ARRAY_SIZE(t); i++)
		kdefer_kthread_stop(t[i], NULL);
}

/* Here the entry has no wait_event() around it, and another function to wake it up. */
static KDEFER_DEFINE_VOID0(wait_by_hand)
{
	DEFINE_WAIT_FUNC(wait, default_wake_function);

	kdefer(stop_panic, NULL);
	add_wait_queue(&queue, &wait);
	raise_text("before remove_wait_queue()");
	remove_wait_queue(&queue, &wait);
}

void skipped_wait_by_hand(void)
{
	wait_by_hand();
	use_stack(8);
	wake_up(&queue);
}

/* These need the compiler's tables. */
static DEFINE_MUTEX(mutex);
static DEFINE_MUTEX(other_mutex);
static DEFINE_MUTEX(third_mutex);
static int armed = 1;

static noinline int locked(void)
{
	guard(mutex)(&mutex);
	if (READ_ONCE(armed))
		raise_text("with a guard");
	return 0;
}

static void unlock(void *arg)
{
	mutex_unlock(&mutex);
}

static KDEFER_DEFINE_VOID0(call_locked)
{
	kdefer(stop_panic, NULL);
	/* Only that the recovery finds all locks as they were. */
	kdefer(unlock, NULL);
	locked();
}

void skipped_guard(void)
{
	call_locked();
}

/* The guard was released before the call that raises. */
static noinline int unlocked(void)
{
	{
		guard(mutex)(&mutex);
	}
	if (READ_ONCE(armed))
		raise_text("without a guard");
	return 0;
}

/* It is not taken yet. */
static noinline int not_yet_locked(void)
{
	if (READ_ONCE(armed))
		raise_text("before a guard");
	guard(mutex)(&mutex);
	return 0;
}

/* No recovery returns here, and the guard has run all the same. */
static KDEFER_DEFINE_VOID0(call_unlocked_guarded)
{
	kdefer_guard(mutex)(&third_mutex);
	unlocked();
}

static KDEFER_DEFINE_VOID0(call_unlocked)
{
	kdefer(stop_panic, NULL);
	kdefer_guard(mutex)(&other_mutex);
	call_unlocked_guarded();
}

static KDEFER_DEFINE_VOID0(call_not_yet_locked)
{
	kdefer(stop_panic, NULL);
	not_yet_locked();
}

/* If it were inlined into its caller, its guard would look like the caller's. */
static KDEFER_DEFINE_VOID0(guarded_for_plain)
{
	kdefer_guard(mutex)(&third_mutex);
	if (READ_ONCE(armed))
		raise_text("from a plain function");
}

static noinline int plain(void)
{
	guarded_for_plain();
	return READ_ONCE(armed);
}

static KDEFER_DEFINE_VOID0(call_plain)
{
	kdefer(stop_panic, NULL);
	plain();
}

void skipped_no_guard(void)
{
	call_unlocked();
	call_plain();
	call_not_yet_locked();
}

/* What __free() and CLASS() are made of, and all that there is before <linux/cleanup.h>. */
static void free_number(int **number)
{
	kfree(*number);
}

static noinline int owns_number(void)
{
	int *number __attribute__((__cleanup__(free_number))) = kmalloc(sizeof(int), GFP_KERNEL);

	if (!number || READ_ONCE(armed))
		raise_text("with a number");
	return *number;
}

static KDEFER_DEFINE_VOID0(call_owns_number)
{
	kdefer(stop_panic, NULL);
	owns_number();
}

void skipped_free(void)
{
	call_owns_number();
}

#ifdef __KERNEL__
#include <linux/delay.h>
#include <linux/device.h>
#include <linux/fs.h>
#include <linux/hrtimer.h>
#include <linux/kobject.h>
#include <linux/list.h>
#include <linux/list_sort.h>
#include <linux/notifier.h>
#include <linux/platform_device.h>
#include <linux/sort.h>
#include <linux/sysfs.h>
#include <linux/timer.h>
#include <linux/workqueue.h>

#include "../../compat.h"

static int raise_for_device(struct device *dev, void *arg)
{
	raise_text("no such device");
	return 0;
}

static KDEFER_DEFINE_VOID0(look_at_devices)
{
	kdefer(stop_panic, NULL);
	bus_for_each_dev(&platform_bus_type, NULL, NULL, raise_for_device);
}

/* The second time nothing is said, which "never" cannot tell from the first: the suite does. */
void skipped_bus(void)
{
	look_at_devices();
	look_at_devices();
}

static int leave_for_device(struct device *dev, void *arg)
{
	kgoexit(1);
	return 0;
}

void skipped_by_goexit(void)
{
	bus_for_each_dev(&platform_bus_type, NULL, NULL, leave_for_device);
}

/* The panic is recovered in the outermost of three activations of one function. */
static void dive_into_devices(long depth);

static int dive_for_device(struct device *dev, void *depth)
{
	dive_into_devices((long)depth);
	return 0;
}

static void stop_outside(void *depth, struct kdefer_panic *p)
{
	if (!depth)
		krecover(p, NULL);
}

static KDEFER_DEFINE_VOID1(dive_into_devices, long, depth)
{
	kdefer(stop_outside, (void *)depth);
	if (depth == 2)
		raise_text("deep enough");
	bus_for_each_dev(&platform_bus_type, NULL, (void *)(depth + 1), dive_for_device);
}

void skipped_recursion(void)
{
	dive_into_devices(0);
}

static int raise_for_pair(const void *a, const void *b)
{
	raise_text("cannot be compared");
	return 0;
}

static KDEFER_DEFINE_VOID1(sort_numbers, bool, harmless)
{
	static int numbers[] = { 2, 1, 3 };

	if (harmless) {
		KDEFER_MAY_SKIP("sort");
		KDEFER_MAY_SKIP("sort_r");
		KDEFER_MAY_SKIP("__sort_r");
		KDEFER_MAY_SKIP("do_cmp");
	}
	kdefer(stop_panic, NULL);
	sort(numbers, ARRAY_SIZE(numbers), sizeof(numbers[0]), raise_for_pair, NULL);
}

void skipped_sort(void)
{
	sort_numbers(false);
}

void skipped_harmless_sort(void)
{
	sort_numbers(true);
}

static int raise_for_entries(void *arg, const struct list_head *a, const struct list_head *b)
{
	raise_text("cannot be compared");
	return 0;
}

static KDEFER_DEFINE_VOID0(sort_list)
{
	static struct list_head entries[3];
	static LIST_HEAD(list);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(entries); i++)
		list_add(&entries[i], &list);
	kdefer(stop_panic, NULL);
	list_sort(NULL, &list, raise_for_entries);
}

void skipped_list_sort(void)
{
	sort_list();
}

static int raise_for_news(struct notifier_block *nb, unsigned long action, void *data)
{
	raise_text("bad news");
	return NOTIFY_OK;
}

static KDEFER_DEFINE_VOID0(tell_news)
{
	static BLOCKING_NOTIFIER_HEAD(chain);
	static struct notifier_block nb = { .notifier_call = raise_for_news };

	blocking_notifier_chain_register(&chain, &nb);
	kdefer(stop_panic, NULL);
	blocking_notifier_call_chain(&chain, 0, NULL);
}

void skipped_notifier(void)
{
	tell_news();
}

static ssize_t raise_for_store(struct kobject *kobj, struct kobj_attribute *attr, const char *buf,
			       size_t count)
{
	raise_text("not a number");
	return count;
}

static struct kobj_attribute attribute = __ATTR(number, 0200, NULL, raise_for_store);

static KDEFER_DEFINE_VOID1(write_number, struct file *, file)
{
	loff_t at = 0;

	kdefer(stop_panic, NULL);
	kernel_write(file, "x", 1, &at);
}

static struct file *number_file;

/*
 * What is skipped keeps the file open and the attribute in use: both stay until the guest ends. A
 * thread of the kernel's sees no files in 7.3, so whoever loads the module opens it.
 */
void open_for_store(void)
{
	struct kobject *kobj = kobject_create_and_add("kdefer_fatal", kernel_kobj);

	if (!kobj || sysfs_create_file(kobj, &attribute.attr))
		return;
	number_file = filp_open("/sys/kernel/kdefer_fatal/number", O_WRONLY, 0);
}

void skipped_store(void)
{
	if (!IS_ERR_OR_NULL(number_file))
		write_number(number_file);
}

static void too_late(struct timer_list *t)
{
	pr_err("kdefer_fatal: the timer of a skipped function ran\n");
}

static noinline void wait_for_timer(void)
{
	struct timer_list timer;

	timer_setup_on_stack(&timer, too_late, 0);
	mod_timer(&timer, jiffies + HZ / 5);
	raise_text("before timer_delete_sync()");
	timer_delete_sync(&timer);
	timer_destroy_on_stack(&timer);
}

static KDEFER_DEFINE_VOID0(call_wait_for_timer)
{
	kdefer(stop_panic, NULL);
	wait_for_timer();
}

void skipped_timer(void)
{
	call_wait_for_timer();
	use_stack(8);
	msleep(1000);
}

static enum hrtimer_restart hrtimer_too_late(struct hrtimer *t)
{
	pr_err("kdefer_fatal: the hrtimer of a skipped function ran\n");
	return HRTIMER_NORESTART;
}

static noinline void wait_for_hrtimer(void)
{
	struct hrtimer timer;

	hrtimer_setup_on_stack(&timer, hrtimer_too_late, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
	hrtimer_start(&timer, ms_to_ktime(200), HRTIMER_MODE_REL);
	raise_text("before hrtimer_cancel()");
	hrtimer_cancel(&timer);
	destroy_hrtimer_on_stack(&timer);
}

static KDEFER_DEFINE_VOID0(call_wait_for_hrtimer)
{
	kdefer(stop_panic, NULL);
	wait_for_hrtimer();
}

void skipped_hrtimer(void)
{
	call_wait_for_hrtimer();
	use_stack(8);
	msleep(1000);
}

/* The hrtimer is one of wait_event_hrtimeout(), and so is a wait's entry. */
static KDEFER_DEFINE_VOID0(wait_with_hrtimer)
{
	bool before = false;

	kdefer(stop_panic, NULL);
	wait_event_hrtimeout(queue, fails(&before), ms_to_ktime(200));
}

void skipped_wait_hrtimer(void)
{
	wait_with_hrtimer();
	use_stack(8);
	wake_up(&queue);
	msleep(1000);
}

static void work_too_late(struct work_struct *work)
{
	pr_err("kdefer_fatal: the work of a skipped function ran\n");
}

static noinline void wait_for_work(struct workqueue_struct *busy)
{
	struct work_struct work;

	INIT_WORK_ONSTACK(&work, work_too_late);
	queue_work(busy, &work);
	raise_text("before flush_work()");
	flush_work(&work);
	destroy_work_on_stack(&work);
}

static KDEFER_DEFINE_VOID1(call_wait_for_work, struct workqueue_struct *, busy)
{
	kdefer(stop_panic, NULL);
	wait_for_work(busy);
}

static void take_long(struct work_struct *work)
{
	msleep(500);
}

static DECLARE_WORK(long_work, take_long);

void skipped_work(void)
{
	struct workqueue_struct *busy = alloc_ordered_workqueue("kdefer_fatal", 0);

	if (!busy)
		return;
	queue_work(busy, &long_work);
	call_wait_for_work(busy);
	use_stack(8);
	destroy_workqueue(busy);
}

/* In no list, so that there is nothing to put right, nor to say. */
static noinline void own_idle_objects(void)
{
	DECLARE_COMPLETION_ONSTACK(completion);
	struct timer_list timer;
	struct work_struct work;

	timer_setup_on_stack(&timer, too_late, 0);
	INIT_WORK_ONSTACK(&work, work_too_late);
	raise_text("before anything has begun");
	complete(&completion);
	destroy_work_on_stack(&work);
	timer_destroy_on_stack(&timer);
}

static KDEFER_DEFINE_VOID0(call_own_idle_objects)
{
	kdefer(stop_panic, NULL);
	own_idle_objects();
}

/*
 * A list's entry is linked as what is queued is. Around this one is what is around a timer; around
 * those of the next two what is around an hrtimer and a work item.
 */
static noinline void own_list_like_timer(void)
{
	struct timer_list timer = { .expires = jiffies + HZ, .function = too_late };
	struct list_head other;

	INIT_LIST_HEAD(&other);
	list_add((struct list_head *)&timer.entry, &other);
	barrier_data(&timer);
	raise_text("beside a list");
	barrier_data(&timer);
	barrier_data(&other);
}

static noinline void own_list_like_hrtimer(void)
{
	struct hrtimer timer = { .base = (void *)1 };
	struct list_head other = { .prev = (void *)&timer };

	*(struct list_head **)&timer = &other;
	/* Whether it is queued, which has one name in 6.1 and another one in 7.3. */
	*((bool *)&timer.is_rel - 1) = true;
	ACCESS_PRIVATE(&timer, function) = hrtimer_too_late;
	barrier_data(&timer);
	barrier_data(&other);
	raise_text("beside a list");
	barrier_data(&timer);
	barrier_data(&other);
}

/* The address of a text is odd, as what a queued work item is marked with. */
static noinline void own_list_like_work(void)
{
	static const char text[1024] = { [0 ... 1022] = 'a' };
	unsigned long middle = (unsigned long)text + 512;
	struct work_struct work = { .func = work_too_late };
	struct list_head other;

	INIT_LIST_HEAD(&other);
	list_add(&work.entry, &other);
	*(unsigned long *)&work.data = middle | BIT(WORK_STRUCT_PENDING_BIT) |
				       BIT(WORK_STRUCT_PWQ_BIT);
	barrier_data(&work);
	raise_text("beside a list");
	barrier_data(&work);
	barrier_data(&other);
}

static KDEFER_DEFINE_VOID1(call_plainly, void (*)(void), call)
{
	kdefer(stop_panic, NULL);
	call();
}

void skipped_lists(void)
{
	call_plainly(own_list_like_timer);
	call_plainly(own_list_like_hrtimer);
	call_plainly(own_list_like_work);
}

/* Twice, since debugobjects keeps what it knows of a place in the stack. */
void skipped_objects(void)
{
	unsigned int i;

	for (i = 0; i < 2; i++) {
		skipped_timer();
		skipped_hrtimer();
		skipped_wait_hrtimer();
		skipped_work();
		call_own_idle_objects();
	}
}
#else
#include <stdlib.h>

static int raise_for_pair(const void *a, const void *b)
{
	raise_text("cannot be compared");
	return 0;
}

static KDEFER_DEFINE_VOID1(sort_numbers, bool, harmless)
{
	int numbers[] = { 2, 1, 3 };

	if (harmless) {
		KDEFER_MAY_SKIP("qsort");
		KDEFER_MAY_SKIP("qsort_r");
		KDEFER_MAY_SKIP("msort_with_tmp");
	}
	kdefer(stop_panic, NULL);
	qsort(numbers, ARRAY_SIZE(numbers), sizeof(numbers[0]), raise_for_pair);
}

void skipped_sort(void)
{
	sort_numbers(false);
}

void skipped_harmless_sort(void)
{
	sort_numbers(true);
}
#endif
