/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Between errors that are returned and errors that are raised, by the type of what is given.
 */
#ifndef _KDEFER_RESULT_H
#define _KDEFER_RESULT_H

#include <linux/compiler.h>
#include <linux/err.h>
#include <kdefer/define.h>

/* For kdefer(): each stores the errno of the panic that runs it as its type is to have it. */
void __kdefer_recover_int(void *result, struct kdefer_panic *p);
void __kdefer_recover_long(void *result, struct kdefer_panic *p);
void __kdefer_recover_llong(void *result, struct kdefer_panic *p);
void __kdefer_recover_ptr(void *result, struct kdefer_panic *p);
void __kdefer_recover_void(void *result, struct kdefer_panic *p);

/* What __builtin_classify_type() says of a pointer, for gcc and for clang; sparse has none. */
#ifndef __CHECKER__
#define __KDEFER_IS_POINTER(x)	(__builtin_classify_type(x) == 5)
#else
#define __KDEFER_IS_POINTER(x)	1
#endif

#define __KDEFER_RESULT_IS_POINTER	__KDEFER_IS_POINTER(*__KDEFER_RESULT_PTR)

/**
 * kdefer_recover_result - turn a panic into the result of the surrounding KDEFER function
 *
 * Defers a function that recovers a panic and makes &kdefer_value.err the result: as it is for int,
 * long, long long and what is another name of these (ssize_t, s64), by ERR_PTR() for a pointer. A
 * function without a result just returns. Other types, such as bool, short or those without a sign,
 * do not hold an errno: with them it does not compile.
 *
 * To be called first, so that it is run last: what the other deferred calls raise is a result then,
 * too. A goexit goes on.
 *
 * Context: the body of a KDEFER function.
 */
#define kdefer_recover_result()							\
do {										\
	_Static_assert(_Generic(__kdefer_result, struct kdefer_no_result: 1,	\
				int *: 1, long *: 1, long long *: 1,		\
				default: __KDEFER_RESULT_IS_POINTER),		\
		       "kdefer_recover_result(): the result cannot hold an errno; it has to "	\
		       "be int, long, long long or a pointer");				\
	kdefer(_Generic(__kdefer_result,					\
			struct kdefer_no_result: __kdefer_recover_void,		\
			int *: __kdefer_recover_int,				\
			long *: __kdefer_recover_long,				\
			long long *: __kdefer_recover_llong,			\
			default: __kdefer_recover_ptr), __KDEFER_RESULT_PTR);	\
} while (0)

/* For kdefer_on_failure(): whether a function that returns calls what it deferred so. */
void __kdefer_if_int_failed(void *result);
void __kdefer_if_long_failed(void *result);
void __kdefer_if_llong_failed(void *result);
void __kdefer_if_err(void *result);
void __kdefer_if_err_or_null(void *result);
void __kdefer_never(void *unused);

#define __KDEFER_PUSH_ON_FAILURE(macro, text, fn, arg, way_out)				\
({											\
	__KDEFER_CHECK_INSIDE;								\
	__auto_type __kdefer_function = __KDEFER_FUNCTION(fn);				\
	__KDEFER_CHECK_FN(macro);							\
	__KDEFER_ARGUMENT __kdefer_arg = (arg);						\
											\
	_Generic(__kdefer_function, kdefer_token_fn: kdefer_expect_recovery,		\
		 default: kdefer_expect_nothing)(__kdefer_may_recover);			\
	kdefer_push_on_failure(__kdefer_frame,						\
			       kdefer_fn_cast(kdefer_any_fn, __kdefer_function),	\
			       (void *)__kdefer_arg,					\
			       _Generic(__kdefer_function, kdefer_token_fn: KDEFER_TOKEN,	\
					kdefer_why_fn: KDEFER_WHY,			\
					kdefer_const_fn: KDEFER_CONST, default: 0),	\
			       way_out, __KDEFER_RESULT_PTR);				\
	__KDEFER_CHECK_LOCAL(text, __kdefer_frame, __kdefer_arg);			\
})

/**
 * kdefer_on_failure - call a function when the surrounding KDEFER function fails
 * @fn: as for kdefer()
 * @arg: its argument, as for kdefer()
 *
 * For what a function has to undo when it fails, and to keep when it succeeds: Zig's errdefer. In
 * its turn among the deferred calls, @fn is called if a panic or a goexit passes through, or if the
 * function returns and &kdefer_result is a failure by then: a negative number, or an ERR_PTR(); see
 * kdefer_on_failure_or_null() for NULL. A function without a result does not fail by returning. One
 * with a result that holds no errno, such as bool or a number without a sign, does not compile with
 * it.
 *
 * In Go, and by hand, it is a deferred function that looks at the named result and at a flag which
 * the last line sets: a panic and a goexit leave it out.
 *
 * Context: as kdefer(). Takes the room of two deferred calls.
 */
#define kdefer_on_failure(fn, arg...)							\
	__KDEFER_WITH_ONE(__KDEFER_ON_FAILURE, "kdefer_on_failure",			\
			  "kdefer_on_failure(" #fn ", " #arg ")", fn, ##arg)

#define __KDEFER_ON_FAILURE(macro, text, fn, arg)					\
do {											\
	_Static_assert(_Generic(__kdefer_result, struct kdefer_no_result: 1,		\
				int *: 1, long *: 1, long long *: 1,			\
				default: __KDEFER_RESULT_IS_POINTER),			\
		       "kdefer_on_failure(): the result cannot hold an errno; it has to "	\
		       "be int, long, long long or a pointer");				\
	__KDEFER_PUSH_ON_FAILURE(macro, text, fn, arg,					\
				 _Generic(__kdefer_result,				\
					  struct kdefer_no_result: __kdefer_never,	\
					  int *: __kdefer_if_int_failed,		\
					  long *: __kdefer_if_long_failed,		\
					  long long *: __kdefer_if_llong_failed,	\
					  default: __kdefer_if_err));			\
} while (0)

/**
 * kdefer_on_failure_or_null - call a function when the surrounding one fails, or returns NULL
 * @fn: as for kdefer()
 * @arg: its argument, as for kdefer()
 *
 * As kdefer_on_failure(), in a function that returns a pointer, whose NULL is a failure as well.
 *
 * Context: as kdefer_on_failure().
 */
#define kdefer_on_failure_or_null(fn, arg...)						\
	__KDEFER_WITH_ONE(__KDEFER_ON_FAILURE_OR_NULL, "kdefer_on_failure_or_null",	\
			  "kdefer_on_failure_or_null(" #fn ", " #arg ")", fn, ##arg)

#define __KDEFER_ON_FAILURE_OR_NULL(macro, text, fn, arg)				\
do {											\
	_Static_assert(__KDEFER_RESULT_IS_POINTER,					\
		       "kdefer_on_failure_or_null() is for functions that return a pointer");	\
	__KDEFER_PUSH_ON_FAILURE(macro, text, fn, arg, __kdefer_if_err_or_null);	\
} while (0)

/* What is a number here has a sign; the others are 0. */
#define __KDEFER_IS_NUMBER(x)							\
	_Generic((x), signed char: 1, char: 1, short: 1, int: 1, long: 1, long long: 1, default: 0)

#define __KDEFER_AS_LONG(x)							\
	((long)__builtin_choose_expr(__KDEFER_IS_NUMBER(x) || __KDEFER_IS_POINTER(x), (x), 0))

/* An address in the kernel is negative as a number; only ERR_PTR() is a failure. */
#define __KDEFER_HAS_FAILED(x)							\
	(__KDEFER_IS_POINTER(x) ? IS_ERR_VALUE(__KDEFER_AS_LONG(x)) : __KDEFER_AS_LONG(x) < 0)

/**
 * kdefer_check - raise an error that a function has returned
 * @expr: an expression, evaluated once: a number with a sign, or a pointer
 *
 * A negative number, or an ERR_PTR(), is raised as by kpanic(); NULL is no error. Numbers without a
 * sign, and other types, do not compile: they hold no errno. In place of a test and a return after
 * each call that may fail::
 *
 *	buf = kdefer_check(read_block(dev, nr));
 *
 * Context: as kpanic().
 * Return: the value of @expr, with its type.
 */
#define kdefer_check(expr)							\
({										\
	__auto_type __kdefer_value = (expr);					\
										\
	_Static_assert(__KDEFER_IS_NUMBER(__kdefer_value) ||			\
		       __KDEFER_IS_POINTER(__kdefer_value),			\
		       "kdefer_check() takes a number with a sign, or a pointer");	\
	if (unlikely(__KDEFER_HAS_FAILED(__kdefer_value)))			\
		kpanic(__KDEFER_AS_LONG(__kdefer_value));			\
	__kdefer_value;								\
})

#endif /* _KDEFER_RESULT_H */
