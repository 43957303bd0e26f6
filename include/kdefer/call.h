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

/**
 * struct kdefer_copied - arguments that were copied, for kdefer_call()
 * @args: the copies
 * @once: calls the function with them, after it has freed them
 * @again: the same, and leaves them
 */
struct kdefer_copied {
	void *args;
	kdefer_fn once;
	kdefer_fn again;
};

/*
 * A deferred call has room for one argument: the others are copied to memory. That is freed before
 * the statement runs, which may panic.
 */
#define __KDEFER_CALL_INIT(x, t, a)		.a = a,
#define __KDEFER_CALL_PASS(x, t, a)		, __kdefer_args->a
#define __KDEFER_CALL_PASS_FIRST(x, t, a)	__kdefer_args->a
#define __KDEFER_CALL_FUNCTIONS(n, name, stmt, ...)					\
	__KDEFER_TYPES(name) {								\
		__KDEFER_MAP(n, __KDEFER_POINTER, , __VA_ARGS__)			\
	};										\
	__KDEFER_CALL_FUNCTIONS_TYPED(n, __KDEFER_TYPES(name), name, stmt, __VA_ARGS__)

#define __KDEFER_CALL_FUNCTIONS_TYPED(n, x, name, stmt, ...)				\
	struct __kdefer_call_##name {							\
		__KDEFER_MAP(n, __KDEFER_FIELD, x, __VA_ARGS__)				\
	};										\
	static __maybe_unused void name(__KDEFER_PROTO(n, x, __VA_ARGS__))		\
	{										\
		stmt;									\
	}										\
	static void __kdefer_call_again_##name(void *__kdefer_copy)			\
	{										\
		struct __kdefer_call_##name *__kdefer_args = __kdefer_copy;		\
											\
		name(__KDEFER_LIST(n, __KDEFER_CALL_PASS_FIRST, __KDEFER_CALL_PASS, ,	\
				   x, __VA_ARGS__));					\
	}										\
	static void __kdefer_call_once_##name(void *__kdefer_copy)			\
	{										\
		struct __kdefer_call_##name __kdefer_args =				\
			*(struct __kdefer_call_##name *)__kdefer_copy;			\
											\
		kfree(__kdefer_copy);							\
		__kdefer_call_again_##name(&__kdefer_args);				\
	}										\
	static __maybe_unused struct kdefer_copied					\
	__kdefer_call_##name(struct kdefer_site *__kdefer_site				\
			     __KDEFER_MAP(n, __KDEFER_PARAM, x, __VA_ARGS__))		\
	{										\
		struct __kdefer_call_##name __kdefer_args = {				\
			__KDEFER_MAP(n, __KDEFER_CALL_INIT, x, __VA_ARGS__)		\
		};									\
		struct kdefer_copied __kdefer_copied = {				\
			.args = kmemdup(&__kdefer_args, sizeof(__kdefer_args),		\
					GFP_ATOMIC | __GFP_NOWARN),			\
			.once = __kdefer_call_once_##name,				\
			.again = __kdefer_call_again_##name,				\
		};									\
											\
		if (unlikely(!__kdefer_copied.args)) {					\
			__kdefer_call_again_##name(&__kdefer_args);			\
			__KDEFER_NORETURN(__kdefer_panic(-ENOMEM, __kdefer_site));	\
		}									\
		return __kdefer_copied;							\
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
	__KDEFER_CALL_FUNCTIONS(2, name, stmt, T1, a, T2, b)
#define DEFINE_KDEFER3(name, T1, a, T2, b, T3, c, stmt)					\
	__KDEFER_CALL_FUNCTIONS(3, name, stmt, T1, a, T2, b, T3, c)
#define DEFINE_KDEFER4(name, T1, a, T2, b, T3, c, T4, d, stmt)				\
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
	struct kdefer_copied __kdefer_copied =						\
		__kdefer_call_##name(__KDEFER_SITE, __VA_ARGS__);			\
											\
	kdefer(__kdefer_copied.once, __kdefer_copied.args);				\
} while (0)

/**
 * kdefer_call_on_failure - call such a function when the surrounding KDEFER function fails
 * @name: name of the function
 * @...: its arguments, evaluated and copied now
 *
 * kdefer_call() for what a function keeps when it succeeds: when @name is called is as for
 * kdefer_on_failure().
 *
 * Context: as kdefer_call(). Takes the room of three deferred calls.
 */
#define kdefer_call_on_failure(name, ...)						\
do {											\
	struct kdefer_copied __kdefer_copied =						\
		__kdefer_call_##name(__KDEFER_SITE, __VA_ARGS__);			\
											\
	kdefer(kfree, __kdefer_copied.args);						\
	kdefer_on_failure(__kdefer_copied.again, __kdefer_copied.args);			\
} while (0)

#endif /* _KDEFER_CALL_H */
