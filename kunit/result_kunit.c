// SPDX-License-Identifier: GPL-2.0-only
/*
 * Between errors that are returned and errors that are raised: each type of a result, and of what
 * is checked.
 */
#include <kunit/test.h>
#include <linux/err.h>
#include <linux/module.h>
#include <linux/types.h>
#include <kdefer/kdefer.h>

#include "kunit-log.h"

static void set_int(void *result)
{
	*(int *)result = 5;
}

#define RECOVERS(name, R)						\
static KDEFER_DEFINE1(R, name, bool, bad)				\
{									\
	kdefer_recover_result();					\
	if (bad)							\
		kpanic(-EIO);						\
	return (R)3;							\
}

enum signed_errno { SIGNED_ERRNO = -EIO, SIGNED_OK = 3 };

RECOVERS(recovers_int, int)
RECOVERS(recovers_long, long)
RECOVERS(recovers_long_long, long long)
RECOVERS(recovers_ssize_t, ssize_t)
RECOVERS(recovers_s64, s64)
RECOVERS(recovers_enum, enum signed_errno)
RECOVERS(recovers_ptr, void *)
RECOVERS(recovers_char_ptr, const char *)
RECOVERS(recovers_struct_ptr, struct kunit *)

/* The errno arrives in its full width: as an int it would be a large success in a long. */
static void recover_result_types(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, recovers_int(true), -EIO);
	KUNIT_EXPECT_EQ(test, recovers_long(true), -5L);
	KUNIT_EXPECT_EQ(test, recovers_long_long(true), -5LL);
	KUNIT_EXPECT_EQ(test, recovers_ssize_t(true), (ssize_t)-EIO);
	KUNIT_EXPECT_EQ(test, recovers_s64(true), (s64)-EIO);
	KUNIT_EXPECT_EQ(test, (int)recovers_enum(true), -EIO);
	KUNIT_EXPECT_PTR_EQ(test, recovers_ptr(true), (void *)ERR_PTR(-EIO));
	KUNIT_EXPECT_EQ(test, PTR_ERR(recovers_char_ptr(true)), (long)-EIO);
	KUNIT_EXPECT_EQ(test, PTR_ERR(recovers_struct_ptr(true)), (long)-EIO);
}

static void recover_result_without_panic(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, recovers_int(false), 3);
	KUNIT_EXPECT_EQ(test, recovers_ssize_t(false), (ssize_t)3);
	KUNIT_EXPECT_EQ(test, recovers_s64(false), (s64)3);
	KUNIT_EXPECT_PTR_EQ(test, recovers_ptr(false), (void *)3);
}

static KDEFER_DEFINE_VOID1(recovers_void, int, err)
{
	kdefer_recover_result();
	kdefer(klog_look, "look");
	if (err)
		kpanic(err);
	klog("end");
}

/* Without a result there is nothing but the return. */
static void recover_result_void(struct kunit *test)
{
	klog_begin();
	recovers_void(-EIO);
	recovers_void(0);
	KLOG_EXPECT(test, "look=-5 end look=-");
}

static KDEFER_DEFINE_VOID2(recovers_as_deferred, void *, arg, struct kdefer_panic *, p)
{
	kdefer_recover_result();
	klog_try_recover(arg, p);
	kpanic(-EAGAIN);
}

static KDEFER_DEFINE0(long, recovers_kinds)
{
	kdefer_recover_result();
	kdefer(recovers_as_deferred, "inner");
	kpanicf("no errno");
}

/*
 * Other values have an errno too; where a deferred call recovers, what it raises goes no further.
 */
static void recover_result_nested(struct kunit *test)
{
	klog_begin();
	KUNIT_EXPECT_EQ(test, recovers_kinds(), 0L);
	KLOG_EXPECT(test, "inner=no errno");
}

static KDEFER_DEFINE0(long, recovers_message)
{
	kdefer_recover_result();
	kpanicf("no errno");
}

static KDEFER_DEFINE0(int, recovers_last)
{
	kdefer_recover_result();
	kdefer(klog_panic, KLOG_NR(-ENODEV));
	return 0;
}

static KDEFER_DEFINE0(int, changed_after_recovery)
{
	kdefer(set_int, &kdefer_result);
	kdefer_recover_result();
	kpanic(-EIO);
}

static void recover_result_order(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, recovers_message(), (long)-ENOTRECOVERABLE);
	KUNIT_EXPECT_EQ(test, recovers_last(), -ENODEV);
	KUNIT_EXPECT_EQ(test, changed_after_recovery(), 5);
}

static KDEFER_DEFINE1(long, exits, void *, arg)
{
	kdefer_recover_result();
	kgoexit(7);
}

static void recover_result_goexit(struct kunit *test)
{
	struct kdefer_outcome out;

	KUNIT_EXPECT_EQ(test, kdefer_run(exits, NULL, &out), 7L);
	KUNIT_EXPECT_EQ(test, out.how, KDEFER_GOEXITED);
}

static int evaluated;

static noinline int next_int(int n)
{
	evaluated++;
	return n;
}

static KDEFER_DEFINE1(int, checks_int, int, n)
{
	kdefer_recover_result();
	return kdefer_check(next_int(n)) + 1;
}

static KDEFER_DEFINE1(s64, checks_s64, s64, n)
{
	kdefer_recover_result();
	return kdefer_check(n) + 1;
}

static KDEFER_DEFINE1(int, checks_small, int, n)
{
	const s16 small = n;
	signed char smaller = n;

	kdefer_recover_result();
	return kdefer_check(small) + kdefer_check(smaller);
}

static KDEFER_DEFINE1(const char *, checks_ptr, const char *, s)
{
	kdefer_recover_result();
	s = kdefer_check(s);
	return s ? s + 1 : "none";
}

/* A failure is raised, anything else is the value, and the expression is evaluated once. */
static void check_types(struct kunit *test)
{
	static const char word[] = "word";

	evaluated = 0;
	KUNIT_EXPECT_EQ(test, checks_int(-EIO), -EIO);
	KUNIT_EXPECT_EQ(test, checks_int(0), 1);
	KUNIT_EXPECT_EQ(test, checks_int(INT_MAX - 1), INT_MAX);
	KUNIT_EXPECT_EQ(test, evaluated, 3);
	KUNIT_EXPECT_EQ(test, checks_s64(-EAGAIN), (s64)-EAGAIN);
	KUNIT_EXPECT_EQ(test, checks_s64(1LL << 40), (1LL << 40) + 1);
	KUNIT_EXPECT_EQ(test, checks_small(-ENOENT), -ENOENT);
	KUNIT_EXPECT_EQ(test, checks_small(7), 14);
	KUNIT_EXPECT_EQ(test, PTR_ERR(checks_ptr(ERR_PTR(-ENODEV))), (long)-ENODEV);
	KUNIT_EXPECT_STREQ(test, checks_ptr(word), "ord");
	KUNIT_EXPECT_STREQ(test, checks_ptr(NULL), "none");
}

static struct kunit_case kdefer_result_cases[] = {
	KUNIT_CASE(recover_result_types),
	KUNIT_CASE(recover_result_without_panic),
	KUNIT_CASE(recover_result_void),
	KUNIT_CASE(recover_result_nested),
	KUNIT_CASE(recover_result_order),
	KUNIT_CASE(recover_result_goexit),
	KUNIT_CASE(check_types),
	{ }
};

static struct kunit_suite kdefer_result_suite = {
	.name = "kdefer_result",
	.test_cases = kdefer_result_cases,
};

kunit_test_suite(kdefer_result_suite);

MODULE_LICENSE("GPL");
