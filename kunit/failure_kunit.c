// SPDX-License-Identifier: GPL-2.0-only
/*
 * Deferred calls for failures only, and those that are told why they are run: each type of a
 * result, each way out, and both where there is no room for them.
 */
#include <kunit/test.h>
#include <linux/err.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/types.h>
#include <kdefer/kdefer.h>

#include "kunit-log.h"

#define UNDOES(name, R)							\
static KDEFER_DEFINE1(R, name, R, result)				\
{									\
	kdefer_on_failure(klog_step, "undo");				\
	kdefer(klog_step, ".");						\
	return result;							\
}

enum signed_result { FAILED = -EIO, FINE = 3 };

UNDOES(undoes_int, int)
UNDOES(undoes_long, long)
UNDOES(undoes_s64, s64)
UNDOES(undoes_ssize_t, ssize_t)
UNDOES(undoes_enum, enum signed_result)
UNDOES(undoes_ptr, void *)
UNDOES(undoes_char_ptr, const char *)

/* D25: a negative result is a failure, in its full width. */
static void failure_number(struct kunit *test)
{
	klog_begin();
	undoes_int(-EIO);
	undoes_int(0);
	undoes_int(INT_MAX);
	undoes_long(-1L);
	undoes_long(0x80000000L);
	undoes_s64(-EIO);
	undoes_s64(1LL << 40);
	undoes_ssize_t(-EIO);
	undoes_enum(FAILED);
	undoes_enum(FINE);
	KLOG_EXPECT(test, ". undo . . . undo . . undo . . undo . undo .");
}

/* D25: a pointer of the kernel's is negative as a number; NULL is a failure where that is said. */
static void failure_pointer(struct kunit *test)
{
	klog_begin();
	undoes_ptr(ERR_PTR(-EIO));
	undoes_ptr(NULL);
	undoes_ptr(test);
	undoes_char_ptr(ERR_PTR(-MAX_ERRNO));
	undoes_char_ptr("fine");
	KLOG_EXPECT(test, ". undo . . . undo .");
}

static KDEFER_DEFINE1(void *, undoes_null, void *, result)
{
	kdefer_on_failure_or_null(klog_step, "undo");
	kdefer(klog_step, ".");
	return result;
}

static void failure_null(struct kunit *test)
{
	klog_begin();
	undoes_null(NULL);
	undoes_null(ERR_PTR(-EIO));
	undoes_null(test);
	KLOG_EXPECT(test, ". undo . undo .");
}

static KDEFER_DEFINE_VOID1(undoes_void, int, err)
{
	kdefer_on_failure(klog_step, "undo");
	if (err)
		kpanic(err);
}

static KDEFER_DEFINE1(int, fails_by_panic, int, err)
{
	kdefer_recover_result();
	kdefer_on_failure(klog_step, "first");
	kdefer(klog_step, "always");
	kdefer_on_failure(klog_step, "second");
	undoes_void(err);
	return 0;
}

/*
 * D25: a panic is a failure of all that it passes, in order; a function without a result has no
 * other.
 */
static void failure_panic(struct kunit *test)
{
	klog_begin();
	KUNIT_EXPECT_EQ(test, fails_by_panic(0), 0);
	KLOG_EXPECT(test, "always");
	klog_begin();
	KUNIT_EXPECT_EQ(test, fails_by_panic(-EIO), -EIO);
	KLOG_EXPECT(test, "undo second always first");
}

static void ask(void *arg)
{
	static char *const names[] = {
		[KDEFER_ON_RETURN] = "r", [KDEFER_ON_PANIC] = "p", [KDEFER_ON_GOEXIT] = "g",
	};

	klog_step(names[kdefer_why()]);
}

static KDEFER_DEFINE_VOID0(asks)
{
	kdefer(ask, NULL);
}

static void return_and_ask(void *arg)
{
	asks();
	ask(arg);
}

static void ask_and_return(void *arg)
{
	ask(arg);
	asks();
}

static KDEFER_DEFINE_VOID1(asks_on_way_out, int, err)
{
	kdefer(ask, NULL);
	kdefer_on_failure(ask, NULL);
	kdefer(return_and_ask, NULL);
	kdefer(ask_and_return, NULL);
	if (err > 0)
		kgoexit(err);
	if (err)
		kpanic(err);
}

static KDEFER_DEFINE1(int, asks_and_recovers, int, err)
{
	kdefer(ask, NULL);
	kdefer_recover_result();
	kdefer(ask, NULL);
	asks_on_way_out(err);
	return 0;
}

static long asks_in_run(void *err)
{
	return asks_and_recovers((long)err);
}

/*
 * D25: each way out has a name; a function that returns while a panic runs the deferred call which
 * has called it just returns.
 */
static void failure_asks(struct kunit *test)
{
	/* Where nothing is deferred it is as good as a return. */
	KUNIT_EXPECT_EQ(test, kdefer_why(), KDEFER_ON_RETURN);
	klog_begin();
	asks_in_run(NULL);
	KLOG_EXPECT(test, "r r r r r r r");
	klog_begin();
	kdefer_run(asks_in_run, (void *)-EIO, NULL);
	KLOG_EXPECT(test, "p r r p p p p r");
	klog_begin();
	kdefer_run(asks_in_run, (void *)7, NULL);
	KLOG_EXPECT(test, "g r r g g g g g");
}

/* Defers itself, and asks after that. */
static KDEFER_DEFINE_VOID1(defers_and_asks, void *, n)
{
	long i;

	for (i = 0; i < (long)n; i++)
		kdefer(klog_step, ".");
	ask(NULL);
	kdefer(ask, NULL);
}

static noinline KDEFER_DEFINE_VOID1(goes_deeper, long, err)
{
	kdefer(defers_and_asks, (void *)3L);
	kdefer(defers_and_asks, (void *)1L);
	if (err > 0)
		kgoexit(err);
	kpanic(err);
}

static KDEFER_DEFINE1(long, asks_after_others, void *, err)
{
	kdefer(defers_and_asks, (void *)2L);
	/* More than there is room for without further memory. */
	kdefer(defers_and_asks, (void *)100L);
	kdefer(defers_and_asks, (void *)100L);
	goes_deeper((long)err);
	return 0;
}

#define TEN	" . . . . . . . . . ."
#define HUNDRED	TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN

/* D25: what was called before, and where, makes no difference. */
static void failure_asks_after_others(struct kunit *test)
{
	klog_begin();
	kdefer_run(asks_after_others, (void *)-EIO, NULL);
	KLOG_EXPECT(test, "p r . p r . . . p r" HUNDRED " p r" HUNDRED " p r . .");
	klog_begin();
	kdefer_run(asks_after_others, (void *)7, NULL);
	KLOG_EXPECT(test, "g r . g r . . . g r" HUNDRED " g r" HUNDRED " g r . .");
}

static KDEFER_DEFINE1(long, fails_by_goexit, void *, arg)
{
	kdefer_on_failure(klog_step, "undo");
	kgoexit(7);
}

static void failure_goexit(struct kunit *test)
{
	klog_begin();
	KUNIT_EXPECT_EQ(test, kdefer_run(fails_by_goexit, NULL, NULL), 7L);
	KLOG_EXPECT(test, "undo");
}

static void set_int(void *result, enum kdefer_why why)
{
	*(int *)result = why == KDEFER_ON_RETURN ? -EAGAIN : 0;
}

static KDEFER_DEFINE0(int, result_changes)
{
	kdefer_on_failure(klog_step, "outer");
	kdefer(set_int, &kdefer_result);
	kdefer_on_failure(klog_step, "inner");
	return 0;
}

/* D25: it is the result by its turn that counts, not the one that was returned. */
static void failure_result_changes(struct kunit *test)
{
	klog_begin();
	KUNIT_EXPECT_EQ(test, result_changes(), -EAGAIN);
	KLOG_EXPECT(test, "outer");
}

static KDEFER_DEFINE1(int, recovers_above, int, result)
{
	kdefer_result = result;
	kdefer_on_failure(klog_step, "older");
	kdefer(klog_recover, "recovered");
	kdefer_on_failure(klog_step, "newer");
	kpanic(-EIO);
}

/* D25: behind a recovery the function returns, and its result says what that is. */
static void failure_recovered(struct kunit *test)
{
	klog_begin();
	KUNIT_EXPECT_EQ(test, recovers_above(-ENODEV), -ENODEV);
	KUNIT_EXPECT_EQ(test, recovers_above(1), 1);
	KLOG_EXPECT(test, "newer recovered=-5 older newer recovered=-5");
}

static void log_why(void *what, enum kdefer_why why)
{
	static const char * const name[] = {
		[KDEFER_ON_RETURN] = "return",
		[KDEFER_ON_PANIC] = "panic",
		[KDEFER_ON_GOEXIT] = "goexit",
	};

	klog("%s:%s", (const char *)what, name[why]);
}

DEFINE_CLASS(word, const char *, klog("%s", _T), word, const char *word)

static KDEFER_DEFINE1(int, recovers_with_guard, int, result)
{
	kdefer_result = result;
	kdefer_on_failure(klog_step, "oldest");
	kdefer_class(word, guard)("guard");
	kdefer(log_why, "older");
	kdefer_on_failure(log_why, "undo");
	kdefer(klog_recover, "recovered");
	kdefer_on_failure(log_why, "newer");
	kpanic(-EIO);
}

/* While a guard is pending the panic's loop goes on for a function that returns. */
static void failure_recovered_with_guard(struct kunit *test)
{
	klog_begin();
	KUNIT_EXPECT_EQ(test, recovers_with_guard(-ENODEV), -ENODEV);
	KLOG_EXPECT(test, "newer:panic recovered=-5 undo:return older:return guard oldest");
	klog_begin();
	KUNIT_EXPECT_EQ(test, recovers_with_guard(0), 0);
	KLOG_EXPECT(test, "newer:panic recovered=-5 older:return guard");
}

static KDEFER_DEFINE1(int, recovers_itself, int, err)
{
	kdefer_result = -ENODEV;
	kdefer_on_failure(klog_recover, "recovered");
	if (err)
		kpanic(err);
	return 0;
}

/* R1, R8: what takes the panic may recover it. */
static void failure_recovers(struct kunit *test)
{
	klog_begin();
	KUNIT_EXPECT_EQ(test, recovers_itself(0), 0);
	KUNIT_EXPECT_EQ(test, recovers_itself(-EIO), -ENODEV);
	KLOG_EXPECT(test, "recovered=-5");
}

static KDEFER_DEFINE2(int, undoes_many, int, n, int, result)
{
	int i;

	for (i = 0; i < n; i++) {
		kdefer_on_failure(klog_number, KLOG_NR(i % 10));
		kdefer(log_why, i % 50 ? "" : "why");
	}
	return result;
}

/* D16: a pair may be parted by the end of a chunk; 1 to 3 records more or less move it there. */
static void failure_in_many_chunks(struct kunit *test)
{
	int n, i;

	for (n = 1; n < 200; n++) {
		klog_begin();
		undoes_many(n, 0);
		for (i = 0; i < 8; i++)
			KUNIT_EXPECT_NULL(test, strchr(klog_buffer.text, '0' + i));
	}
	klog_begin();
	undoes_many(4, -EIO);
	KLOG_EXPECT(test, ":return 3 :return 2 :return 1 why:return 0");
}

static KDEFER_DEFINE1(int, defers_without_room, int, records)
{
	kdefer_recover_result();
	use_up_records();
	__kdefer_frame->task->top -= records;
	kdefer_on_failure(klog_step, "undo");
	kdefer(log_why, "why");
	return -EAGAIN;
}

/* The first record, the second one, or neither is the last of its chunk. */
static void failure_at_end_of_chunk(struct kunit *test)
{
	int records;

	for (records = 0; records < 4; records++) {
		klog_begin();
		KUNIT_EXPECT_EQ(test, defers_without_room(records), -EAGAIN);
		KLOG_EXPECT(test, "why:return undo");
	}
}

static void panics_in_return(void *err, enum kdefer_why why)
{
	log_why("panics", why);
	kpanic((long)err);
}

static KDEFER_DEFINE2(int, panics_with_guard, bool, always, int, fill)
{
	kdefer_recover_result();
	kdefer_class(word, guard)("guard");
	kdefer_result = -EAGAIN;
	kdefer(log_why, "older");
	if (fill >= 0) {
		use_up_records();
		__kdefer_frame->task->top -= fill;
	}
	if (always)
		kdefer(panics_in_return, KLOG_NR(-EBUSY));
	else
		kdefer_on_failure(panics_in_return, KLOG_NR(-EBUSY));
	kdefer(klog_recover, "recovered");
	kpanic(-EIO);
}

/*
 * D12: a call that panics there runs once, wherever its two records are, and the new panic runs
 * what is left.
 */
static void failure_panics_with_guard(struct kunit *test)
{
	int fill, always;

	for (fill = -1; fill < 4; fill++) {
		for (always = 0; always < 2; always++) {
			klog_begin();
			KUNIT_EXPECT_EQ(test, panics_with_guard(always, fill), -EBUSY);
			KLOG_EXPECT(test, "recovered=-5 panics:return older:panic guard");
		}
	}
}

static KDEFER_DEFINE_VOID0(tells_return)
{
	kdefer(log_why, "inner");
}

static void returns_inside(void *arg, enum kdefer_why why)
{
	log_why("before", why);
	tells_return();
	log_why("after", why);
}

static KDEFER_DEFINE1(long, tells_why, void *, how)
{
	kdefer(returns_inside, NULL);
	kdefer(log_why, "outer");
	if (how == KLOG_NR(KDEFER_ON_PANIC))
		kpanic(-EIO);
	if (how == KLOG_NR(KDEFER_ON_GOEXIT))
		kgoexit(0);
	return 0;
}

/* D26: a function that a deferred call calls returns, whatever goes on around it. */
static void why_nested(struct kunit *test)
{
	klog_begin();
	kdefer_run(tells_why, KLOG_NR(KDEFER_ON_RETURN), NULL);
	KLOG_EXPECT(test, "outer:return before:return inner:return after:return");
	klog_begin();
	kdefer_run(tells_why, KLOG_NR(KDEFER_ON_PANIC), NULL);
	KLOG_EXPECT(test, "outer:panic before:panic inner:return after:panic");
	klog_begin();
	kdefer_run(tells_why, KLOG_NR(KDEFER_ON_GOEXIT), NULL);
	KLOG_EXPECT(test, "outer:goexit before:goexit inner:return after:goexit");
}

static KDEFER_DEFINE1(long, recovers_in_goexit, void *, arg)
{
	kdefer(log_why, "c");
	kdefer(klog_recover, "recovered");
	kdefer(log_why, "b");
	kdefer(klog_panic, KLOG_NR(-EIO));
	kdefer(log_why, "a");
	kgoexit(0);
}

/* D26, G5, G6: a panic during a goexit, and the goexit again when it is recovered. */
static void why_panic_in_goexit(struct kunit *test)
{
	klog_begin();
	kdefer_run(recovers_in_goexit, NULL, NULL);
	KLOG_EXPECT(test, "a:goexit b:panic recovered=-5 c:goexit");
}

static void panics_when_told(void *arg, enum kdefer_why why)
{
	klog("told");
	kpanic(-EBUSY);
}

static KDEFER_DEFINE1(int, panics_told, int, err)
{
	kdefer_recover_result();
	kdefer(log_why, "older");
	kdefer(panics_when_told, NULL);
	if (err)
		kpanic(err);
	return 0;
}

/* D12: once, also if it panics. */
static void why_panics(struct kunit *test)
{
	klog_begin();
	KUNIT_EXPECT_EQ(test, panics_told(0), -EBUSY);
	KUNIT_EXPECT_EQ(test, panics_told(-EIO), -EBUSY);
	KLOG_EXPECT(test, "told older:panic told older:panic");
}

static KDEFER_DEFINE1(int, null_functions, int, which)
{
	kdefer_recover_result();
	if (which == 0)
		kdefer((kdefer_why_fn)NULL, NULL);
	if (which == 1)
		kdefer_on_failure((kdefer_fn)NULL, NULL);
	if (which == 2)
		kdefer_on_failure(NULL, NULL);
	return which ? -EAGAIN : 0;
}

/* D8: a NULL function panics when it is run. */
static void failure_null_function(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, null_functions(0), -EFAULT);
	KUNIT_EXPECT_EQ(test, null_functions(1), -EFAULT);
	KUNIT_EXPECT_EQ(test, null_functions(2), -EFAULT);
}

static KDEFER_DEFINE1(int, frees, int, err)
{
	const char *kept, *freed;

	kdefer_recover_result();
	kept = kmalloc(16, GFP_KERNEL);
	kdefer(kfree, kept);
	freed = kmalloc(16, GFP_KERNEL);
	if (err < 0)
		kdefer_on_failure(kfree, freed);
	else
		kfree(freed);
	if (err == -EIO)
		kpanic(err);
	return err;
}

/* A function like kfree() is called with its own type on every way out; a sanitizer sees leaks. */
static void failure_kfree(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, frees(-EIO), -EIO);
	KUNIT_EXPECT_EQ(test, frees(-EAGAIN), -EAGAIN);
	KUNIT_EXPECT_EQ(test, frees(1), 1);
}

DEFINE_KDEFER2(undo_step, const char *, name, long, n, klog("%s=%ld", name, n))
DEFINE_KDEFER3(undo_last, const char *, name, short, n, u64, wide,
	       klog("%s=%d,%llu", name, n, (unsigned long long)wide))

static KDEFER_DEFINE2(int, undoes_with_arguments, int, err, bool, panic)
{
	const char *name = "first";
	short n = 7;

	kdefer_recover_result();
	kdefer_call_on_failure(undo_step, name, (long)n);
	name = "second";
	n = -1;
	kdefer_call_on_failure(undo_last, name, n, 1ULL << 40);
	kdefer_call(undo_step, "always", 0);
	if (panic)
		kpanic(err);
	return err;
}

/* D25: with several arguments, as they were when the call was deferred; a sanitizer sees leaks. */
static void failure_with_arguments(struct kunit *test)
{
	klog_begin();
	KUNIT_EXPECT_EQ(test, undoes_with_arguments(3, false), 3);
	KLOG_EXPECT(test, "always=0");
	klog_begin();
	KUNIT_EXPECT_EQ(test, undoes_with_arguments(-EIO, false), -EIO);
	KLOG_EXPECT(test, "always=0 second=-1,1099511627776 first=7");
	klog_begin();
	KUNIT_EXPECT_EQ(test, undoes_with_arguments(-EAGAIN, true), -EAGAIN);
	KLOG_EXPECT(test, "always=0 second=-1,1099511627776 first=7");
}

DEFINE_KDEFER2(undo_panics, int, err, int, unused, kpanic(err + unused))

static KDEFER_DEFINE1(int, undoes_and_panics, int, err)
{
	kdefer_recover_result();
	kdefer_call_on_failure(undo_panics, -EPIPE, 0);
	return err;
}

/* Its arguments are freed, whatever becomes of the function; a sanitizer sees leaks. */
static void failure_with_arguments_panics(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, undoes_and_panics(0), 0);
	KUNIT_EXPECT_EQ(test, undoes_and_panics(-EIO), -EPIPE);
}

static struct kunit_case kdefer_failure_cases[] = {
	KUNIT_CASE(failure_number),
	KUNIT_CASE(failure_pointer),
	KUNIT_CASE(failure_null),
	KUNIT_CASE(failure_panic),
	KUNIT_CASE(failure_goexit),
	KUNIT_CASE(failure_asks),
	KUNIT_CASE(failure_asks_after_others),
	KUNIT_CASE(failure_result_changes),
	KUNIT_CASE(failure_recovered),
	KUNIT_CASE(failure_recovered_with_guard),
	KUNIT_CASE(failure_recovers),
	KUNIT_CASE(failure_panics_with_guard),
	KUNIT_CASE(failure_in_many_chunks),
	KUNIT_CASE(failure_at_end_of_chunk),
	KUNIT_CASE(failure_null_function),
	KUNIT_CASE(failure_kfree),
	KUNIT_CASE(failure_with_arguments),
	KUNIT_CASE(failure_with_arguments_panics),
	KUNIT_CASE(why_nested),
	KUNIT_CASE(why_panic_in_goexit),
	KUNIT_CASE(why_panics),
	{ }
};

static struct kunit_suite kdefer_failure_suite = {
	.name = "kdefer_failure",
	.test_cases = kdefer_failure_cases,
};

kunit_test_suite(kdefer_failure_suite);

MODULE_LICENSE("GPL");
