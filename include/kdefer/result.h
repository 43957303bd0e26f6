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
		       "kdefer_recover_result(): the result cannot hold an errno; it has to be int, long, long long or a pointer"); \
	kdefer(_Generic(__kdefer_result,					\
			struct kdefer_no_result: __kdefer_recover_void,		\
			int *: __kdefer_recover_int,				\
			long *: __kdefer_recover_long,				\
			long long *: __kdefer_recover_llong,			\
			default: __kdefer_recover_ptr), __KDEFER_RESULT_PTR);	\
} while (0)

#endif /* _KDEFER_RESULT_H */
