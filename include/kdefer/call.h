/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Deferred functions with two to four arguments of any type.
 */
#ifndef _KDEFER_CALL_H
#define _KDEFER_CALL_H

#include <linux/compiler.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <kdefer/define.h>

/*
 * A deferred call has room for one argument: the others are copied to memory that is freed before
 * the statement runs, which may panic.
 */
#define __KDEFER_CALL_TYPES(n, name, ...)						\
	struct __kdefer_call_##name {							\
		__KDEFER_MAP(n, __KDEFER_FIELD, __VA_ARGS__)				\
	};										\
	enum { __kdefer_call_nr_##name = (n) };
#define __KDEFER_CALL_PASS(t, a)	, __kdefer_args->a
#define __KDEFER_CALL_PASS_FIRST(t, a)	__kdefer_args->a
#define __KDEFER_CALL_FUNCTIONS(n, name, stmt, ...)					\
	static __maybe_unused void name(__KDEFER_PROTO(n, __VA_ARGS__))			\
	{										\
		stmt;									\
	}										\
	static __maybe_unused void							\
	__kdefer_call_now_##name(const struct __kdefer_call_##name *__kdefer_args)	\
	{										\
		name(__KDEFER_LIST(n, __KDEFER_CALL_PASS_FIRST, __KDEFER_CALL_PASS, ,	\
				   __VA_ARGS__));					\
	}										\
	static __maybe_unused void __kdefer_call_later_##name(void *__kdefer_args)	\
	{										\
		struct __kdefer_call_##name __kdefer_copy =				\
			*(struct __kdefer_call_##name *)__kdefer_args;			\
											\
		kfree(__kdefer_args);							\
		__kdefer_call_now_##name(&__kdefer_copy);				\
	}

/**
 * DEFINE_KDEFER2 - make a deferred function with two arguments from a statement
 * @name: name of the function, for kdefer_call()
 * @T1: type of the first argument
 * @a: its name in @stmt
 * @T2: type of the second argument
 * @b: its name in @stmt
 * @stmt: the statement
 *
 * As DEFINE_KDEFER(), which takes one argument; DEFINE_KDEFER3() and DEFINE_KDEFER4() take three
 * and four pairs of type and name::
 *
 *	DEFINE_KDEFER2(unmap, struct device *, dev, dma_addr_t, at, dma_unmap(dev, at))
 *	...
 *	kdefer_call(unmap, dev, at);
 */
#define DEFINE_KDEFER2(name, T1, a, T2, b, stmt)					\
	__KDEFER_CALL_TYPES(2, name, T1, a, T2, b)					\
	__KDEFER_CALL_FUNCTIONS(2, name, stmt, T1, a, T2, b)
#define DEFINE_KDEFER3(name, T1, a, T2, b, T3, c, stmt)					\
	__KDEFER_CALL_TYPES(3, name, T1, a, T2, b, T3, c)				\
	__KDEFER_CALL_FUNCTIONS(3, name, stmt, T1, a, T2, b, T3, c)
#define DEFINE_KDEFER4(name, T1, a, T2, b, T3, c, T4, d, stmt)				\
	__KDEFER_CALL_TYPES(4, name, T1, a, T2, b, T3, c, T4, d)			\
	__KDEFER_CALL_FUNCTIONS(4, name, stmt, T1, a, T2, b, T3, c, T4, d)

/**
 * kdefer_call - call a function of DEFINE_KDEFER2() to DEFINE_KDEFER4() at the function's end
 * @name: name of the function
 * @...: its arguments, evaluated and copied now
 *
 * As kdefer(). The arguments are copied to allocated memory: if there is none, the function is
 * called at once and -ENOMEM is raised, as kdefer() does (rule D23).
 *
 * Context: the body of a KDEFER function. Does not sleep.
 */
#define kdefer_call(name, ...)								\
do {											\
	struct __kdefer_call_##name __kdefer_now = { __VA_ARGS__ };			\
	void *__kdefer_args;								\
											\
	_Static_assert(__KDEFER_COUNT(__VA_ARGS__) == __kdefer_call_nr_##name,		\
		       "kdefer_call() takes as many arguments as the function was defined with"); \
	__kdefer_args = kmemdup(&__kdefer_now, sizeof(__kdefer_now),			\
				GFP_ATOMIC | __GFP_NOWARN);				\
	if (likely(__kdefer_args)) {							\
		kdefer(__kdefer_call_later_##name, __kdefer_args);			\
	} else {									\
		__kdefer_call_now_##name(&__kdefer_now);				\
		kpanic(-ENOMEM);							\
	}										\
} while (0)

#endif /* _KDEFER_CALL_H */
