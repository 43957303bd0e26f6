// SPDX-License-Identifier: GPL-2.0-only
/*
 * <kdefer/kunit.h>: what ends a case in the middle runs what the case has deferred.
 *
 * A case that fails on purpose would fail the suite. So each of these runs a case of its own, which
 * is a struct kunit and a try-catch as KUnit itself makes one, and looks at what became of it.
 */
#include <kdefer/kunit.h>
#include <linux/completion.h>
#include <linux/err.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "kunit-capture.h"
#include "kunit-log.h"

static int assert_kunit_init(struct kunit *test)
{
	klog_begin();
	return 0;
}

/* The case that is to be ended. */
struct inner {
	struct kunit test;
	void (*body)(struct kunit *test);
};

static void inner_try(void *context)
{
	struct inner *inner = context;

	inner->body(&inner->test);
	klog("went-on");
}

static void inner_catch(void *context)
{
	klog("caught");
}

static void init_case(struct kunit *test)
{
#ifdef __KERNEL__
	kunit_init_test(test, "inner", NULL);
#else
	test->name = "inner";
	INIT_LIST_HEAD(&test->resources);
#endif
}

/* Gives up the memory of reports; the shim has none. */
static void end_case(struct kunit *test)
{
#ifdef __KERNEL__
	kunit_cleanup(test);
#endif
}

/* As KUnit runs a case: in a thread of its own, which an assertion ends. */
static void run_case(struct kunit *test, void (*body)(struct kunit *test))
{
	struct inner *inner = kunit_kzalloc(test, sizeof(*inner), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, inner);
	inner->body = body;
	init_case(&inner->test);
	/* With the limit of time that newer kernels keep there. */
	inner->test.try_catch = test->try_catch;
	inner->test.try_catch.test = &inner->test;
	inner->test.try_catch.try = inner_try;
	inner->test.try_catch.catch = inner_catch;
	kunit_try_catch_run(&inner->test.try_catch, inner);
	end_case(&inner->test);
	klog("%s", inner->test.status == KUNIT_FAILURE ? "failed" :
	     inner->test.status == KUNIT_SKIPPED ? "skipped" : "passed");
}

static noinline void helper(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, 1, 2);
	klog("unreachable");
}

static KDEFER_DEFINE_VOID1(asserts, struct kunit *, test)
{
	kdefer(klog_step, "first");
	kdefer(klog_recover, "second");
	helper(test);
	klog("body-went-on");
}

static KDEFER_DEFINE_VOID1(asserts_deeper, struct kunit *, test)
{
	kdefer(klog_step, "outer");
	asserts(test);
	klog("outer-went-on");
}

/* All deferred calls run, and none of them finds a panic: it is a goexit. */
static void failed_assertion_runs_deferred_calls(struct kunit *test)
{
	run_case(test, asserts_deeper);
	KLOG_EXPECT(test, "second=- first outer caught failed");
}

static void helper_alone(struct kunit *test)
{
	helper(test);
}

static void without_a_kdefer_function(struct kunit *test)
{
	run_case(test, helper_alone);
	KLOG_EXPECT(test, "caught failed");
}

static KDEFER_DEFINE_VOID1(expects, struct kunit *, test)
{
	kdefer(klog_step, "deferred");
	KUNIT_EXPECT_EQ(test, 1, 2);
	klog("body");
}

static void failed_expectation_goes_on(struct kunit *test)
{
	run_case(test, expects);
	KLOG_EXPECT(test, "body deferred went-on failed");
}

static KDEFER_DEFINE_VOID1(skips, struct kunit *, test)
{
	kdefer(klog_step, "deferred");
	kunit_skip(test, "on purpose");
	klog("body-went-on");
}

static void skip_runs_deferred_calls(struct kunit *test)
{
	run_case(test, skips);
	KLOG_EXPECT(test, "deferred caught skipped");
}

static long asserts_in_run(void *test)
{
	asserts(test);
	return 0;
}

static KDEFER_DEFINE_VOID1(asserts_under_run, struct kunit *, test)
{
	kdefer(klog_step, "outer");
	kdefer_run(asserts_in_run, test, NULL);
	klog("run-returned");
}

/* The end of the case is not held up by a kdefer_run(). */
static void goes_on_behind_a_run(struct kunit *test)
{
	run_case(test, asserts_under_run);
	KLOG_EXPECT(test, "second=- first outer caught failed");
}

static void exits_too(void *unused)
{
	klog("goexit");
	kgoexit(3);
}

static KDEFER_DEFINE_VOID1(asserts_and_exits, struct kunit *, test)
{
	kdefer(klog_step, "first");
	kdefer(exits_too, NULL);
	KUNIT_ASSERT_TRUE(test, false);
}

/* A kgoexit() among the deferred calls changes nothing: the case still ends. */
static void goexit_among_the_deferred_calls(struct kunit *test)
{
	run_case(test, asserts_and_exits);
	KLOG_EXPECT(test, "goexit first caught failed");
}

static DECLARE_COMPLETION(thread_began);

static int asserts_in_thread(void *test)
{
	complete(&thread_began);
	asserts(test);
	return 0;
}

static void starts_thread(struct kunit *test)
{
	struct kdefer_outcome out;
	struct task_struct *t = kdefer_kthread_run(asserts_in_thread, test, "asserts");

	if (IS_ERR(t))
		return;
	/* A thread that is stopped before it began would never run. */
	wait_for_completion(&thread_began);
	kdefer_kthread_stop(t, &out);
	klog("how=%d", out.how);
}

/* A thread of the case's own ends alone, as a goroutine does. */
static void assertion_in_another_thread(struct kunit *test)
{
	run_case(test, starts_thread);
	KLOG_EXPECT(test, "second=- first how=1 went-on failed");
}

static struct kunit_case assert_cases[] = {
	KUNIT_CASE(failed_assertion_runs_deferred_calls),
	KUNIT_CASE(without_a_kdefer_function),
	KUNIT_CASE(failed_expectation_goes_on),
	KUNIT_CASE(skip_runs_deferred_calls),
	KUNIT_CASE(goes_on_behind_a_run),
	KUNIT_CASE(goexit_among_the_deferred_calls),
	KUNIT_CASE(assertion_in_another_thread),
	{ }
};

static struct kunit_suite assert_suite = {
	.name = "kdefer_assert",
	.init = assert_kunit_init,
	.test_cases = assert_cases,
};

kunit_test_suite(assert_suite);

MODULE_LICENSE("GPL");
