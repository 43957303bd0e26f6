// SPDX-License-Identifier: GPL-2.0-only
/*
 * Groups: rules P25 and G14 of the conformance list, and what errgroup does.
 */
#include <kunit/test.h>
#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <kdefer/kdefer.h>

#include "kunit-capture.h"
#include "kunit-log.h"

#define MEMBERS	100

static atomic_t ended, at_once, most;

static int group_kunit_init(struct kunit *test)
{
	klog_begin();
	atomic_set(&ended, 0);
	atomic_set(&at_once, 0);
	atomic_set(&most, 0);
	return 0;
}

static long returns(void *result)
{
	atomic_inc(&ended);
	return (long)result;
}

#define RESULT(n)	((void *)(long)(n))

/* Waits for all, and gives 0 if all have succeeded; positive results are successes. */
static void all_are_waited_for(struct kunit *test)
{
	struct kdefer_outcome out = { .how = KDEFER_PANICKED, .result = 1, .value.err = 1 };
	struct kdefer_group g;
	unsigned int i;

	kdefer_group_init(&g);
	for (i = 0; i < MEMBERS; i++)
		KUNIT_ASSERT_EQ(test, kdefer_group_go(&g, returns, RESULT(i)), 0);
	KUNIT_EXPECT_EQ(test, kdefer_group_wait(&g, &out), 0);
	KUNIT_EXPECT_EQ(test, out.how, KDEFER_RETURNED);
	KUNIT_EXPECT_EQ(test, out.result, 0);
	KUNIT_EXPECT_EQ(test, out.value.err, 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&ended), MEMBERS);
	/* An empty group has nobody to wait for. */
	KUNIT_EXPECT_EQ(test, kdefer_group_wait(&g, NULL), 0);
	out.value.err = 1;
	KUNIT_EXPECT_TRUE(test, kdefer_group_wait_timeout(&g, &out, 1));
	KUNIT_EXPECT_EQ(test, out.value.err, 0);
}

static void slow_step(void *arg)
{
	msleep(20);
	atomic_inc(&ended);
}

static KDEFER_DEFINE1(long, panics_slowly, void *, err)
{
	kdefer(slow_step, NULL);
	kpanic((long)err);
}

static KDEFER_DEFINE1(long, exits_slowly, void *, code)
{
	kdefer(slow_step, NULL);
	kgoexit((long)code);
}

/* P25: a panic of a member counts as its end only after its deferred calls. */
static void p25_panic_ends_after_deferred_calls(struct kunit *test)
{
	struct kdefer_group g;
	struct kdefer_outcome out;
	const char *text;
	long ret;

	kdefer_group_init(&g);
	kcapture_begin(test);
	KUNIT_EXPECT_EQ(test, kdefer_group_go(&g, panics_slowly, RESULT(-EIO)), 0);
	ret = kdefer_group_wait(&g, &out);
	text = kcapture_end(test);
	KUNIT_EXPECT_EQ(test, atomic_read(&ended), 1);
	KUNIT_EXPECT_EQ(test, ret, -EIO);
	KUNIT_EXPECT_EQ(test, out.how, KDEFER_PANICKED);
	KUNIT_EXPECT_EQ(test, out.value.err, -EIO);
	KUNIT_EXPECT_TRUE(test, kcapture_has_line(text, "panic: -EIO"));
}

/* G14: so does a goexit, whatever its code is. */
static void g14_goexit_ends_after_deferred_calls(struct kunit *test)
{
	struct kdefer_group g;
	struct kdefer_outcome out;

	kdefer_group_init(&g);
	KUNIT_ASSERT_EQ(test, kdefer_group_go(&g, exits_slowly, RESULT(3)), 0);
	KUNIT_EXPECT_EQ(test, kdefer_group_wait(&g, &out), 3);
	KUNIT_EXPECT_EQ(test, out.how, KDEFER_GOEXITED);
	KUNIT_EXPECT_EQ(test, out.result, 3);
	KUNIT_EXPECT_EQ(test, atomic_read(&ended), 1);
	KUNIT_ASSERT_EQ(test, kdefer_group_go(&g, exits_slowly, RESULT(0)), 0);
	KUNIT_EXPECT_EQ(test, kdefer_group_wait(&g, &out), 0);
	KUNIT_EXPECT_EQ(test, out.how, KDEFER_GOEXITED);
}

struct ordered {
	struct kdefer_group *g;
	struct completion *after;
	struct completion *then;
	long result;
};

static long in_order(void *arg)
{
	struct ordered *o = arg;

	if (o->after)
		wait_for_completion(o->after);
	if (o->then)
		complete(o->then);
	return o->result;
}

/* The first to fail gives the outcome, not the first that was started. */
static void first_failure_counts(struct kunit *test)
{
	struct kdefer_group g;
	struct ordered late = { .g = &g, .result = -EINVAL };
	struct completion go_on;

	kdefer_group_init(&g);
	init_completion(&go_on);
	late.after = &go_on;
	KUNIT_ASSERT_EQ(test, kdefer_group_go(&g, in_order, &late), 0);
	KUNIT_ASSERT_EQ(test, kdefer_group_go(&g, returns, RESULT(-ENODEV)), 0);
	while (!kdefer_group_cancelled(&g))
		usleep_range(50, 100);
	complete(&go_on);
	KUNIT_EXPECT_EQ(test, kdefer_group_wait(&g, NULL), -ENODEV);
	/* As new. */
	KUNIT_EXPECT_FALSE(test, kdefer_group_cancelled(&g));
	KUNIT_ASSERT_EQ(test, kdefer_group_go(&g, returns, RESULT(1)), 0);
	KUNIT_EXPECT_EQ(test, kdefer_group_wait(&g, NULL), 0);
}

static long until_cancelled(void *arg)
{
	struct kdefer_group *g = arg;

	while (!kdefer_group_cancelled(g))
		usleep_range(50, 100);
	atomic_inc(&ended);
	return 0;
}

static void members_see_cancellation(struct kunit *test)
{
	struct kdefer_group g;

	kdefer_group_init(&g);
	KUNIT_ASSERT_EQ(test, kdefer_group_go(&g, until_cancelled, &g), 0);
	KUNIT_ASSERT_EQ(test, kdefer_group_go(&g, until_cancelled, &g), 0);
	kdefer_group_cancel(&g);
	/* To be asked to give up is no failure. */
	KUNIT_EXPECT_EQ(test, kdefer_group_wait(&g, NULL), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&ended), 2);
}

static void wait_ends_in_time(struct kunit *test)
{
	struct kdefer_outcome out = { .result = 77 };
	struct kdefer_group g;

	kdefer_group_init(&g);
	KUNIT_ASSERT_EQ(test, kdefer_group_go(&g, until_cancelled, &g), 0);
	KUNIT_EXPECT_FALSE(test, kdefer_group_wait_timeout(&g, &out, 0));
	KUNIT_EXPECT_FALSE(test, kdefer_group_wait_timeout(&g, &out, msecs_to_jiffies(20)));
	KUNIT_EXPECT_EQ(test, out.result, 77);
	kdefer_group_cancel(&g);
	KUNIT_EXPECT_TRUE(test, kdefer_group_wait_timeout(&g, &out, 100 * HZ));
	KUNIT_EXPECT_EQ(test, out.result, 0);
}

static long count_at_once(void *arg)
{
	int now = atomic_inc_return(&at_once), max = atomic_read(&most);

	while (now > max && !atomic_try_cmpxchg(&most, &max, now))
		;
	usleep_range(200, 400);
	atomic_dec(&at_once);
	atomic_inc(&ended);
	return 0;
}

static void limit_holds(struct kunit *test)
{
	struct kdefer_group g;
	unsigned int i;

	kdefer_group_init(&g);
	kdefer_group_limit(&g, 3);
	for (i = 0; i < MEMBERS; i++)
		KUNIT_ASSERT_EQ(test, kdefer_group_go(&g, count_at_once, NULL), 0);
	KUNIT_EXPECT_EQ(test, kdefer_group_wait(&g, NULL), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&ended), MEMBERS);
	KUNIT_EXPECT_LE(test, atomic_read(&most), 3);
	KUNIT_EXPECT_GE(test, atomic_read(&most), 2);
}

static long starts_blocked(void *arg)
{
	return kdefer_group_go(arg, returns, RESULT(0));
}

/* Whoever waits for a place goes on as soon as there is a higher limit. */
static void limit_can_be_lifted(struct kunit *test)
{
	struct kdefer_group g, starters;

	kdefer_group_init(&g);
	kdefer_group_init(&starters);
	kdefer_group_limit(&g, 1);
	KUNIT_ASSERT_EQ(test, kdefer_group_go(&g, until_cancelled, &g), 0);
	KUNIT_ASSERT_EQ(test, kdefer_group_go(&starters, starts_blocked, &g), 0);
	KUNIT_ASSERT_EQ(test, kdefer_group_go(&starters, starts_blocked, &g), 0);
	msleep(20);
	KUNIT_EXPECT_EQ(test, atomic_read(&ended), 0);
	kdefer_group_limit(&g, 0);
	KUNIT_EXPECT_EQ(test, kdefer_group_wait(&starters, NULL), 0);
	kdefer_group_cancel(&g);
	KUNIT_EXPECT_EQ(test, kdefer_group_wait(&g, NULL), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&ended), 3);
}

/* A full group tells whoever may not sleep. */
static void full_group_in_atomic_context(struct kunit *test)
{
	struct kdefer_group g;
	int err;

	kdefer_group_init(&g);
	kdefer_group_limit(&g, 1);
	KUNIT_ASSERT_EQ(test, kdefer_group_go(&g, until_cancelled, &g), 0);
	preempt_disable();
	err = kdefer_group_go(&g, returns, RESULT(0));
	preempt_enable();
	KUNIT_EXPECT_EQ(test, err, -EAGAIN);
	kdefer_group_cancel(&g);
	KUNIT_EXPECT_EQ(test, kdefer_group_wait(&g, NULL), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&ended), 1);
}

struct tree {
	struct kdefer_group *g;
	int depth;
};

static struct tree levels[6];

static long grow(void *arg)
{
	struct tree *level = arg;
	int err = 0;

	atomic_inc(&ended);
	if (level->depth)
		err = kdefer_group_go(level->g, grow, level - 1) ?:
		      kdefer_group_go(level->g, grow, level - 1);
	return err;
}

/* A member is still running while it starts further ones, so nobody is told too early. */
static void members_start_members(struct kunit *test)
{
	struct kdefer_group g;
	unsigned int i;

	kdefer_group_init(&g);
	for (i = 0; i < ARRAY_SIZE(levels); i++)
		levels[i] = (struct tree){ .g = &g, .depth = i };
	KUNIT_ASSERT_EQ(test, kdefer_group_go(&g, grow, &levels[ARRAY_SIZE(levels) - 1]), 0);
	KUNIT_EXPECT_EQ(test, kdefer_group_wait(&g, NULL), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&ended), 63);
}

static void release_object(void *ptr)
{
	atomic_inc((atomic_t *)ptr);
}

static const struct kdefer_type object_type = {
	.name = "object",
	.release = release_object,
};

static KDEFER_DEFINE1(long, panics_with_object, void *, object)
{
	kpanic_ptr(object, &object_type);
}

/* The first object is whoever waits' own; those of others, and of nobody, are released. */
static void objects_are_released_once(struct kunit *test)
{
	struct kdefer_group g;
	atomic_t released = ATOMIC_INIT(0);
	struct kdefer_outcome out;

	kdefer_group_init(&g);
	kcapture_begin(test);
	KUNIT_EXPECT_EQ(test, kdefer_group_go(&g, panics_with_object, &released), 0);
	KUNIT_EXPECT_EQ(test, kdefer_group_go(&g, panics_with_object, &released), 0);
	KUNIT_EXPECT_EQ(test, kdefer_group_wait(&g, &out), -ENOTRECOVERABLE);
	KUNIT_EXPECT_EQ(test, atomic_read(&released), 1);
	kdefer_value_release(&out.value);
	KUNIT_EXPECT_EQ(test, atomic_read(&released), 2);
	KUNIT_EXPECT_EQ(test, kdefer_group_go(&g, panics_with_object, &released), 0);
	KUNIT_EXPECT_EQ(test, kdefer_group_wait(&g, NULL), -ENOTRECOVERABLE);
	KUNIT_EXPECT_EQ(test, atomic_read(&released), 3);
	kcapture_end(test);
}

static void release_slowly(void *ptr)
{
	msleep(50);
	atomic_inc((atomic_t *)ptr);
}

static const struct kdefer_type slow_type = {
	.name = "slow object",
	.release = release_slowly,
};

static KDEFER_DEFINE1(long, panics_with_slow_object, void *, object)
{
	kpanic_ptr(object, &slow_type);
}

static void release_and_panic(void *ptr)
{
	atomic_inc((atomic_t *)ptr);
	kpanic(-EINTR);
}

static const struct kdefer_type panicking_type = {
	.name = "panicking object",
	.release = release_and_panic,
};

static void release_and_raise_another(void *ptr)
{
	atomic_inc((atomic_t *)ptr);
	kpanic_ptr(ptr, &panicking_type);
}

static const struct kdefer_type raising_type = {
	.name = "raising object",
	.release = release_and_raise_another,
};

static KDEFER_DEFINE1(long, panics_with_raising_object, void *, object)
{
	kpanic_ptr(object, &raising_type);
}

/* A release function that panics, at the end of a member, ends no more than that. */
static void releases_panic_at_ends(struct kunit *test)
{
	struct kdefer_group g;
	atomic_t released = ATOMIC_INIT(0);
	const char *text;
	long ret;

	kdefer_group_init(&g);
	kcapture_begin(test);
	KUNIT_EXPECT_EQ(test, kdefer_group_go(&g, returns, RESULT(-EIO)), 0);
	while (!kdefer_group_cancelled(&g))
		usleep_range(50, 100);
	KUNIT_EXPECT_EQ(test, kdefer_group_go(&g, panics_with_raising_object, &released), 0);
	ret = kdefer_group_wait(&g, NULL);
	text = kcapture_end(test);
	KUNIT_EXPECT_EQ(test, ret, -EIO);
	KUNIT_EXPECT_EQ(test, atomic_read(&released), 2);
	KUNIT_EXPECT_TRUE(test, kcapture_has_line(text, "panic: panicking object"));
	KUNIT_EXPECT_TRUE(test, kcapture_has_line(text, "panic: -EINTR"));
}

/* What is done at the end of a member may be the module's code, and the group its memory. */
static void module_waits_for_ends(struct kunit *test)
{
	struct kdefer_group g;
	atomic_t released = ATOMIC_INIT(0);
	struct kdefer_outcome out;

	kdefer_group_init(&g);
	kcapture_begin(test);
	KUNIT_EXPECT_EQ(test, kdefer_group_go(&g, panics_with_slow_object, &released), 0);
	KUNIT_EXPECT_EQ(test, kdefer_group_go(&g, panics_with_slow_object, &released), 0);
	kdefer_go_wait();
	KUNIT_EXPECT_EQ(test, atomic_read(&released), 1);
	KUNIT_EXPECT_TRUE(test, kdefer_group_wait_timeout(&g, &out, 0));
	kcapture_end(test);
	kdefer_value_release(&out.value);
	KUNIT_EXPECT_EQ(test, atomic_read(&released), 2);
}

struct waiter {
	struct kdefer_group *g;
	struct kdefer_outcome out;
	atomic_t waits;
};

static long waits_too(void *arg)
{
	struct waiter *w = arg;

	atomic_inc(&w->waits);
	return kdefer_group_wait(w->g, &w->out);
}

static KDEFER_DEFINE1(long, panics_when_cancelled, void *, g)
{
	static atomic_t released;

	until_cancelled(g);
	kpanic_ptr(&released, &object_type);
}

static KDEFER_DEFINE1(long, panics_with_errno_when_cancelled, void *, g)
{
	until_cancelled(g);
	kpanic(-EIO);
}

static long fails_when_cancelled(void *g)
{
	until_cancelled(g);
	return -EIO;
}

/* Two threads, and for a while a third, wait for a member that ends when it is cancelled. */
static void wait_with_others(struct kunit *test, struct waiter other[2],
			     long (*member)(void *g), long result)
{
	struct kdefer_group g, waiters;
	unsigned int i;

	kdefer_group_init(&g);
	kdefer_group_init(&waiters);
	KUNIT_EXPECT_EQ(test, kdefer_group_go(&g, member, &g), 0);
	for (i = 0; i < 2; i++) {
		other[i] = (struct waiter){ .g = &g, .out.value.err = -EPERM };
		KUNIT_EXPECT_EQ(test, kdefer_group_go(&waiters, waits_too, &other[i]), 0);
		while (!atomic_read(&other[i].waits))
			usleep_range(50, 100);
	}
	/* So long that they are asleep by then. */
	KUNIT_EXPECT_FALSE(test, kdefer_group_wait_timeout(&g, NULL, msecs_to_jiffies(20)));
	kdefer_group_cancel(&g);
	KUNIT_EXPECT_EQ(test, kdefer_group_wait(&waiters, NULL), result);
}

/* As with Go's WaitGroup: several wait, and each gets the outcome; but one the object. */
static void several_wait(struct kunit *test)
{
	unsigned int i, with_object = 0;
	struct waiter other[2];

	wait_with_others(test, other, fails_when_cancelled, -EIO);
	for (i = 0; i < 2; i++) {
		KUNIT_EXPECT_EQ(test, other[i].out.result, -EIO);
		KUNIT_EXPECT_EQ(test, other[i].out.value.err, 0);
	}
	kcapture_begin(test);
	wait_with_others(test, other, panics_with_errno_when_cancelled, -EIO);
	for (i = 0; i < 2; i++)
		KUNIT_EXPECT_EQ(test, other[i].out.value.err, -EIO);
	wait_with_others(test, other, panics_when_cancelled, -ENOTRECOVERABLE);
	kcapture_end(test);
	for (i = 0; i < 2; i++) {
		KUNIT_EXPECT_EQ(test, other[i].out.how, KDEFER_PANICKED);
		KUNIT_EXPECT_PTR_EQ(test, other[i].out.value.type, &object_type);
		with_object += !!other[i].out.value.ptr;
		kdefer_value_release(&other[i].out.value);
	}
	KUNIT_EXPECT_EQ(test, with_object, 1);
}

/* The group is freed as soon as it was waited for, many times over. */
static void group_can_go_at_once(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < 1000; i++) {
		struct kdefer_group g;

		kdefer_group_init(&g);
		if (kdefer_group_go(&g, returns, RESULT(0)) ||
		    kdefer_group_go(&g, returns, RESULT(0)) || kdefer_group_wait(&g, NULL))
			break;
		memset(&g, 0x5a, sizeof(g));
	}
	KUNIT_EXPECT_EQ(test, i, 1000u);
	KUNIT_EXPECT_EQ(test, atomic_read(&ended), 2000);
}

static struct kunit_case group_cases[] = {
	KUNIT_CASE(all_are_waited_for),
	KUNIT_CASE(p25_panic_ends_after_deferred_calls),
	KUNIT_CASE(g14_goexit_ends_after_deferred_calls),
	KUNIT_CASE(first_failure_counts),
	KUNIT_CASE(members_see_cancellation),
	KUNIT_CASE(wait_ends_in_time),
	KUNIT_CASE(limit_holds),
	KUNIT_CASE(limit_can_be_lifted),
	KUNIT_CASE(full_group_in_atomic_context),
	KUNIT_CASE(members_start_members),
	KUNIT_CASE(objects_are_released_once),
	KUNIT_CASE(releases_panic_at_ends),
	KUNIT_CASE(module_waits_for_ends),
	KUNIT_CASE(several_wait),
	KUNIT_CASE(group_can_go_at_once),
	{ }
};

static struct kunit_suite group_suite = {
	.name = "kdefer_group",
	.init = group_kunit_init,
	.test_cases = group_cases,
};

kunit_test_suite(group_suite);

MODULE_LICENSE("GPL");
