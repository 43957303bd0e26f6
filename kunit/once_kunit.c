// SPDX-License-Identifier: GPL-2.0-only
/*
 * Once: rules P24 and G16 of the conformance list.
 */
#include <kunit/test.h>
#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <kdefer/kdefer.h>

#include "kunit-capture.h"
#include "kunit-log.h"

static atomic_t calls, released;

static int once_kunit_init(struct kunit *test)
{
	klog_begin();
	atomic_set(&calls, 0);
	atomic_set(&released, 0);
	return 0;
}

static long slow_value(void *arg)
{
	msleep(20);
	atomic_inc(&calls);
	return (long)arg;
}

static struct kdefer_once static_once = KDEFER_ONCE_INIT;

static void value_is_computed_once(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, kdefer_once(&static_once, slow_value, (void *)41L), 41);
	KUNIT_EXPECT_EQ(test, kdefer_once(&static_once, slow_value, (void *)42L), 41);
	KUNIT_EXPECT_EQ(test, atomic_read(&calls), 1);
}

static long ask(void *arg)
{
	return kdefer_once(arg, slow_value, (void *)7L) == 7 ? 0 : -EINVAL;
}

static void all_wait_for_the_first(struct kunit *test)
{
	struct kdefer_group g;
	struct kdefer_once o;
	unsigned int i;

	kdefer_group_init(&g);
	kdefer_once_init(&o);
	for (i = 0; i < 20; i++)
		KUNIT_ASSERT_EQ(test, kdefer_group_go(&g, ask, &o), 0);
	KUNIT_EXPECT_EQ(test, kdefer_group_wait(&g, NULL), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&calls), 1);
}

static long panic_with_message(void *arg)
{
	atomic_inc(&calls);
	kpanicf("x%ld", (long)arg);
}

struct asked {
	struct kdefer_once *o;
	long (*fn)(void *arg);
	struct kdefer_value v;
	bool panicked;
	long result;
};

static void keep_value(void *arg, struct kdefer_panic *p)
{
	struct asked *a = arg;

	a->panicked = krecover(p, &a->v);
}

static KDEFER_DEFINE_VOID1(try_once, struct asked *, a)
{
	kdefer(keep_value, a);
	a->result = kdefer_once(a->o, a->fn, (void *)1L);
}

/* P24: the same panic for later callers, and no second call. */
static void p24_same_panic_again(struct kunit *test)
{
	struct kdefer_once o;
	struct asked first = { .o = &o, .fn = panic_with_message }, second = first;

	kdefer_once_init(&o);
	try_once(&first);
	try_once(&second);
	KUNIT_EXPECT_TRUE(test, first.panicked);
	KUNIT_EXPECT_TRUE(test, second.panicked);
	KUNIT_EXPECT_STREQ(test, (const char *)first.v.message, "x1");
	KUNIT_EXPECT_STREQ(test, (const char *)second.v.message, "x1");
	KUNIT_EXPECT_EQ(test, first.v.id, second.v.id);
	KUNIT_EXPECT_EQ(test, atomic_read(&calls), 1);
}

static void release_object(void *ptr)
{
	atomic_inc(&released);
}

static const struct kdefer_type object_type = { .name = "object", .release = release_object };

static long panic_with_object(void *arg)
{
	atomic_inc(&calls);
	kpanic_ptr(&calls, &object_type);
}

/* The object that a panic carries is still there for later callers. */
static void p24_object_is_kept(struct kunit *test)
{
	struct kdefer_once o;
	struct asked first = { .o = &o, .fn = panic_with_object }, second = first;

	kdefer_once_init(&o);
	try_once(&first);
	try_once(&second);
	KUNIT_EXPECT_PTR_EQ(test, second.v.ptr, (void *)&calls);
	KUNIT_EXPECT_PTR_EQ(test, second.v.type, &object_type);
	KUNIT_EXPECT_EQ(test, atomic_read(&calls), 1);
	KUNIT_EXPECT_EQ(test, atomic_read(&released), 0);
}

static long exits(void *arg)
{
	atomic_inc(&calls);
	kgoexit(5);
}

static long once_under_run(void *arg)
{
	return kdefer_once(arg, exits, NULL);
}

/* G16: a goexit counts as the call; later callers get the panic(nil) that Go raises. */
static void g16_goexit_is_done(struct kunit *test)
{
	struct kdefer_once o;
	struct asked later = { .o = &o, .fn = exits };
	struct kdefer_outcome out;

	kdefer_once_init(&o);
	KUNIT_EXPECT_EQ(test, kdefer_run(once_under_run, &o, &out), 5);
	KUNIT_EXPECT_EQ(test, out.how, KDEFER_GOEXITED);
	try_once(&later);
	KUNIT_EXPECT_TRUE(test, later.panicked);
	KUNIT_EXPECT_EQ(test, later.v.kind, KDEFER_NIL);
	KUNIT_EXPECT_EQ(test, atomic_read(&calls), 1);
}

static struct kdefer_once own_once = KDEFER_ONCE_INIT;

static long asks_itself(void *arg)
{
	return kdefer_once(&own_once, asks_itself, NULL);
}

/* Go would wait for ever. */
static void function_that_asks_itself(struct kunit *test)
{
	struct asked a = { .o = &own_once, .fn = asks_itself };

	try_once(&a);
	KUNIT_EXPECT_TRUE(test, a.panicked);
	KUNIT_EXPECT_EQ(test, a.v.kind, KDEFER_MESSAGE);
}

static struct completion in_function;

static long never_returns(void *arg)
{
	complete(&in_function);
	kthread_complete_and_exit(NULL, 0);
	return 0;
}

static int dies_in_function(void *arg)
{
	kdefer_once(arg, never_returns, NULL);
	return 0;
}

static long ask_dead(void *arg)
{
	struct asked a = { .o = arg, .fn = slow_value };

	try_once(&a);
	return a.panicked ? a.v.err : 0;
}

/* A thread that is killed in the function leaves nobody waiting for ever. */
static void killed_thread_is_a_panic(struct kunit *test)
{
	struct kdefer_group g;
	struct task_struct *t;
	struct kdefer_once o;

	kdefer_group_init(&g);
	kdefer_once_init(&o);
	init_completion(&in_function);
	kcapture_begin(test);
	t = kdefer_kthread_run(dies_in_function, &o, "dies");
	KUNIT_ASSERT_FALSE(test, IS_ERR(t));
	wait_for_completion(&in_function);
	KUNIT_EXPECT_EQ(test, kdefer_group_go(&g, ask_dead, &o), 0);
	KUNIT_EXPECT_EQ(test, kdefer_kthread_stop(t, NULL), -EOWNERDEAD);
	KUNIT_EXPECT_EQ(test, kdefer_group_wait(&g, NULL), -EOWNERDEAD);
	KUNIT_EXPECT_TRUE(test, strstr(kcapture_end(test), "its deferred calls did not run"));
	KUNIT_EXPECT_EQ(test, ask_dead(&o), -EOWNERDEAD);
	KUNIT_EXPECT_EQ(test, atomic_read(&calls), 0);
}

static struct kunit_case once_cases[] = {
	KUNIT_CASE(value_is_computed_once),
	KUNIT_CASE(all_wait_for_the_first),
	KUNIT_CASE(p24_same_panic_again),
	KUNIT_CASE(p24_object_is_kept),
	KUNIT_CASE(g16_goexit_is_done),
	KUNIT_CASE(function_that_asks_itself),
	KUNIT_CASE(killed_thread_is_a_panic),
	{ }
};

static struct kunit_suite once_suite = {
	.name = "kdefer_once",
	.init = once_kunit_init,
	.test_cases = once_cases,
};

kunit_test_suite(once_suite);

MODULE_LICENSE("GPL");
