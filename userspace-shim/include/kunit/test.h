/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * KUnit as Linux 6.1 has it, for the user-space shim: the suites are the kernel's, unchanged.
 *
 * Every case runs in a kthread of its own; a failed assertion ends that kthread.
 */
#ifndef _KSHIM_KUNIT_TEST_H
#define _KSHIM_KUNIT_TEST_H

#include <linux/completion.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/types.h>

#define KUNIT_PARAM_DESC_SIZE 128
#define KUNIT_STATUS_COMMENT_SIZE 256
#define KUNIT_SUBTEST_INDENT "    "
#define KUNIT_SUBSUBTEST_INDENT "        "

struct kunit;

enum kunit_status {
	KUNIT_SUCCESS,
	KUNIT_FAILURE,
	KUNIT_SKIPPED,
};

typedef void (*kunit_try_catch_func_t)(void *context);

struct kunit_try_catch {
	struct kunit *test;
	struct completion *try_completion;
	int try_result;
	kunit_try_catch_func_t try;
	kunit_try_catch_func_t catch;
	void *context;
};

struct kunit_case {
	void (*run_case)(struct kunit *test);
	const char *name;
	const void *(*generate_params)(const void *prev, char *desc);
	enum kunit_status status;
};

struct kunit_suite {
	const char name[256];
	int (*suite_init)(struct kunit_suite *suite);
	void (*suite_exit)(struct kunit_suite *suite);
	int (*init)(struct kunit *test);
	void (*exit)(struct kunit *test);
	struct kunit_case *test_cases;
	int suite_init_err;
};

struct kunit {
	void *priv;
	const char *name;
	struct kunit_try_catch try_catch;
	const void *param_value;
	int param_index;
	spinlock_t lock;
	enum kunit_status status;
	struct list_head resources;
	char status_comment[KUNIT_STATUS_COMMENT_SIZE];
};

struct kunit_resource;

typedef void (*kunit_resource_free_t)(struct kunit_resource *res);
typedef int (*kunit_resource_init_t)(struct kunit_resource *res, void *context);
typedef bool (*kunit_resource_match_t)(struct kunit *test, struct kunit_resource *res,
				       void *match_data);

struct kunit_resource {
	void *data;
	const char *name;
	kunit_resource_free_t free;
	struct list_head node;
};

#define KUNIT_CASE(test_name) { .run_case = test_name, .name = #test_name }
#define KUNIT_CASE_PARAM(test_name, gen_params) \
	{ .run_case = test_name, .name = #test_name, .generate_params = gen_params }
#define KUNIT_CASE_SLOW(test_name) KUNIT_CASE(test_name)

#define KUNIT_ARRAY_PARAM(name, array, get_desc) \
static const void *name##_gen_params(const void *prev, char *desc) \
{ \
	__typeof__((array)[0]) *__next = \
		prev ? ((__typeof__(__next))prev) + 1 : (array); \
	void (*__get_desc)(__typeof__(__next), char *) = get_desc; \
	if (__next - (array) >= (ptrdiff_t)ARRAY_SIZE((array))) \
		return NULL; \
	if (__get_desc) \
		__get_desc(__next, desc); \
	return __next; \
}

void kshim_kunit_register(struct kunit_suite * const *suites, size_t nr);

#define __kshim_kunit_suites(unique, ...) \
static struct kunit_suite *__PASTE(unique, _suites)[] = { __VA_ARGS__ }; \
static void __attribute__((__constructor__)) __PASTE(unique, _register)(void) \
{ \
	kshim_kunit_register(__PASTE(unique, _suites), ARRAY_SIZE(__PASTE(unique, _suites))); \
}

#define kunit_test_suites(...) __kshim_kunit_suites(__UNIQUE_ID(kshim_kunit), __VA_ARGS__)
#define kunit_test_suite(suite) kunit_test_suites(&suite)

#define kunit_suite_for_each_test_case(suite, test_case) \
	for (test_case = (suite)->test_cases; test_case->run_case; test_case++)

/* One assertion in the source, and what its macro was given. */
enum kshim_kunit_kind {
	KSHIM_KUNIT_FAIL,
	KSHIM_KUNIT_BOOL,
	KSHIM_KUNIT_NOT_ERR,
	KSHIM_KUNIT_INT,
	KSHIM_KUNIT_PTR,
	KSHIM_KUNIT_STR,
	KSHIM_KUNIT_MEM,
};

struct kshim_kunit_site {
	enum kshim_kunit_kind kind;
	bool is_assert;
	const char *file;
	int line;
	const char *op;
	const char *left;
	const char *right;
};

void __printf(6, 7) kshim_kunit_failed(struct kunit *test, const struct kshim_kunit_site *site,
				       long long left, long long right, size_t size,
				       const char *fmt, ...);
void __noreturn kshim_kunit_throw(struct kunit_try_catch *try_catch);
void __printf(2, 3) kshim_kunit_log(const struct kunit *test, const char *fmt, ...);
void __printf(2, 3) kshim_kunit_mark_skipped(struct kunit *test, const char *fmt, ...);
void *kshim_kunit_kmalloc(struct kunit *test, size_t n, size_t size, gfp_t gfp);
void kshim_kunit_kfree(struct kunit *test, const void *ptr);
struct kunit_resource *kshim_kunit_add_resource(struct kunit *test, kunit_resource_init_t init,
						kunit_resource_free_t free, void *context);
struct kunit_resource *kshim_kunit_find_resource(struct kunit *test, kunit_resource_match_t match,
						 void *match_data);
int kshim_kunit_destroy_resource(struct kunit *test, kunit_resource_match_t match,
				 void *match_data);
int kshim_kunit_add_action(struct kunit *test, void (*action)(void *ctx), void *ctx);
void kshim_kunit_end_action(struct kunit *test, void (*action)(void *ctx), void *ctx, bool run);

void __noreturn __kunit_abort(struct kunit *test);

static inline void __noreturn kunit_try_catch_throw(struct kunit_try_catch *try_catch)
{
	kshim_kunit_throw(try_catch);
}

void kunit_try_catch_run(struct kunit_try_catch *try_catch, void *context);

static inline int kunit_try_catch_get_result(struct kunit_try_catch *try_catch)
{
	return try_catch->try_result;
}

static inline void kunit_try_catch_init(struct kunit_try_catch *try_catch, struct kunit *test,
					kunit_try_catch_func_t try, kunit_try_catch_func_t catch)
{
	try_catch->test = test;
	try_catch->try = try;
	try_catch->catch = catch;
}

static inline void *kunit_kmalloc_array(struct kunit *test, size_t n, size_t size, gfp_t gfp)
{
	return kshim_kunit_kmalloc(test, n, size, gfp);
}

static inline void *kunit_kmalloc(struct kunit *test, size_t size, gfp_t gfp)
{
	return kshim_kunit_kmalloc(test, 1, size, gfp);
}

static inline void *kunit_kzalloc(struct kunit *test, size_t size, gfp_t gfp)
{
	return kshim_kunit_kmalloc(test, 1, size, gfp | __GFP_ZERO);
}

static inline void *kunit_kcalloc(struct kunit *test, size_t n, size_t size, gfp_t gfp)
{
	return kshim_kunit_kmalloc(test, n, size, gfp | __GFP_ZERO);
}

static inline void kunit_kfree(struct kunit *test, const void *ptr)
{
	kshim_kunit_kfree(test, ptr);
}

static inline void *kunit_alloc_resource(struct kunit *test, kunit_resource_init_t init,
					 kunit_resource_free_t free,
					 gfp_t internal_gfp __always_unused, void *context)
{
	struct kunit_resource *res = kshim_kunit_add_resource(test, init, free, context);

	return res ? res->data : NULL;
}

static inline struct kunit_resource *kunit_find_resource(struct kunit *test,
							 kunit_resource_match_t match,
							 void *match_data)
{
	return kshim_kunit_find_resource(test, match, match_data);
}

static inline int kunit_destroy_resource(struct kunit *test, kunit_resource_match_t match,
					 void *match_data)
{
	return kshim_kunit_destroy_resource(test, match, match_data);
}

/* Later kernels have these three. */
static inline int kunit_add_action(struct kunit *test, void (*action)(void *ctx), void *ctx)
{
	return kshim_kunit_add_action(test, action, ctx);
}

static inline void kunit_remove_action(struct kunit *test, void (*action)(void *ctx), void *ctx)
{
	kshim_kunit_end_action(test, action, ctx, false);
}

static inline void kunit_release_action(struct kunit *test, void (*action)(void *ctx), void *ctx)
{
	kshim_kunit_end_action(test, action, ctx, true);
}

#define kunit_mark_skipped(test, fmt, ...) kshim_kunit_mark_skipped(test, fmt, ## __VA_ARGS__)
#define kunit_skip(test, fmt, ...) \
do { \
	kunit_mark_skipped(test, fmt, ## __VA_ARGS__); \
	kunit_try_catch_throw(&((test)->try_catch)); \
} while (0)

#define kunit_printk(lvl, test, fmt, ...) kshim_kunit_log(test, fmt, ## __VA_ARGS__)
#define kunit_info(test, fmt, ...) kunit_printk(KERN_INFO, test, fmt, ## __VA_ARGS__)
#define kunit_warn(test, fmt, ...) kunit_printk(KERN_WARNING, test, fmt, ## __VA_ARGS__)
#define kunit_err(test, fmt, ...) kunit_printk(KERN_ERR, test, fmt, ## __VA_ARGS__)

#define __kshim_kunit_check(test, kind_, assert_, ok, op_, ltext, rtext, l, r, size, ...) \
do { \
	static const struct kshim_kunit_site __kshim_site = { \
		.kind = kind_, .is_assert = assert_, .file = __FILE__, .line = __LINE__, \
		.op = op_, .left = ltext, .right = rtext, \
	}; \
	if (unlikely(!(ok))) { \
		kshim_kunit_failed(test, &__kshim_site, (long long)(l), (long long)(r), size, \
				   __VA_ARGS__); \
		if (assert_) \
			__kunit_abort(test); \
	} \
} while (0)

/* The kernel is not built with -Wsign-compare, so its suites need not care. */
#define __kshim_kunit_binary(test, kind, assert_, left, op, right, ltext, rtext, ...) \
do { \
	_Pragma("GCC diagnostic push") \
	_Pragma("GCC diagnostic ignored \"-Wsign-compare\"") \
	const __typeof__(left) __left = (left); \
	const __typeof__(right) __right = (right); \
	__kshim_kunit_check(test, kind, assert_, __left op __right, #op, ltext, rtext, __left, \
			    __right, 0, __VA_ARGS__); \
	_Pragma("GCC diagnostic pop") \
} while (0)

#define __kshim_kunit_ptr(test, assert_, left, op, right, ltext, rtext, ...) \
do { \
	const void *__left = (const void *)(left); \
	const void *__right = (const void *)(right); \
	__kshim_kunit_check(test, KSHIM_KUNIT_PTR, assert_, __left op __right, #op, ltext, \
			    rtext, (uintptr_t)__left, (uintptr_t)__right, 0, __VA_ARGS__); \
} while (0)

#define __kshim_kunit_str(test, assert_, left, op, right, ltext, rtext, ...) \
do { \
	const char *__left = (left); \
	const char *__right = (right); \
	__kshim_kunit_check(test, KSHIM_KUNIT_STR, assert_, \
			    __left && __right && strcmp(__left, __right) op 0, #op, ltext, \
			    rtext, (uintptr_t)__left, (uintptr_t)__right, 0, __VA_ARGS__); \
} while (0)

#define __kshim_kunit_mem(test, assert_, left, op, right, size_, ltext, rtext, ...) \
do { \
	const void *__left = (left); \
	const void *__right = (right); \
	const size_t __size = (size_); \
	__kshim_kunit_check(test, KSHIM_KUNIT_MEM, assert_, \
			    __left && __right && memcmp(__left, __right, __size) op 0, #op, \
			    ltext, rtext, (uintptr_t)__left, (uintptr_t)__right, __size, \
			    __VA_ARGS__); \
} while (0)

#define __kshim_kunit_bool(test, assert_, cond, want, text, ...) \
do { \
	const bool __cond = !!(cond); \
	__kshim_kunit_check(test, KSHIM_KUNIT_BOOL, assert_, __cond == (want), \
			    (want) ? "true" : "false", text, "", __cond, 0, 0, __VA_ARGS__); \
} while (0)

#define __kshim_kunit_not_err(test, assert_, ptr, text, ...) \
do { \
	const void *__ptr = (const void *)(ptr); \
	__kshim_kunit_check(test, KSHIM_KUNIT_NOT_ERR, assert_, !IS_ERR_OR_NULL(__ptr), "", \
			    text, "", (uintptr_t)__ptr, 0, 0, __VA_ARGS__); \
} while (0)

#define KUNIT_SUCCEED(test) ((void)(test))
#define KUNIT_FAIL(test, fmt, ...) \
	__kshim_kunit_check(test, KSHIM_KUNIT_FAIL, false, false, "", "", "", 0, 0, 0, fmt, \
			    ## __VA_ARGS__)
#define KUNIT_ASSERT_FAILURE(test, fmt, ...) \
	__kshim_kunit_check(test, KSHIM_KUNIT_FAIL, true, false, "", "", "", 0, 0, 0, fmt, \
			    ## __VA_ARGS__)

#define KUNIT_EXPECT_TRUE(test, cond) \
	__kshim_kunit_bool(test, false, cond, true, #cond, NULL)
#define KUNIT_EXPECT_TRUE_MSG(test, cond, fmt, ...) \
	__kshim_kunit_bool(test, false, cond, true, #cond, fmt, ## __VA_ARGS__)
#define KUNIT_EXPECT_FALSE(test, cond) \
	__kshim_kunit_bool(test, false, cond, false, #cond, NULL)
#define KUNIT_EXPECT_FALSE_MSG(test, cond, fmt, ...) \
	__kshim_kunit_bool(test, false, cond, false, #cond, fmt, ## __VA_ARGS__)
#define KUNIT_EXPECT_EQ(test, left, right) \
	__kshim_kunit_binary(test, KSHIM_KUNIT_INT, false, left, ==, right, #left, #right, NULL)
#define KUNIT_EXPECT_EQ_MSG(test, left, right, fmt, ...) \
	__kshim_kunit_binary(test, KSHIM_KUNIT_INT, false, left, ==, right, #left, #right, fmt, \
			     ## __VA_ARGS__)
#define KUNIT_EXPECT_NE(test, left, right) \
	__kshim_kunit_binary(test, KSHIM_KUNIT_INT, false, left, !=, right, #left, #right, NULL)
#define KUNIT_EXPECT_NE_MSG(test, left, right, fmt, ...) \
	__kshim_kunit_binary(test, KSHIM_KUNIT_INT, false, left, !=, right, #left, #right, fmt, \
			     ## __VA_ARGS__)
#define KUNIT_EXPECT_LT(test, left, right) \
	__kshim_kunit_binary(test, KSHIM_KUNIT_INT, false, left, <, right, #left, #right, NULL)
#define KUNIT_EXPECT_LT_MSG(test, left, right, fmt, ...) \
	__kshim_kunit_binary(test, KSHIM_KUNIT_INT, false, left, <, right, #left, #right, fmt, \
			     ## __VA_ARGS__)
#define KUNIT_EXPECT_LE(test, left, right) \
	__kshim_kunit_binary(test, KSHIM_KUNIT_INT, false, left, <=, right, #left, #right, NULL)
#define KUNIT_EXPECT_LE_MSG(test, left, right, fmt, ...) \
	__kshim_kunit_binary(test, KSHIM_KUNIT_INT, false, left, <=, right, #left, #right, fmt, \
			     ## __VA_ARGS__)
#define KUNIT_EXPECT_GT(test, left, right) \
	__kshim_kunit_binary(test, KSHIM_KUNIT_INT, false, left, >, right, #left, #right, NULL)
#define KUNIT_EXPECT_GT_MSG(test, left, right, fmt, ...) \
	__kshim_kunit_binary(test, KSHIM_KUNIT_INT, false, left, >, right, #left, #right, fmt, \
			     ## __VA_ARGS__)
#define KUNIT_EXPECT_GE(test, left, right) \
	__kshim_kunit_binary(test, KSHIM_KUNIT_INT, false, left, >=, right, #left, #right, NULL)
#define KUNIT_EXPECT_GE_MSG(test, left, right, fmt, ...) \
	__kshim_kunit_binary(test, KSHIM_KUNIT_INT, false, left, >=, right, #left, #right, fmt, \
			     ## __VA_ARGS__)
#define KUNIT_EXPECT_PTR_EQ(test, left, right) \
	__kshim_kunit_ptr(test, false, left, ==, right, #left, #right, NULL)
#define KUNIT_EXPECT_PTR_EQ_MSG(test, left, right, fmt, ...) \
	__kshim_kunit_ptr(test, false, left, ==, right, #left, #right, fmt, ## __VA_ARGS__)
#define KUNIT_EXPECT_PTR_NE(test, left, right) \
	__kshim_kunit_ptr(test, false, left, !=, right, #left, #right, NULL)
#define KUNIT_EXPECT_PTR_NE_MSG(test, left, right, fmt, ...) \
	__kshim_kunit_ptr(test, false, left, !=, right, #left, #right, fmt, ## __VA_ARGS__)
#define KUNIT_EXPECT_NULL(test, ptr) \
	__kshim_kunit_ptr(test, false, ptr, ==, NULL, #ptr, "NULL", NULL)
#define KUNIT_EXPECT_NULL_MSG(test, ptr, fmt, ...) \
	__kshim_kunit_ptr(test, false, ptr, ==, NULL, #ptr, "NULL", fmt, ## __VA_ARGS__)
#define KUNIT_EXPECT_NOT_NULL(test, ptr) \
	__kshim_kunit_ptr(test, false, ptr, !=, NULL, #ptr, "NULL", NULL)
#define KUNIT_EXPECT_NOT_NULL_MSG(test, ptr, fmt, ...) \
	__kshim_kunit_ptr(test, false, ptr, !=, NULL, #ptr, "NULL", fmt, ## __VA_ARGS__)
#define KUNIT_EXPECT_STREQ(test, left, right) \
	__kshim_kunit_str(test, false, left, ==, right, #left, #right, NULL)
#define KUNIT_EXPECT_STREQ_MSG(test, left, right, fmt, ...) \
	__kshim_kunit_str(test, false, left, ==, right, #left, #right, fmt, ## __VA_ARGS__)
#define KUNIT_EXPECT_STRNEQ(test, left, right) \
	__kshim_kunit_str(test, false, left, !=, right, #left, #right, NULL)
#define KUNIT_EXPECT_STRNEQ_MSG(test, left, right, fmt, ...) \
	__kshim_kunit_str(test, false, left, !=, right, #left, #right, fmt, ## __VA_ARGS__)
#define KUNIT_EXPECT_MEMEQ(test, left, right, size) \
	__kshim_kunit_mem(test, false, left, ==, right, size, #left, #right, NULL)
#define KUNIT_EXPECT_MEMEQ_MSG(test, left, right, size, fmt, ...) \
	__kshim_kunit_mem(test, false, left, ==, right, size, #left, #right, fmt, ## __VA_ARGS__)
#define KUNIT_EXPECT_MEMNEQ(test, left, right, size) \
	__kshim_kunit_mem(test, false, left, !=, right, size, #left, #right, NULL)
#define KUNIT_EXPECT_MEMNEQ_MSG(test, left, right, size, fmt, ...) \
	__kshim_kunit_mem(test, false, left, !=, right, size, #left, #right, fmt, ## __VA_ARGS__)
#define KUNIT_EXPECT_NOT_ERR_OR_NULL(test, ptr) \
	__kshim_kunit_not_err(test, false, ptr, #ptr, NULL)
#define KUNIT_EXPECT_NOT_ERR_OR_NULL_MSG(test, ptr, fmt, ...) \
	__kshim_kunit_not_err(test, false, ptr, #ptr, fmt, ## __VA_ARGS__)

#define KUNIT_ASSERT_TRUE(test, cond) \
	__kshim_kunit_bool(test, true, cond, true, #cond, NULL)
#define KUNIT_ASSERT_TRUE_MSG(test, cond, fmt, ...) \
	__kshim_kunit_bool(test, true, cond, true, #cond, fmt, ## __VA_ARGS__)
#define KUNIT_ASSERT_FALSE(test, cond) \
	__kshim_kunit_bool(test, true, cond, false, #cond, NULL)
#define KUNIT_ASSERT_FALSE_MSG(test, cond, fmt, ...) \
	__kshim_kunit_bool(test, true, cond, false, #cond, fmt, ## __VA_ARGS__)
#define KUNIT_ASSERT_EQ(test, left, right) \
	__kshim_kunit_binary(test, KSHIM_KUNIT_INT, true, left, ==, right, #left, #right, NULL)
#define KUNIT_ASSERT_EQ_MSG(test, left, right, fmt, ...) \
	__kshim_kunit_binary(test, KSHIM_KUNIT_INT, true, left, ==, right, #left, #right, fmt, \
			     ## __VA_ARGS__)
#define KUNIT_ASSERT_NE(test, left, right) \
	__kshim_kunit_binary(test, KSHIM_KUNIT_INT, true, left, !=, right, #left, #right, NULL)
#define KUNIT_ASSERT_NE_MSG(test, left, right, fmt, ...) \
	__kshim_kunit_binary(test, KSHIM_KUNIT_INT, true, left, !=, right, #left, #right, fmt, \
			     ## __VA_ARGS__)
#define KUNIT_ASSERT_LT(test, left, right) \
	__kshim_kunit_binary(test, KSHIM_KUNIT_INT, true, left, <, right, #left, #right, NULL)
#define KUNIT_ASSERT_LT_MSG(test, left, right, fmt, ...) \
	__kshim_kunit_binary(test, KSHIM_KUNIT_INT, true, left, <, right, #left, #right, fmt, \
			     ## __VA_ARGS__)
#define KUNIT_ASSERT_LE(test, left, right) \
	__kshim_kunit_binary(test, KSHIM_KUNIT_INT, true, left, <=, right, #left, #right, NULL)
#define KUNIT_ASSERT_LE_MSG(test, left, right, fmt, ...) \
	__kshim_kunit_binary(test, KSHIM_KUNIT_INT, true, left, <=, right, #left, #right, fmt, \
			     ## __VA_ARGS__)
#define KUNIT_ASSERT_GT(test, left, right) \
	__kshim_kunit_binary(test, KSHIM_KUNIT_INT, true, left, >, right, #left, #right, NULL)
#define KUNIT_ASSERT_GT_MSG(test, left, right, fmt, ...) \
	__kshim_kunit_binary(test, KSHIM_KUNIT_INT, true, left, >, right, #left, #right, fmt, \
			     ## __VA_ARGS__)
#define KUNIT_ASSERT_GE(test, left, right) \
	__kshim_kunit_binary(test, KSHIM_KUNIT_INT, true, left, >=, right, #left, #right, NULL)
#define KUNIT_ASSERT_GE_MSG(test, left, right, fmt, ...) \
	__kshim_kunit_binary(test, KSHIM_KUNIT_INT, true, left, >=, right, #left, #right, fmt, \
			     ## __VA_ARGS__)
#define KUNIT_ASSERT_PTR_EQ(test, left, right) \
	__kshim_kunit_ptr(test, true, left, ==, right, #left, #right, NULL)
#define KUNIT_ASSERT_PTR_EQ_MSG(test, left, right, fmt, ...) \
	__kshim_kunit_ptr(test, true, left, ==, right, #left, #right, fmt, ## __VA_ARGS__)
#define KUNIT_ASSERT_PTR_NE(test, left, right) \
	__kshim_kunit_ptr(test, true, left, !=, right, #left, #right, NULL)
#define KUNIT_ASSERT_PTR_NE_MSG(test, left, right, fmt, ...) \
	__kshim_kunit_ptr(test, true, left, !=, right, #left, #right, fmt, ## __VA_ARGS__)
#define KUNIT_ASSERT_NULL(test, ptr) \
	__kshim_kunit_ptr(test, true, ptr, ==, NULL, #ptr, "NULL", NULL)
#define KUNIT_ASSERT_NULL_MSG(test, ptr, fmt, ...) \
	__kshim_kunit_ptr(test, true, ptr, ==, NULL, #ptr, "NULL", fmt, ## __VA_ARGS__)
#define KUNIT_ASSERT_NOT_NULL(test, ptr) \
	__kshim_kunit_ptr(test, true, ptr, !=, NULL, #ptr, "NULL", NULL)
#define KUNIT_ASSERT_NOT_NULL_MSG(test, ptr, fmt, ...) \
	__kshim_kunit_ptr(test, true, ptr, !=, NULL, #ptr, "NULL", fmt, ## __VA_ARGS__)
#define KUNIT_ASSERT_STREQ(test, left, right) \
	__kshim_kunit_str(test, true, left, ==, right, #left, #right, NULL)
#define KUNIT_ASSERT_STREQ_MSG(test, left, right, fmt, ...) \
	__kshim_kunit_str(test, true, left, ==, right, #left, #right, fmt, ## __VA_ARGS__)
#define KUNIT_ASSERT_STRNEQ(test, left, right) \
	__kshim_kunit_str(test, true, left, !=, right, #left, #right, NULL)
#define KUNIT_ASSERT_STRNEQ_MSG(test, left, right, fmt, ...) \
	__kshim_kunit_str(test, true, left, !=, right, #left, #right, fmt, ## __VA_ARGS__)
#define KUNIT_ASSERT_MEMEQ(test, left, right, size) \
	__kshim_kunit_mem(test, true, left, ==, right, size, #left, #right, NULL)
#define KUNIT_ASSERT_MEMEQ_MSG(test, left, right, size, fmt, ...) \
	__kshim_kunit_mem(test, true, left, ==, right, size, #left, #right, fmt, ## __VA_ARGS__)
#define KUNIT_ASSERT_MEMNEQ(test, left, right, size) \
	__kshim_kunit_mem(test, true, left, !=, right, size, #left, #right, NULL)
#define KUNIT_ASSERT_MEMNEQ_MSG(test, left, right, size, fmt, ...) \
	__kshim_kunit_mem(test, true, left, !=, right, size, #left, #right, fmt, ## __VA_ARGS__)
#define KUNIT_ASSERT_NOT_ERR_OR_NULL(test, ptr) \
	__kshim_kunit_not_err(test, true, ptr, #ptr, NULL)
#define KUNIT_ASSERT_NOT_ERR_OR_NULL_MSG(test, ptr, fmt, ...) \
	__kshim_kunit_not_err(test, true, ptr, #ptr, fmt, ## __VA_ARGS__)

#endif /* _KSHIM_KUNIT_TEST_H */
