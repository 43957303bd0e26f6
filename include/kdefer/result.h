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

/* What __builtin_classify_type() says of a pointer, for gcc and for clang. */
#define __KDEFER_IS_POINTER(x)	(__builtin_classify_type(x) == 5)

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
