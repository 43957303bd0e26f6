// SPDX-License-Identifier: GPL-2.0-only
/*
 * The address of a local variable as the argument of a deferred call is found when it is deferred.
 */
#define KDEFER_DEBUG

#include <kunit/test.h>
#include <linux/cleanup.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <kdefer/kdefer.h>

#include "kunit-capture.h"

static void set_errno(void *result, struct kdefer_panic *p)
{
	struct kdefer_value v;

	if (krecover(p, &v))
		*(int *)result = v.err;
}

static void increment(void *n)
{
	++*(int *)n;
}

/* What it is given is gone when it runs: a sanitizer would see that it looks. */
static void ignore(void *local)
{
}

static KDEFER_DEFINE1(int, result_in_a_variable, bool, bad)
{
	int ret = 0;

	kdefer(set_errno, &ret);
	if (bad)
		kpanic(-EIO);
	return ret;
}

static KDEFER_DEFINE1(int, of_a_parameter, int, n)
{
	kdefer(ignore, &n);
	return n;
}

static KDEFER_DEFINE_VOID0(of_an_array_in_a_block)
{
	int i;

	for (i = 0; i < 3; i++) {
		int row[4] = { i };

		kdefer(ignore, &row[2]);
	}
}

/*
 * The message names the call and its place, once for each place, whichever way the function ends.
 */
static void local_is_named(struct kunit *test)
{
	const char *text;

	if (KDEFER_ARCH_CFA_TOO_LOW)
		kunit_skip(test, "this compiler does not say where a function's variables end");
	kcapture_begin(test);
	result_in_a_variable(true);
	result_in_a_variable(false);
	of_a_parameter(1);
	of_an_array_in_a_block();
	text = kcapture_end(test);
	KUNIT_EXPECT_NOT_NULL(test, strstr(text, "kdefer: kdefer(set_errno, &ret) in "));
	KUNIT_EXPECT_NOT_NULL(test, strstr(text, "kdefer: kdefer(ignore, &n) in "));
	KUNIT_EXPECT_NOT_NULL(test, strstr(text, "kdefer: kdefer(ignore, &row[2]) in "));
	KUNIT_EXPECT_NOT_NULL(test, strstr(text, "local_kunit.c, line "));
	text = strstr(text, "&ret");
	KUNIT_EXPECT_NULL(test, strstr(text + 1, "&ret"));
}

struct pair {
	int a, b;
};

static DEFINE_MUTEX(local_mutex);
static struct pair global;

static KDEFER_DEFINE4(struct pair, right, int *, n, struct pair *, s, struct pair, unused,
		      void *, p)
{
	static int once;

	kdefer_guard(mutex)(&local_mutex);
	kdefer(increment, &kdefer_result);
	kdefer(increment, &kdefer_result.b);
	kdefer(increment, n);
	kdefer(increment, &s->b);
	kdefer(increment, &once);
	kdefer(increment, &global.a);
	kdefer(kfree, p);
	kdefer(kfree, NULL);
	return unused;
}

static KDEFER_DEFINE1(struct pair, right_inside, int *, n)
{
	struct pair mine = { 1, 2 };

	return right(n, &mine, mine, kmalloc(16, GFP_KERNEL));
}

/* Results, what callers have, static variables, memory and guards are not the body's. */
static void local_only_what_is(struct kunit *test)
{
	struct pair result;
	int n = 0;

	kcapture_begin(test);
	result = right_inside(&n);
	KUNIT_EXPECT_STREQ(test, kcapture_end(test), "");
	KUNIT_EXPECT_EQ(test, n, 1);
	KUNIT_EXPECT_EQ(test, result.a, 2);
	KUNIT_EXPECT_EQ(test, result.b, 3);
}

static struct kunit_case kdefer_local_cases[] = {
	KUNIT_CASE(local_is_named),
	KUNIT_CASE(local_only_what_is),
	{ }
};

static struct kunit_suite kdefer_local_suite = {
	.name = "kdefer_local",
	.test_cases = kdefer_local_cases,
};

kunit_test_suite(kdefer_local_suite);

MODULE_LICENSE("GPL");
