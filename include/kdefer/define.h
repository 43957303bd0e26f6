/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * KDEFER_DEFINEn and KDEFER_DEFINE_VOIDn.
 *
 * Each makes three functions: the wrapper, which has the name and type that the user asked for and
 * owns the frame; the body, which is what the user wrote; and a thunk between them, into which the
 * body is inlined, because the architecture's call passes one pointer. The user's locals live in
 * the thunk, which is simply abandoned when a recovery returns to the wrapper: nothing needs to be
 * volatile.
 */
#ifndef _KDEFER_DEFINE_H
#define _KDEFER_DEFINE_H

#include <kdefer/frame.h>
#include <kdefer/local.h>

struct kdefer_guarded;

/*
 * __KDEFER_MAP(n, m, x, t, a, t, a, ...) is m(x, t, a) m(x, t, a) ... for the n pairs, much as
 * __MAP() of <linux/syscalls.h>. __KDEFER_LIST() gives the first pair to a macro of its own, and
 * says what stands for no pair at all. @x is a struct of __KDEFER_TYPES().
 */
#define __KDEFER_LIST0(f, m, none, ...)			none
#define __KDEFER_LIST1(f, m, none, x, t, a)		f(x, t, a)
#define __KDEFER_LIST2(f, m, none, x, t, a, ...)					\
	f(x, t, a) __KDEFER_LIST1(m, m, , x, ##__VA_ARGS__)
#define __KDEFER_LIST3(f, m, none, x, t, a, ...)					\
	f(x, t, a) __KDEFER_LIST2(m, m, , x, ##__VA_ARGS__)
#define __KDEFER_LIST4(f, m, none, x, t, a, ...)					\
	f(x, t, a) __KDEFER_LIST3(m, m, , x, ##__VA_ARGS__)
#define __KDEFER_LIST5(f, m, none, x, t, a, ...)					\
	f(x, t, a) __KDEFER_LIST4(m, m, , x, ##__VA_ARGS__)
#define __KDEFER_LIST6(f, m, none, x, t, a, ...)					\
	f(x, t, a) __KDEFER_LIST5(m, m, , x, ##__VA_ARGS__)
#define __KDEFER_LIST7(f, m, none, x, t, a, ...)					\
	f(x, t, a) __KDEFER_LIST6(m, m, , x, ##__VA_ARGS__)
#define __KDEFER_LIST8(f, m, none, x, t, a, ...)					\
	f(x, t, a) __KDEFER_LIST7(m, m, , x, ##__VA_ARGS__)
#define __KDEFER_LIST(n, f, m, none, x, ...)	__KDEFER_LIST##n(f, m, none, x, ##__VA_ARGS__)
#define __KDEFER_MAP(n, m, x, ...)		__KDEFER_LIST(n, m, m, , x, ##__VA_ARGS__)

/*
 * The types of a function, as the fields of a struct that point to them: so each is written down
 * once, and one that is not declared is one error, and not one for each use.
 */
#define __KDEFER_TYPES(name)		struct __kdefer_types_##name
#define __KDEFER_POINTER(x, t, a)	__typeof__(t) *a;

/* A parameter's type, and what it is as a value: without const, a pointer if it is an array. */
#define __KDEFER_TYPE(x, a)		__typeof__(*((x *)NULL)->a)
#define __KDEFER_VALUE(x, a)		__typeof__(((void)0, *((x *)NULL)->a))

/* What becomes of a pair: a parameter, one after others, a field, its initialiser, an argument. */
#define __KDEFER_DECL(x, t, a)		__KDEFER_TYPE(x, a) a
#define __KDEFER_PARAM(x, t, a)		, __KDEFER_TYPE(x, a) a
#define __KDEFER_FIELD(x, t, a)		__KDEFER_VALUE(x, a) a;
#define __KDEFER_STORE(x, t, a)		__kdefer_args.a = a;
#define __KDEFER_PASS(x, t, a)		, __args->a
#define __KDEFER_GIVE(x, t, a)		, a
#define __KDEFER_NAME(x, t, a)		a

#define __KDEFER_PROTO(n, x, ...)							\
	__KDEFER_LIST(n, __KDEFER_DECL, __KDEFER_PARAM, void, x, ##__VA_ARGS__)

#define __KDEFER_NAMES(n, x, ...)							\
	__KDEFER_LIST(n, __KDEFER_NAME, __KDEFER_GIVE, , x, ##__VA_ARGS__)

/*
 * The type of the result. Where it is void, which is an error that is said elsewhere, an int stands
 * for its value, and nothing else is wrong with it.
 */
#define __KDEFER_RESULT(x)		__KDEFER_TYPE(x, __kdefer_ret)
#define __KDEFER_IS_VOID(x)		__builtin_types_compatible_p(__KDEFER_RESULT(x), void)
#define __KDEFER_RESULT_VALUE(x)							\
	__typeof__(((void)0, __builtin_choose_expr(__KDEFER_IS_VOID(x), 0,		\
						   *((x *)NULL)->__kdefer_ret)))
#define __KDEFER_RESULT_OF(x, call)							\
	__builtin_choose_expr(__KDEFER_IS_VOID(x), ((call), 0), call)
#define __KDEFER_RETURN(x, value)							\
	return __builtin_choose_expr(__KDEFER_IS_VOID(x), (void)0, value)

/* The zero of its type, be it a struct or a number. */
#define __KDEFER_ZERO(x)								\
	((struct { __KDEFER_RESULT_VALUE(x) __kdefer_zero; }){ }.__kdefer_zero)

/* A name with an array's bounds would name one element of it. */
#define __KDEFER_CHECK_NAME(x, t, a)							\
	_Static_assert(sizeof(struct { char a; }) == 1,					\
		       "a parameter is a type and a name, as in int *, table");

/* How many arguments there are, from 1 to 18: two pairs more than a function may have. */
#define __KDEFER_COUNT(...)								\
	__KDEFER_COUNT_(__VA_ARGS__, 18, 17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3,	\
			2, 1)
#define __KDEFER_COUNT_(_18, _17, _16, _15, _14, _13, _12, _11, _10, _9, _8, _7, _6, _5, _4,	\
			_3, _2, _1, n, ...) n

#define __KDEFER_IN_PAIRS								\
	"a KDEFER function is its result's type, its name, and pairs of type and name, with "	\
	"commas between all of them; without a result it is KDEFER_DEFINE_VOID"

/*
 * A function is made with the parameters that there are, whatever the number in the macro's name:
 * so a wrong one is one error, and not one for each use of a parameter. @others is how many
 * arguments are no pairs, @n the number in the name.
 */
#define __KDEFER_CHECK_COUNT(others, n, count)						\
	_Static_assert(((count) - (others)) % 2 == 0, __KDEFER_IN_PAIRS);			\
	_Static_assert(((count) - (others)) % 2 || ((count) - (others)) / 2 <= 6,	\
		       "a KDEFER function has 6 parameters at most; hand over others in a "	\
		       "struct");								\
	_Static_assert(((count) - (others)) % 2 || ((count) - (others)) / 2 == (n) ||	\
		       (count) - (others) > 2 * 6,					\
		       "the number in the macro's name is how many pairs of type and name follow");

/*
 * The first declaration takes a leading "static" or attribute from the line of use; the definition
 * below inherits the linkage from it.
 */
#define __KDEFER_DEFINE(n, ...)								\
	__KDEFER_DEFINE_COUNTED(n, __KDEFER_COUNT(__VA_ARGS__), __VA_ARGS__)
#define __KDEFER_DEFINE_COUNTED(n, count, ...)	__KDEFER_DEFINE_BY_COUNT(n, count, __VA_ARGS__)
#define __KDEFER_DEFINE_BY_COUNT(n, count, ...)						\
	__KDEFER_DEFINE_OF_##count(__KDEFER_CHECK_COUNT(2, n, count), __VA_ARGS__)

/*
 * Where the number is odd the result's type is missing, or a comma between the type and the name of
 * a parameter: the latter if what stands first is a type by the look of it.
 */
#define __KDEFER_DEFINE_OF_1(check, ...)	__KDEFER_DEFINE_PAIRS(check, 0, int, __VA_ARGS__)
#define __KDEFER_DEFINE_OF_2(check, ...)	__KDEFER_DEFINE_PAIRS(check, 0, __VA_ARGS__)
#define __KDEFER_DEFINE_OF_3(check, first, ...)					\
	__KDEFER_DEFINE_ODD(__KDEFER_IS_TYPE_##first, 1, check, first, __VA_ARGS__)
#define __KDEFER_DEFINE_OF_4(check, ...)	__KDEFER_DEFINE_EVEN(1, check, __VA_ARGS__)
#define __KDEFER_DEFINE_OF_5(check, first, ...)					\
	__KDEFER_DEFINE_ODD(__KDEFER_IS_TYPE_##first, 2, check, first, __VA_ARGS__)
#define __KDEFER_DEFINE_OF_6(check, ...)	__KDEFER_DEFINE_EVEN(2, check, __VA_ARGS__)
#define __KDEFER_DEFINE_OF_7(check, first, ...)					\
	__KDEFER_DEFINE_ODD(__KDEFER_IS_TYPE_##first, 3, check, first, __VA_ARGS__)
#define __KDEFER_DEFINE_OF_8(check, ...)	__KDEFER_DEFINE_EVEN(3, check, __VA_ARGS__)
#define __KDEFER_DEFINE_OF_9(check, first, ...)					\
	__KDEFER_DEFINE_ODD(__KDEFER_IS_TYPE_##first, 4, check, first, __VA_ARGS__)
#define __KDEFER_DEFINE_OF_10(check, ...)	__KDEFER_DEFINE_EVEN(4, check, __VA_ARGS__)
#define __KDEFER_DEFINE_OF_11(check, first, ...)					\
	__KDEFER_DEFINE_ODD(__KDEFER_IS_TYPE_##first, 5, check, first, __VA_ARGS__)
#define __KDEFER_DEFINE_OF_12(check, ...)	__KDEFER_DEFINE_EVEN(5, check, __VA_ARGS__)
#define __KDEFER_DEFINE_OF_13(check, first, ...)					\
	__KDEFER_DEFINE_ODD(__KDEFER_IS_TYPE_##first, 6, check, first, __VA_ARGS__)
#define __KDEFER_DEFINE_OF_14(check, ...)	__KDEFER_DEFINE_EVEN(6, check, __VA_ARGS__)
#define __KDEFER_DEFINE_OF_15(check, first, ...)					\
	__KDEFER_DEFINE_ODD(__KDEFER_IS_TYPE_##first, 7, check, first, __VA_ARGS__)
#define __KDEFER_DEFINE_OF_16(check, ...)	__KDEFER_DEFINE_EVEN(7, check, __VA_ARGS__)
#define __KDEFER_DEFINE_OF_17(check, first, ...)					\
	__KDEFER_DEFINE_ODD(__KDEFER_IS_TYPE_##first, 8, check, first, __VA_ARGS__)
#define __KDEFER_DEFINE_OF_18(check, ...)	__KDEFER_DEFINE_EVEN(8, check, __VA_ARGS__)

#define __KDEFER_DEFINE_ODD(probe, n, ...)						\
	__KDEFER_CHOOSE(__KDEFER_DEFINE_ODD_, __KDEFER_SECOND(probe, 0, 0))(n, __VA_ARGS__)
#define __KDEFER_DEFINE_ODD_0(n, check, ...)	__KDEFER_DEFINE_PAIRS(check, n, int, __VA_ARGS__)
#define __KDEFER_DEFINE_ODD_1(n, check, R, name, ...)					\
	__KDEFER_DEFINE_PLAIN(check, R, name, __VA_ARGS__)

/* Where the number is even the commas are missing in all parameters, or in none. */
#define __KDEFER_DEFINE_EVEN(n, check, R, name, t, a, ...)				\
	__KDEFER_CHOOSE(__KDEFER_DEFINE_EVEN_, __KDEFER_ARE_PLAIN(t, a))		\
		(n, check, R, name, t, a, ##__VA_ARGS__)
#define __KDEFER_DEFINE_EVEN_0(n, check, ...)	__KDEFER_DEFINE_PAIRS(check, n, __VA_ARGS__)
#define __KDEFER_DEFINE_EVEN_1(n, check, ...)						\
	__KDEFER_DEFINE_PLAIN(_Static_assert(0, __KDEFER_IN_PAIRS);, __VA_ARGS__)

/* For the error: a function with its parameters as in plain C, and nothing else wrong with it. */
#define __KDEFER_DEFINE_PLAIN(check, R, name, ...)					\
	R name(__VA_ARGS__);								\
	check										\
	static __maybe_unused R								\
	__kdefer_body_##name(__maybe_unused struct kdefer_frame *__kdefer_frame,	\
			     __maybe_unused struct kdefer_task *__kdefer_task,		\
			     __maybe_unused bool *__kdefer_may_recover,			\
			     __maybe_unused struct kdefer_guarded *__kdefer_guarded,	\
			     __maybe_unused __typeof__(R) *__kdefer_result, __VA_ARGS__)

/* How types begin: what a name never begins with has a second argument, which is 1. */
#define __KDEFER_SECOND(_1, _2, ...)	_2
#define __KDEFER_CHOOSE(m, which)	__KDEFER_CHOOSE_(m, which)
#define __KDEFER_CHOOSE_(m, which)	m##which
#define __KDEFER_IS_TYPE_const	, 1,
#define __KDEFER_IS_TYPE_struct	, 1,
#define __KDEFER_IS_TYPE_union	, 1,
#define __KDEFER_IS_TYPE_enum	, 1,
#define __KDEFER_IS_TYPE_signed	, 1,
#define __KDEFER_IS_TYPE_unsigned	, 1,
#define __KDEFER_IS_TYPE_char	, 1,
#define __KDEFER_IS_TYPE_short	, 1,
#define __KDEFER_IS_TYPE_int	, 1,
#define __KDEFER_IS_TYPE_long	, 1,
#define __KDEFER_IS_TYPE_bool	, 1,
#define __KDEFER_IS_TYPE__Bool	, 1,
#define __KDEFER_IS_TYPE_void	, 1,
#define __KDEFER_IS_TYPE_u8	, 1,
#define __KDEFER_IS_TYPE_u16	, 1,
#define __KDEFER_IS_TYPE_u32	, 1,
#define __KDEFER_IS_TYPE_u64	, 1,
#define __KDEFER_IS_TYPE_s8	, 1,
#define __KDEFER_IS_TYPE_s16	, 1,
#define __KDEFER_IS_TYPE_s32	, 1,
#define __KDEFER_IS_TYPE_s64	, 1,
#define __KDEFER_IS_TYPE_size_t	, 1,
#define __KDEFER_IS_TYPE_ssize_t	, 1,
#define __KDEFER_IS_TYPE_loff_t	, 1,
#define __KDEFER_IS_TYPE_gfp_t	, 1,

/*
 * Whether the first two are parameters as in plain C, "int n" and "int m": then the second begins
 * as a type does. A name may begin with what cannot be pasted, such as the star in "int, *p", which
 * is not looked at if the first one is a type and nothing else.
 */
#define __KDEFER_ARE_PLAIN(t, a)							\
	__KDEFER_CHOOSE(__KDEFER_ARE_PLAIN_, __KDEFER_IS_BARE(__KDEFER_IS_TYPE_##t, 0, t))(a)
#define __KDEFER_ARE_PLAIN_1(a)			0
#define __KDEFER_ARE_PLAIN_0(a)			__KDEFER_BEGINS_TYPE(__KDEFER_IS_TYPE_##a)
#define __KDEFER_BEGINS_TYPE(probe)		__KDEFER_SECOND(probe, 0, 0)

/* What begins as a type has three arguments before the last two, and the third is the rest. */
#define __KDEFER_IS_BARE(probe, ...)		__KDEFER_IS_BARE_(probe, __VA_ARGS__)
#define __KDEFER_IS_BARE_(_1, _2, rest, ...)						\
	__KDEFER_THIRD(__KDEFER_COMMA rest (), 1, 0)
#define __KDEFER_THIRD(...)			__KDEFER_THIRD_(__VA_ARGS__)
#define __KDEFER_THIRD_(_1, _2, _3, ...)	_3
#define __KDEFER_COMMA(...)			,

#define __KDEFER_DEFINE_PAIRS(check, n, R, name, ...)					\
	__typeof__(*((__KDEFER_TYPES(name) {						\
		R *__kdefer_ret;							\
		__KDEFER_MAP(n, __KDEFER_POINTER, , ##__VA_ARGS__)			\
	} *)NULL)->__kdefer_ret)							\
	name(__KDEFER_PROTO(n, __KDEFER_TYPES(name), ##__VA_ARGS__));			\
	__KDEFER_DEFINE_TYPED(check, n, __KDEFER_TYPES(name),				\
			      __KDEFER_RESULT(__KDEFER_TYPES(name)), name, ##__VA_ARGS__)

#define __KDEFER_DEFINE_TYPED(check, n, x, R, name, ...)				\
	_Static_assert(!__KDEFER_IS_VOID(x),						\
		       "a function without a result is KDEFER_DEFINE_VOID");		\
	check										\
	__KDEFER_MAP(n, __KDEFER_CHECK_NAME, x, ##__VA_ARGS__)				\
	static bool __kdefer_may_recover_##name;					\
	struct __kdefer_args_##name {							\
		__KDEFER_RESULT_VALUE(x) __kdefer_ret;					\
		__KDEFER_MAP(n, __KDEFER_FIELD, x, ##__VA_ARGS__)			\
		struct kdefer_landing __kdefer_landing;					\
	};										\
	KDEFER_BODY R									\
	__kdefer_body_##name(struct kdefer_frame *__kdefer_frame,			\
			     struct kdefer_task *__kdefer_task,				\
			     bool *__kdefer_may_recover,				\
			     struct kdefer_guarded *__kdefer_guarded,			\
			     __KDEFER_RESULT_VALUE(x) *__kdefer_result			\
			     __KDEFER_MAP(n, __KDEFER_PARAM, x, ##__VA_ARGS__));	\
	KDEFER_PARTS_BEGIN								\
	static KDEFER_PART_OF(name) void __kdefer_thunk_##name(KDEFER_THUNK_PARAMS);	\
	static KDEFER_PART_OF(name) R							\
	__kdefer_landing_##name(__KDEFER_PROTO(n, x, ##__VA_ARGS__)) __asm__(#name ".landing");\
	static KDEFER_THUNK void							\
	__kdefer_thunk_##name(struct kdefer_regs *__regs, __maybe_unused void *__unused)	\
	{										\
		struct __kdefer_args_##name *__args;					\
											\
		KDEFER_THUNK_ARGS(__args, __regs);					\
		if (!kdefer_may_recover(__kdefer_may_recover_##name))			\
			return;								\
		__args->__kdefer_ret = __KDEFER_ZERO(x);				\
		__args->__kdefer_ret = __KDEFER_RESULT_OF(x,				\
			__kdefer_body_##name(&__args->__kdefer_landing.frame,		\
					     __args->__kdefer_landing.frame.task,	\
					     &__kdefer_may_recover_##name, NULL,	\
					     &__args->__kdefer_ret			\
					     __KDEFER_MAP(n, __KDEFER_PASS, x,		\
							  ##__VA_ARGS__)));		\
	}										\
	static KDEFER_LANDING R								\
	__kdefer_landing_##name(__KDEFER_PROTO(n, x, ##__VA_ARGS__))			\
	{										\
		struct __kdefer_args_##name __kdefer_args __uninitialized;		\
											\
		if (!kdefer_may_recover(__kdefer_may_recover_##name))			\
			__KDEFER_RETURN(x, __KDEFER_ZERO(x));				\
		__KDEFER_MAP(n, __KDEFER_STORE, x, ##__VA_ARGS__)			\
		kdefer_activate_landing(&__kdefer_args.__kdefer_landing, name,		\
					__kdefer_thunk_##name);				\
		__KDEFER_RETURN(x, __kdefer_args.__kdefer_ret);				\
	}										\
	KDEFER_PARTS_END								\
	KDEFER_WRAPPER R name(__KDEFER_PROTO(n, x, ##__VA_ARGS__))			\
	{										\
		struct kdefer_frame __kdefer_frame __uninitialized;			\
		__KDEFER_RESULT_VALUE(x) __kdefer_ret;					\
		struct kdefer_task *__kdefer_task;					\
											\
		if (kdefer_may_recover(__kdefer_may_recover_##name))			\
			return __kdefer_landing_##name(__KDEFER_NAMES(n, x, ##__VA_ARGS__));	\
		WRITE_ONCE(__kdefer_frame.ip, kdefer_here());				\
		__kdefer_task = kdefer_enter(&__kdefer_frame);				\
		__kdefer_ret = __KDEFER_ZERO(x);					\
		__kdefer_ret = __KDEFER_RESULT_OF(x,					\
			__kdefer_body_##name(&__kdefer_frame, __kdefer_task,		\
					     &__kdefer_may_recover_##name, NULL,	\
					     &__kdefer_ret				\
					     __KDEFER_MAP(n, __KDEFER_GIVE, x,		\
							  ##__VA_ARGS__)));		\
		kdefer_leave(&__kdefer_frame, __kdefer_task);				\
		__KDEFER_RETURN(x, __kdefer_ret);					\
	}										\
	KDEFER_WRAPPER_END								\
	KDEFER_BODY R									\
	__kdefer_body_##name(__maybe_unused struct kdefer_frame *__kdefer_frame,	\
			     __maybe_unused struct kdefer_task *__kdefer_task,		\
			     __maybe_unused bool *__kdefer_may_recover,			\
			     __maybe_unused struct kdefer_guarded *__kdefer_guarded,	\
			     __maybe_unused __KDEFER_RESULT_VALUE(x) *__kdefer_result	\
			     __KDEFER_MAP(n, __KDEFER_PARAM, x, ##__VA_ARGS__))

#define __KDEFER_DEFINE_VOID(n, ...)							\
	__KDEFER_DEFINE_VOID_COUNTED(n, __KDEFER_COUNT(__VA_ARGS__), __VA_ARGS__)
#define __KDEFER_DEFINE_VOID_COUNTED(n, count, ...)					\
	__KDEFER_DEFINE_VOID_BY_COUNT(n, count, __VA_ARGS__)
#define __KDEFER_DEFINE_VOID_BY_COUNT(n, count, ...)					\
	__KDEFER_DEFINE_VOID_OF_##count(__KDEFER_CHECK_COUNT(1, n, count), __VA_ARGS__)

/*
 * Where the number is even there is a result's type, or a comma is missing between the type and the
 * name of a parameter.
 */
#define __KDEFER_DEFINE_VOID_OF_1(check, ...)	__KDEFER_DEFINE_VOID_PAIRS(check, 0, __VA_ARGS__)
#define __KDEFER_DEFINE_VOID_OF_2(check, first, ...)					\
	__KDEFER_DEFINE_VOID_EVEN(__KDEFER_IS_TYPE_##first, 0, check, first, __VA_ARGS__)
#define __KDEFER_DEFINE_VOID_OF_3(check, ...)	__KDEFER_DEFINE_VOID_ODD(1, check, __VA_ARGS__)
#define __KDEFER_DEFINE_VOID_OF_4(check, first, ...)					\
	__KDEFER_DEFINE_VOID_EVEN(__KDEFER_IS_TYPE_##first, 1, check, first, __VA_ARGS__)
#define __KDEFER_DEFINE_VOID_OF_5(check, ...)	__KDEFER_DEFINE_VOID_ODD(2, check, __VA_ARGS__)
#define __KDEFER_DEFINE_VOID_OF_6(check, first, ...)					\
	__KDEFER_DEFINE_VOID_EVEN(__KDEFER_IS_TYPE_##first, 2, check, first, __VA_ARGS__)
#define __KDEFER_DEFINE_VOID_OF_7(check, ...)	__KDEFER_DEFINE_VOID_ODD(3, check, __VA_ARGS__)
#define __KDEFER_DEFINE_VOID_OF_8(check, first, ...)					\
	__KDEFER_DEFINE_VOID_EVEN(__KDEFER_IS_TYPE_##first, 3, check, first, __VA_ARGS__)
#define __KDEFER_DEFINE_VOID_OF_9(check, ...)	__KDEFER_DEFINE_VOID_ODD(4, check, __VA_ARGS__)
#define __KDEFER_DEFINE_VOID_OF_10(check, first, ...)					\
	__KDEFER_DEFINE_VOID_EVEN(__KDEFER_IS_TYPE_##first, 4, check, first, __VA_ARGS__)
#define __KDEFER_DEFINE_VOID_OF_11(check, ...)	__KDEFER_DEFINE_VOID_ODD(5, check, __VA_ARGS__)
#define __KDEFER_DEFINE_VOID_OF_12(check, first, ...)					\
	__KDEFER_DEFINE_VOID_EVEN(__KDEFER_IS_TYPE_##first, 5, check, first, __VA_ARGS__)
#define __KDEFER_DEFINE_VOID_OF_13(check, ...)	__KDEFER_DEFINE_VOID_ODD(6, check, __VA_ARGS__)
#define __KDEFER_DEFINE_VOID_OF_14(check, first, ...)					\
	__KDEFER_DEFINE_VOID_EVEN(__KDEFER_IS_TYPE_##first, 6, check, first, __VA_ARGS__)
#define __KDEFER_DEFINE_VOID_OF_15(check, ...)	__KDEFER_DEFINE_VOID_ODD(7, check, __VA_ARGS__)
#define __KDEFER_DEFINE_VOID_OF_16(check, first, ...)					\
	__KDEFER_DEFINE_VOID_EVEN(__KDEFER_IS_TYPE_##first, 7, check, first, __VA_ARGS__)
#define __KDEFER_DEFINE_VOID_OF_17(check, ...)	__KDEFER_DEFINE_VOID_ODD(8, check, __VA_ARGS__)
#define __KDEFER_DEFINE_VOID_OF_18(check, first, ...)					\
	__KDEFER_DEFINE_VOID_EVEN(__KDEFER_IS_TYPE_##first, 8, check, first, __VA_ARGS__)

#define __KDEFER_DEFINE_VOID_EVEN(probe, n, ...)					\
	__KDEFER_CHOOSE(__KDEFER_DEFINE_VOID_EVEN_,					\
			__KDEFER_SECOND(probe, 0, 0))(n, __VA_ARGS__)
#define __KDEFER_DEFINE_VOID_EVEN_1(n, check, R, ...)					\
	__KDEFER_DEFINE_VOID_PAIRS(check, n, __VA_ARGS__)
#define __KDEFER_DEFINE_VOID_EVEN_0(n, check, ...)					\
	__KDEFER_DEFINE_VOID_PLAIN(check, __VA_ARGS__)

#define __KDEFER_DEFINE_VOID_ODD(n, check, name, t, a, ...)				\
	__KDEFER_CHOOSE(__KDEFER_DEFINE_VOID_ODD_, __KDEFER_ARE_PLAIN(t, a))		\
		(n, check, name, t, a, ##__VA_ARGS__)
#define __KDEFER_DEFINE_VOID_ODD_0(n, check, ...)					\
	__KDEFER_DEFINE_VOID_PAIRS(check, n, __VA_ARGS__)
#define __KDEFER_DEFINE_VOID_ODD_1(n, check, ...)					\
	__KDEFER_DEFINE_VOID_PLAIN(_Static_assert(0, __KDEFER_IN_PAIRS);, __VA_ARGS__)

#define __KDEFER_DEFINE_VOID_PLAIN(check, name, ...)					\
	void name(__VA_ARGS__);								\
	check										\
	static __maybe_unused void							\
	__kdefer_body_##name(__maybe_unused struct kdefer_frame *__kdefer_frame,	\
			     __maybe_unused struct kdefer_task *__kdefer_task,		\
			     __maybe_unused bool *__kdefer_may_recover,			\
			     __maybe_unused struct kdefer_guarded *__kdefer_guarded,	\
			     __VA_ARGS__)

#define __KDEFER_DEFINE_VOID_PAIRS(check, n, name, ...)					\
	__typeof__(*((__KDEFER_TYPES(name) {						\
		void *__kdefer_ret;							\
		__KDEFER_MAP(n, __KDEFER_POINTER, , ##__VA_ARGS__)			\
	} *)NULL)->__kdefer_ret)							\
	name(__KDEFER_PROTO(n, __KDEFER_TYPES(name), ##__VA_ARGS__));			\
	__KDEFER_DEFINE_VOID_TYPED(check, n, __KDEFER_TYPES(name), name, ##__VA_ARGS__)

#define __KDEFER_DEFINE_VOID_TYPED(check, n, x, name, ...)				\
	check										\
	__KDEFER_MAP(n, __KDEFER_CHECK_NAME, x, ##__VA_ARGS__)				\
	static bool __kdefer_may_recover_##name;					\
	struct __kdefer_args_##name {							\
		__KDEFER_MAP(n, __KDEFER_FIELD, x, ##__VA_ARGS__)			\
		struct kdefer_landing __kdefer_landing;					\
	};										\
	KDEFER_BODY void								\
	__kdefer_body_##name(struct kdefer_frame *__kdefer_frame,			\
			     struct kdefer_task *__kdefer_task,				\
			     bool *__kdefer_may_recover,				\
			     struct kdefer_guarded *__kdefer_guarded			\
			     __KDEFER_MAP(n, __KDEFER_PARAM, x, ##__VA_ARGS__));	\
	KDEFER_PARTS_BEGIN								\
	static KDEFER_PART_OF(name) void __kdefer_thunk_##name(KDEFER_THUNK_PARAMS);	\
	static KDEFER_PART_OF(name) void						\
	__kdefer_landing_##name(__KDEFER_PROTO(n, x, ##__VA_ARGS__)) __asm__(#name ".landing");\
	static KDEFER_THUNK void							\
	__kdefer_thunk_##name(struct kdefer_regs *__regs, __maybe_unused void *__unused)	\
	{										\
		struct __kdefer_args_##name *__args;					\
											\
		KDEFER_THUNK_ARGS(__args, __regs);					\
		if (!kdefer_may_recover(__kdefer_may_recover_##name))			\
			return;								\
		__kdefer_body_##name(&__args->__kdefer_landing.frame,			\
				     __args->__kdefer_landing.frame.task,		\
				     &__kdefer_may_recover_##name, NULL			\
				     __KDEFER_MAP(n, __KDEFER_PASS, x, ##__VA_ARGS__));	\
	}										\
	static KDEFER_LANDING void							\
	__kdefer_landing_##name(__KDEFER_PROTO(n, x, ##__VA_ARGS__))			\
	{										\
		struct __kdefer_args_##name __kdefer_args __uninitialized;		\
											\
		if (!kdefer_may_recover(__kdefer_may_recover_##name))			\
			return;								\
		__KDEFER_MAP(n, __KDEFER_STORE, x, ##__VA_ARGS__)			\
		kdefer_activate_landing(&__kdefer_args.__kdefer_landing, name,		\
					__kdefer_thunk_##name);				\
	}										\
	KDEFER_PARTS_END								\
	KDEFER_WRAPPER void name(__KDEFER_PROTO(n, x, ##__VA_ARGS__))			\
	{										\
		struct kdefer_frame __kdefer_frame __uninitialized;			\
		struct kdefer_task *__kdefer_task;					\
											\
		if (kdefer_may_recover(__kdefer_may_recover_##name)) {			\
			__kdefer_landing_##name(__KDEFER_NAMES(n, x, ##__VA_ARGS__));	\
			return;								\
		}									\
		WRITE_ONCE(__kdefer_frame.ip, kdefer_here());				\
		__kdefer_task = kdefer_enter(&__kdefer_frame);				\
		__kdefer_body_##name(&__kdefer_frame, __kdefer_task,			\
				     &__kdefer_may_recover_##name, NULL			\
				     __KDEFER_MAP(n, __KDEFER_GIVE, x, ##__VA_ARGS__));	\
		kdefer_leave(&__kdefer_frame, __kdefer_task);				\
	}										\
	KDEFER_WRAPPER_END								\
	KDEFER_BODY void								\
	__kdefer_body_##name(__maybe_unused struct kdefer_frame *__kdefer_frame,	\
			     __maybe_unused struct kdefer_task *__kdefer_task,		\
			     __maybe_unused bool *__kdefer_may_recover,			\
			     __maybe_unused struct kdefer_guarded *__kdefer_guarded	\
			     __KDEFER_MAP(n, __KDEFER_PARAM, x, ##__VA_ARGS__))

/*
 * Where locals are looked for it is not inlined: they are told from those of its caller by the
 * stack pointer at the call. Nor is it with tables of what is pending where, or its own guards
 * would be taken for its caller's. That overrules an "inline" of the user's, which needs no
 * warning.
 */
#if defined(KDEFER_LOOKS_FOR_LOCALS) || defined(__EXCEPTIONS)
#define KDEFER_WRAPPER									\
	_Pragma("GCC diagnostic push") _Pragma("GCC diagnostic ignored \"-Wattributes\"") noinline
#define KDEFER_WRAPPER_END	_Pragma("GCC diagnostic pop")
#else
#define KDEFER_WRAPPER
#define KDEFER_WRAPPER_END
#endif

/*
 * Untraced, for the wrapper, which jumps here, is traced. It has no array, but the compiler would
 * guard its stack: an address is taken.
 */
#define KDEFER_LANDING	noinline notrace __noclone __no_stack_protector

/*
 * Untraced: a tracer that replaced the thunk's return address would spoil the saved context. It is
 * not cloned either, for it is called in two ways.
 */
#define KDEFER_THUNK	noinline notrace __noclone

/*
 * The thunk finds its function's arguments and frame by the registers that were saved beside them,
 * so that the function need not have their address as well. The thunk has the compiler forget how:
 * what lies far from the registers is near its own beginning, and shorter to name.
 */
#define KDEFER_THUNK_ARGS(args, saved)							\
do {											\
	(args) = container_of(saved, __typeof__(*(args)), __kdefer_landing.regs);	\
	OPTIMIZER_HIDE_VAR(args);							\
} while (0)

/* Inlined before the compiler asks what refers to which variable: see kdefer_may_recover(). */
#define KDEFER_BODY	static __always_inline

/*
 * A function that is marked __init or __exit lies in that section with all its parts. gcc copies
 * the attributes of the function, the section among them. The thunk is declared without parameters
 * there, since an attribute such as __printf() names one which the thunk does not have. clang
 * copies nothing: its parts lie where a reference to any section is allowed, and are not freed. To
 * sparse a declaration without parameters is of another function.
 */
#if defined(__KERNEL__) && !defined(__clang__) && !defined(__CHECKER__)
#define KDEFER_THUNK_PARAMS
#define KDEFER_PART_OF(name)	__copy(name)
#define KDEFER_PARTS_BEGIN								\
	_Pragma("GCC diagnostic push")							\
	_Pragma("GCC diagnostic ignored \"-Wattributes\"")				\
	_Pragma("GCC diagnostic ignored \"-Wstrict-prototypes\"")				\
	_Pragma("GCC diagnostic ignored \"-Wmissing-prototypes\"")
#define KDEFER_PARTS_END	_Pragma("GCC diagnostic pop")
#else
#define KDEFER_THUNK_PARAMS	struct kdefer_regs *regs, void *unused
#ifdef __KERNEL__
#define KDEFER_PART_OF(name)	__section(".ref.text")
#else
#define KDEFER_PART_OF(name)
#endif
#define KDEFER_PARTS_BEGIN
#define KDEFER_PARTS_END
#endif

/**
 * KDEFER_DEFINE - define a function that may defer and recover, with the parameters given
 * @R: return type
 * @name: name of the function
 * @...: up to six pairs of type and name
 *
 * As KDEFER_DEFINE0() to KDEFER_DEFINE6(), which also check that no pair was forgotten.
 *
 * Context: as KDEFER_DEFINE0().
 */
#define KDEFER_DEFINE(R, name, ...)							\
	__KDEFER_DEFINE((__KDEFER_COUNT(R, name, ##__VA_ARGS__) - 2) / 2,		\
			R, name, ##__VA_ARGS__)

/**
 * KDEFER_DEFINE_VOID - define a function without a result, with the parameters given
 * @name: name of the function
 * @...: up to six pairs of type and name
 *
 * As KDEFER_DEFINE_VOID0() to KDEFER_DEFINE_VOID6().
 *
 * Context: as KDEFER_DEFINE0().
 */
#define KDEFER_DEFINE_VOID(name, ...)							\
	__KDEFER_DEFINE_VOID((__KDEFER_COUNT(name, ##__VA_ARGS__) - 1) / 2,		\
			     name, ##__VA_ARGS__)

/**
 * KDEFER_DEFINE0 - define a function that may defer and recover
 * @R: return type
 * @name: name of the function
 *
 * Write the body after it, in braces: plain C, with plain return statements. KDEFER_DEFINE1 to
 * KDEFER_DEFINE6 take the parameters as further pairs of type and name. A leading ``static``
 * works, and so does ``static __init``. A type is anything that typeof() takes, and parameters
 * behave as in plain C: an array, such as a va_list is, or a function is a pointer inside.
 *
 * The function's deferred calls run when it returns, newest first, and when a panic or a goexit
 * passes through. A panic that one of them recovers makes the function return to its caller, with
 * the value of &kdefer_result at that time (rules R1, R12).
 *
 * Context: any task context, may be called with locks held; what it may do inside is up to its
 * deferred calls. In hard IRQ, soft IRQ or NMI context a call is a throw (rule K5).
 */
#define KDEFER_DEFINE0(R, name)		__KDEFER_DEFINE(0, R, name)
#define KDEFER_DEFINE1(...)	__KDEFER_DEFINE(1, __VA_ARGS__)
#define KDEFER_DEFINE2(...)	__KDEFER_DEFINE(2, __VA_ARGS__)
#define KDEFER_DEFINE3(...)	__KDEFER_DEFINE(3, __VA_ARGS__)
#define KDEFER_DEFINE4(...)	__KDEFER_DEFINE(4, __VA_ARGS__)
#define KDEFER_DEFINE5(...)	__KDEFER_DEFINE(5, __VA_ARGS__)
#define KDEFER_DEFINE6(...)	__KDEFER_DEFINE(6, __VA_ARGS__)
/* For the error. */
#define KDEFER_DEFINE7(...)	__KDEFER_DEFINE(7, __VA_ARGS__)
#define KDEFER_DEFINE8(...)	__KDEFER_DEFINE(8, __VA_ARGS__)

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
#define KDEFER_DEFINE_VOID1(...)	__KDEFER_DEFINE_VOID(1, __VA_ARGS__)
#define KDEFER_DEFINE_VOID2(...)	__KDEFER_DEFINE_VOID(2, __VA_ARGS__)
#define KDEFER_DEFINE_VOID3(...)	__KDEFER_DEFINE_VOID(3, __VA_ARGS__)
#define KDEFER_DEFINE_VOID4(...)	__KDEFER_DEFINE_VOID(4, __VA_ARGS__)
#define KDEFER_DEFINE_VOID5(...)	__KDEFER_DEFINE_VOID(5, __VA_ARGS__)
#define KDEFER_DEFINE_VOID6(...)	__KDEFER_DEFINE_VOID(6, __VA_ARGS__)
/* For the error. */
#define KDEFER_DEFINE_VOID7(...)	__KDEFER_DEFINE_VOID(7, __VA_ARGS__)
#define KDEFER_DEFINE_VOID8(...)	__KDEFER_DEFINE_VOID(8, __VA_ARGS__)

/*
 * What the names of a body's parameters are where there is no body: so that what uses them there,
 * or where there is no result, does not compile, and says why.
 */
extern struct kdefer_no_result {
	/* Without a member, it would be incomplete to sparse. */
	char none;
} __kdefer_result;
extern struct kdefer_frame *const __kdefer_frame;
extern struct kdefer_task *const __kdefer_task;
extern bool *const __kdefer_may_recover;
extern struct kdefer_guarded *__kdefer_guarded;

/* What the macros store their argument in, if that does not compile: so it is one error. */
extern const kdefer_fn __kdefer_function;
extern const int __kdefer_value;

#define __KDEFER_RESULT_PTR								\
	_Generic(__kdefer_result, struct kdefer_no_result: (char *)NULL,		\
		 default: __kdefer_result)

#define __KDEFER_RESULT_SIZE								\
	_Generic(__kdefer_result, struct kdefer_no_result: 0, default: sizeof(*__KDEFER_RESULT_PTR))

#define __KDEFER_CHECK_INSIDE								\
	_Static_assert(_Generic(&__kdefer_frame, struct kdefer_frame **: 1, default: 0),	\
		       "outside of a KDEFER function; KDEFER_DEFINE1() and its like make one")

#define __KDEFER_CHECK_FN(macro)							\
	_Static_assert(_Generic(__kdefer_function, kdefer_fn: 1, kdefer_token_fn: 1,	\
				kdefer_why_fn: 1, kdefer_const_fn: 1, void *: 1, default: 0),	\
		       macro "() takes a void (*)(void *), which may also take a struct "	\
		       "kdefer_panic * or an enum kdefer_why; DEFINE_KDEFER() makes one of "	\
		       "any other function")

/*
 * The value of @fn. To gcc a call that has none is three errors, and so it is 0 there. clang counts
 * what is not declared each time that it stands there, and a call without a value once.
 */
#if defined(__clang__) || defined(__CHECKER__)
#define __KDEFER_FUNCTION(fn)	((void)0, (fn))
#else
#define __KDEFER_FUNCTION(fn)								\
	_Generic((__typeof__(((void)0, (fn))) *)NULL, void *: 0, default: ((void)0, (fn)))
#endif

/* How an argument is stored until it is pushed: a function that takes const may be given const. */
#define __KDEFER_ARGUMENT								\
	__typeof__(_Generic(__kdefer_function, kdefer_const_fn: (const void *)NULL,	\
			    default: (void *)NULL))

/* Calls macro @m if one argument follows @fn, and else says that one should. */
#define __KDEFER_WITH_ONE(m, macro, text, fn, ...)					\
	__KDEFER_IF_ONE(fn, ##__VA_ARGS__, _NOT, _NOT, _NOT, _NOT, _NOT, , _NOT, )	\
		(m, macro, text, fn, ##__VA_ARGS__)
#define __KDEFER_IF_ONE(_1, _2, _3, _4, _5, _6, _7, one, ...)	__KDEFER_APPLY##one
#define __KDEFER_APPLY(m, ...)	m(__VA_ARGS__)
#define __KDEFER_APPLY_NOT(m, macro, ...)						\
({											\
	_Static_assert(0, macro "() takes a function and the argument to call it with, "	\
		       "which may be NULL; see kdefer_call() for more of them");	\
})

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
 *	panic: p is the panic that is running @fn, NULL on return and on goexit. To be told why it
 *	is run, a function takes an enum kdefer_why in place of p. Functions such as kfree(), which
 *	take a pointer to const, do as they are.
 * @arg: its argument, evaluated now; not the address of a variable of the function's own, which is
 *	gone when @fn runs: that is warned of in user space, and in modules that define KDEFER_DEBUG
 *
 * Deferred calls run in last-in first-out order, each exactly once, on every way out. They belong
 * to the function, not to the block (rules D1 to D5, D19). NULL is accepted and panics when it is
 * run (rules D8, D10). The first calls of a thread need no memory. When there is none for a further
 * one, the function panics with -ENOMEM, and @fn is the first that this panic runs (rule D23).
 *
 * Context: the body of a KDEFER function. Does not sleep. @fn runs in the context in which the
 * function ends.
 */
#define kdefer(fn, arg...)								\
	__KDEFER_WITH_ONE(__KDEFER_PUSH, "kdefer", "kdefer(" #fn ", " #arg ")", fn, ##arg)

#define __KDEFER_PUSH(macro, text, fn, arg)						\
({											\
	__KDEFER_CHECK_INSIDE;								\
	__auto_type __kdefer_function = __KDEFER_FUNCTION(fn);				\
	__KDEFER_CHECK_FN(macro);							\
	__KDEFER_ARGUMENT __kdefer_arg = (arg);						\
											\
	_Generic(__kdefer_function,							\
		 kdefer_fn: kdefer_push,						\
		 kdefer_token_fn: kdefer_push_token,					\
		 kdefer_why_fn: kdefer_push_why,					\
		 kdefer_const_fn: kdefer_push_const,					\
		 default: kdefer_push_nil)(__kdefer_frame, __kdefer_task,		\
					   __kdefer_may_recover, __kdefer_function,	\
					   __kdefer_arg);				\
	__KDEFER_CHECK_LOCAL(text, __kdefer_frame, __kdefer_arg);			\
})

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
