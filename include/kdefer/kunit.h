/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * KUnit for cases that use kdefer: to be included in place of <kunit/test.h>.
 *
 * KUnit ends a case in the middle when a KUNIT_ASSERT_* fails, or with kunit_skip(): nothing of
 * what the case has deferred would run. Here that is a goexit, as FailNow() and SkipNow() of Go's
 * package testing are: the deferred calls run, newest first, and then KUnit ends the case. What is
 * in no KDEFER function ends as ever. In a thread that kdefer has started, which is not KUnit's, a
 * failed assertion ends that thread, and the case is marked as failed.
 *
 * Linux before 6.4 prints such a failure as one of an expectation, since there its report and the
 * end of the case are one function.
 */
#ifndef _KDEFER_KUNIT_H
#define _KDEFER_KUNIT_H

#include <kunit/test.h>
#include <kdefer/kdefer.h>

/* For __kdefer_goexit_by(). Does not return. */
static void __maybe_unused __kdefer_kunit_throw(void *try_catch)
{
	kunit_try_catch_throw(try_catch);
}

static inline void kdefer_kunit_end(struct kunit_try_catch *try_catch)
{
	const struct kdefer_goexit_end end = { .fn = __kdefer_kunit_throw, .arg = try_catch };

	__KDEFER_NORETURN(__kdefer_goexit_by(&end));
}

/* kunit_skip(), and with it whatever else ends a case. */
#define kunit_try_catch_throw(try_catch)	kdefer_kunit_end(try_catch)

/* 6.4 and later: a failed assertion, whose report was printed before. */
#define __kunit_abort(test)			kdefer_kunit_end(&(test)->try_catch)

/* Before: the report, and if it is of an assertion the end. */
#define kunit_do_failed_assertion(test, loc, type, ...)				\
do {										\
	(kunit_do_failed_assertion)(test, loc, KUNIT_EXPECTATION, __VA_ARGS__);	\
	if ((type) == KUNIT_ASSERTION)						\
		kdefer_kunit_end(&(test)->try_catch);				\
} while (0)

#endif /* _KDEFER_KUNIT_H */
