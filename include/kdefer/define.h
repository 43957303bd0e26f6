/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * KDEFER_DEFINEn and KDEFER_DEFINE_VOIDn.
 *
 * Each makes three functions: the wrapper, which has the name and type that the user asked for and
 * owns the frame; the body, which is what the user wrote; and a thunk between them, because the
 * architecture's call passes one pointer. The user's locals live in the body, which is simply
 * abandoned when a recovery returns to the wrapper: nothing needs to be volatile.
 */
#ifndef _KDEFER_DEFINE_H
#define _KDEFER_DEFINE_H

#include <kdefer/frame.h>

struct kdefer_guarded;

/*
 * __KDEFER_MAP(n, m, t, a, t, a, ...) is m(t, a) m(t, a) ... for the first n pairs, as __MAP() of
 * <linux/syscalls.h>. __KDEFER_LIST() gives the first pair to a macro of its own, and says what
 * stands for no pair at all. A list that is too short is made up with pairs that nobody uses:
 * __KDEFER_DEFINE() complains of it, once.
 */
#define __KDEFER_LIST0(f, m, none, ...)		none
#define __KDEFER_LIST1(f, m, none, t, a, ...)	f(t, a)
#define __KDEFER_LIST2(f, m, none, t, a, ...)	f(t, a) __KDEFER_LIST1(m, m, , __VA_ARGS__)
#define __KDEFER_LIST3(f, m, none, t, a, ...)	f(t, a) __KDEFER_LIST2(m, m, , __VA_ARGS__)
#define __KDEFER_LIST4(f, m, none, t, a, ...)	f(t, a) __KDEFER_LIST3(m, m, , __VA_ARGS__)
#define __KDEFER_LIST5(f, m, none, t, a, ...)	f(t, a) __KDEFER_LIST4(m, m, , __VA_ARGS__)
#define __KDEFER_LIST6(f, m, none, t, a, ...)	f(t, a) __KDEFER_LIST5(m, m, , __VA_ARGS__)
#define __KDEFER_LIST(n, f, m, none, ...)						\
	__KDEFER_LIST##n(f, m, none, ##__VA_ARGS__, int, __kdefer_1, int, __kdefer_2,	\
			 int, __kdefer_3, int, __kdefer_4, int, __kdefer_5, int, __kdefer_6)
#define __KDEFER_MAP(n, m, ...)	__KDEFER_LIST(n, m, m, , ##__VA_ARGS__)

/* What becomes of a pair: a parameter, one after others, a field, its initialiser, an argument. */
#define __KDEFER_DECL(t, a)		t a
#define __KDEFER_PARAM(t, a)		, t a
#define __KDEFER_FIELD(t, a)		t a;
#define __KDEFER_INIT(t, a)		.a = a,
#define __KDEFER_PASS(t, a)		, __args->a

#define __KDEFER_PROTO(n, ...)								\
	__KDEFER_LIST(n, __KDEFER_DECL, __KDEFER_PARAM, void, ##__VA_ARGS__)

/* How many arguments there are, from 1 to 16: one pair more than a function may have. */
#define __KDEFER_COUNT(...)								\
	__KDEFER_COUNT_(__VA_ARGS__, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1)
#define __KDEFER_COUNT_(_16, _15, _14, _13, _12, _11, _10, _9, _8, _7, _6, _5, _4, _3, _2, _1,\
			n, ...) n

#define __KDEFER_WRONG_COUNT								\
	"the number in the macro's name is how many pairs of type and name follow"

/*
 * The first declaration takes a leading "static" or attribute from the line of use; the definition
 * below inherits the linkage from it.
 */
#define __KDEFER_DEFINE(n, ...)								\
	__KDEFER_DEFINE_COUNTED(n, __KDEFER_COUNT(__VA_ARGS__), __VA_ARGS__)
#define __KDEFER_DEFINE_COUNTED(n, count, R, name, ...)					\
	R name(__KDEFER_PROTO(n, ##__VA_ARGS__));					\
	_Static_assert((count) == 2 + 2 * (n),						\
		       "KDEFER_DEFINE" #n "(" #name "): " __KDEFER_WRONG_COUNT);	\
	struct __kdefer_args_##name {							\
		R __kdefer_ret;								\
		__KDEFER_MAP(n, __KDEFER_FIELD, ##__VA_ARGS__)				\
	};										\
	static R __kdefer_body_##name(struct kdefer_frame *__kdefer_frame,		\
				      struct kdefer_guarded *__kdefer_guarded,		\
				      R *__kdefer_result				\
				      __KDEFER_MAP(n, __KDEFER_PARAM, ##__VA_ARGS__));	\
	static KDEFER_THUNK void __kdefer_thunk_##name(struct kdefer_regs *__regs,	\
						       void *__p)			\
	{										\
		struct __kdefer_args_##name *__args = __p;				\
											\
		__args->__kdefer_ret =							\
			__kdefer_body_##name(kdefer_begin(__regs), NULL,		\
					     &__args->__kdefer_ret			\
					     __KDEFER_MAP(n, __KDEFER_PASS, ##__VA_ARGS__));\
	}										\
	R name(__KDEFER_PROTO(n, ##__VA_ARGS__))					\
	{										\
		struct __kdefer_args_##name __kdefer_args = {				\
			__KDEFER_MAP(n, __KDEFER_INIT, ##__VA_ARGS__)			\
		};									\
		struct kdefer_frame __kdefer_frame __uninitialized;			\
											\
		__kdefer_activate(&__kdefer_frame, __kdefer_thunk_##name,		\
				  &__kdefer_args);					\
		return __kdefer_args.__kdefer_ret;					\
	}										\
	static R __kdefer_body_##name(__maybe_unused struct kdefer_frame *__kdefer_frame,\
				      __maybe_unused struct kdefer_guarded *__kdefer_guarded,\
				      __maybe_unused R *__kdefer_result			\
				      __KDEFER_MAP(n, __KDEFER_PARAM, ##__VA_ARGS__))

#define __KDEFER_DEFINE_VOID(n, ...)							\
	__KDEFER_DEFINE_VOID_COUNTED(n, __KDEFER_COUNT(__VA_ARGS__), __VA_ARGS__)
#define __KDEFER_DEFINE_VOID_COUNTED(n, count, name, ...)				\
	void name(__KDEFER_PROTO(n, ##__VA_ARGS__));					\
	_Static_assert((count) == 1 + 2 * (n),						\
		       "KDEFER_DEFINE_VOID" #n "(" #name "): " __KDEFER_WRONG_COUNT);	\
	struct __kdefer_args_##name {							\
		__KDEFER_MAP(n, __KDEFER_FIELD, ##__VA_ARGS__)				\
	};										\
	static void __kdefer_body_##name(struct kdefer_frame *__kdefer_frame,		\
					 struct kdefer_guarded *__kdefer_guarded	\
					 __KDEFER_MAP(n, __KDEFER_PARAM, ##__VA_ARGS__));\
	static KDEFER_THUNK void __kdefer_thunk_##name(struct kdefer_regs *__regs,	\
						       void *__p)			\
	{										\
		__maybe_unused struct __kdefer_args_##name *__args = __p;		\
											\
		__kdefer_body_##name(kdefer_begin(__regs), NULL				\
				     __KDEFER_MAP(n, __KDEFER_PASS, ##__VA_ARGS__));	\
	}										\
	void name(__KDEFER_PROTO(n, ##__VA_ARGS__))					\
	{										\
		struct __kdefer_args_##name __kdefer_args = {				\
			__KDEFER_MAP(n, __KDEFER_INIT, ##__VA_ARGS__)			\
		};									\
		struct kdefer_frame __kdefer_frame __uninitialized;			\
											\
		__kdefer_activate(&__kdefer_frame, __kdefer_thunk_##name,		\
				  &__kdefer_args);					\
	}										\
	static void __kdefer_body_##name(__maybe_unused struct kdefer_frame *__kdefer_frame,\
					 __maybe_unused struct kdefer_guarded *__kdefer_guarded\
					 __KDEFER_MAP(n, __KDEFER_PARAM, ##__VA_ARGS__))

/* Untraced: a tracer that replaced the thunk's return address would spoil the saved context. */
#define KDEFER_THUNK	noinline notrace

/**
 * KDEFER_DEFINE0 - define a function that may defer and recover
 * @R: return type
 * @name: name of the function
 *
 * Write the body after it, in braces: plain C, with plain return statements. KDEFER_DEFINE1 to
 * KDEFER_DEFINE6 take the parameters as further pairs of type and name. A leading ``static``
 * works. A type that does not end where its name begins (an array, a function pointer) needs a
 * typedef.
 *
 * The function's deferred calls run when it returns, newest first, and when a panic or a goexit
 * passes through. A panic that one of them recovers makes the function return to its caller, with
 * the value of &kdefer_result at that time (rules R1, R12).
 *
 * Context: any task context, may be called with locks held; what it may do inside is up to its
 * deferred calls. In hard IRQ, soft IRQ or NMI context a call is a throw (rule K5).
 */
#define KDEFER_DEFINE0(R, name)		__KDEFER_DEFINE(0, R, name)
#define KDEFER_DEFINE1(R, name, ...)	__KDEFER_DEFINE(1, R, name, __VA_ARGS__)
#define KDEFER_DEFINE2(R, name, ...)	__KDEFER_DEFINE(2, R, name, __VA_ARGS__)
#define KDEFER_DEFINE3(R, name, ...)	__KDEFER_DEFINE(3, R, name, __VA_ARGS__)
#define KDEFER_DEFINE4(R, name, ...)	__KDEFER_DEFINE(4, R, name, __VA_ARGS__)
#define KDEFER_DEFINE5(R, name, ...)	__KDEFER_DEFINE(5, R, name, __VA_ARGS__)
#define KDEFER_DEFINE6(R, name, ...)	__KDEFER_DEFINE(6, R, name, __VA_ARGS__)

/**
 * KDEFER_DEFINE_VOID0 - define a function without a result that may defer and recover
 * @name: name of the function
 *
 * As KDEFER_DEFINE0(). With parameters (void *) or (void *, struct kdefer_panic *) the function
 * can itself be deferred.
 *
 * Context: as KDEFER_DEFINE0().
 */
#define KDEFER_DEFINE_VOID0(name)	__KDEFER_DEFINE_VOID(0, name)
#define KDEFER_DEFINE_VOID1(name, ...)	__KDEFER_DEFINE_VOID(1, name, __VA_ARGS__)
#define KDEFER_DEFINE_VOID2(name, ...)	__KDEFER_DEFINE_VOID(2, name, __VA_ARGS__)
#define KDEFER_DEFINE_VOID3(name, ...)	__KDEFER_DEFINE_VOID(3, name, __VA_ARGS__)
#define KDEFER_DEFINE_VOID4(name, ...)	__KDEFER_DEFINE_VOID(4, name, __VA_ARGS__)
#define KDEFER_DEFINE_VOID5(name, ...)	__KDEFER_DEFINE_VOID(5, name, __VA_ARGS__)
#define KDEFER_DEFINE_VOID6(name, ...)	__KDEFER_DEFINE_VOID(6, name, __VA_ARGS__)

/* The names inside a body, where there is none: what uses them does not compile, and says why. */
extern struct kdefer_no_result {
} __kdefer_result;

/**
 * kdefer_result - the result of the function whose body this stands in
 *
 * An lvalue of the function's return type, zero at entry: Go's named result. A return statement
 * sets it; deferred calls that were given its address may change it afterwards (rules D6, R12).
 */
#define kdefer_result	(*__kdefer_result)

/**
 * kdefer - call a function when the surrounding KDEFER function ends
 * @fn: void (*)(void *arg), or void (*)(void *arg, struct kdefer_panic *p) to see and stop a
 *	panic:
 *	p is the panic that is running @fn, NULL on return and on goexit
 * @arg: its argument, evaluated now
 *
 * Deferred calls run in last-in first-out order, each exactly once, on every way out. They belong
 * to the function, not to the block (rules D1 to D5, D19). NULL is accepted and panics when it is
 * run (rules D8, D10). The first calls of a function need no memory; if it takes more than there
 * is,
 * @fn is called at once and the function panics with -ENOMEM (rule D23).
 *
 * Context: the body of a KDEFER function. Does not sleep. @fn runs in the context in which the
 * function ends.
 */
#define kdefer(fn, arg)									\
	_Generic((fn),									\
		 kdefer_fn: kdefer_push,						\
		 kdefer_token_fn: kdefer_push_token,					\
		 void *: kdefer_push_nil)(__kdefer_frame, (fn), (arg))

/**
 * DEFINE_KDEFER - make a typed deferred function from a statement
 * @name: name of the function
 * @T: type of the argument, no larger than a pointer
 * @stmt: statement that uses the argument as ``_T``
 *
 * As DEFINE_FREE() of cleanup.h does::
 *
 *	DEFINE_KDEFER(put_buf, void *, kfree(_T))
 *	...
 *	kdefer(put_buf, buf);
 */
#define DEFINE_KDEFER(name, T, stmt)							\
	static void name(void *__arg)							\
	{										\
		T _T = (T)(unsigned long)__arg;						\
											\
		stmt;									\
	}

#endif /* _KDEFER_DEFINE_H */
