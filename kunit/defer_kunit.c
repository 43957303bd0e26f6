// SPDX-License-Identifier: GPL-2.0-only
/*
 * Defer: order, arguments, number, memory (rules D1 to D24).
 */
#include <linux/completion.h>
#include <linux/errno.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "kunit-capture.h"
#include "kunit-log.h"

static KDEFER_DEFINE_VOID0(d1_three)
{
	kdefer(klog_step, "first");
	kdefer(klog_step, "second");
	kdefer(klog_step, "third");
	klog("body");
}

/* D1: deferred calls run newest first, when the body has ended. */
static void d1_lifo(struct kunit *test)
{
	d1_three();
	KLOG_EXPECT(test, "body third second first");
}

static KDEFER_DEFINE_VOID1(d1_loop, int, n)
{
	int i;

	for (i = 0; i < n; i++)
		kdefer(klog_number, KLOG_NR(i));
	klog("body");
}

/* D1: so do those of a loop, n-1 to 0. */
static void d1_lifo_in_loop(struct kunit *test)
{
	d1_loop(3);
	d1_loop(4);
	d1_loop(5);
	d1_loop(11);
	KLOG_EXPECT(test, "body 2 1 0 body 3 2 1 0 body 4 3 2 1 0 body 10 9 8 7 6 5 4 3 2 1 0");
}

static void *d2_argument(long n)
{
	klog("argument");
	return KLOG_NR(n);
}

static kdefer_fn d2_function(void)
{
	klog("function");
	return klog_number;
}

static KDEFER_DEFINE_VOID0(d2_evaluate)
{
	long n = 1;

	kdefer(klog_number, d2_argument(n));
	n = 2;
	kdefer(d2_function(), KLOG_NR(n));
	n = 3;
	klog("body");
}

/* D2: function and argument are evaluated at the defer statement, and once. */
static void d2_evaluated_once_and_now(struct kunit *test)
{
	d2_evaluate();
	KLOG_EXPECT(test, "argument function body 2 1");
}

struct d2_object {
	long n;
};

DEFINE_KDEFER(d2_log_object, struct d2_object *, klog("object %ld", _T->n))
DEFINE_KDEFER(d2_log_char, signed char, klog("char %d", _T))
DEFINE_KDEFER(d2_log_ulong, unsigned long, klog("ulong %lx", _T))

static KDEFER_DEFINE_VOID1(d2_typed, struct d2_object *, o)
{
	kdefer(d2_log_object, o);
	kdefer(d2_log_char, KLOG_NR(-3));
	kdefer(d2_log_ulong, (void *)ULONG_MAX);
	o->n++;
}

/* D2: an argument that is a pointer shows what it points to when the call runs. */
static void d2_typed_argument(struct kunit *test)
{
	struct d2_object o = { .n = 41 };

	d2_typed(&o);
	KLOG_EXPECT(test, sizeof(long) == 8 ? "ulong ffffffffffffffff char -3 object 42" :
					      "ulong ffffffff char -3 object 42");
}

#define D3_MANY		2000
#define D3_ROUNDS	20

/* Counts down: right only if each of n calls runs once, and newest first. */
struct d3_count {
	long next;
	unsigned int wrong;
};

struct d3_item {
	struct d3_count *count;
	long n;
};

static void d3_run_item(void *arg)
{
	struct d3_item *item = arg;

	if (item->n != --item->count->next)
		item->count->wrong++;
}

static KDEFER_DEFINE_VOID3(d3_defer_many, struct d3_item *, item, struct d3_count *, count,
			   long, n)
{
	long i;

	for (i = 0; i < n; i++) {
		item[i] = (struct d3_item){ .count = count, .n = i };
		kdefer(d3_run_item, &item[i]);
		count->next++;
	}
}

/* D3: any number of deferred calls, each runs once, and their records are used again. */
static void d3_unbounded(struct kunit *test)
{
	struct d3_item *item = kunit_kcalloc(test, D3_MANY, sizeof(*item), GFP_KERNEL);
	struct d3_count count = { 0 };
	int i;

	KUNIT_ASSERT_NOT_NULL(test, item);
	for (i = 0; i < D3_ROUNDS; i++) {
		d3_defer_many(item, &count, D3_MANY);
		KUNIT_EXPECT_EQ(test, count.next, 0);
	}
	KUNIT_EXPECT_EQ(test, count.wrong, 0);
}

static void d3_increment(void *n)
{
	(*(int *)n)++;
}

#define D3_THREADS	4
#define D3_DEPTH	10
#define D3_ITERATIONS	300

/* Adds 2, and on even levels 40, so that all levels together have more than there is room for. */
static KDEFER_DEFINE1(int, d3_mixed, int, depth)
{
	int i, n = depth % 2 ? 2 : 42;

	if (!depth)
		return 0;
	for (i = 0; i < n; i++)
		kdefer(d3_increment, &kdefer_result);
	return d3_mixed(depth - 1);
}

struct d3_thread {
	struct completion started;
	struct task_struct *task;
	int wrong;
};

static int d3_main(void *arg)
{
	const int want = 2 * D3_DEPTH + 40 * (D3_DEPTH / 2);
	struct d3_thread *thread = arg;
	int i;

	complete(&thread->started);
	for (i = 0; i < D3_ITERATIONS; i++)
		thread->wrong += d3_mixed(D3_DEPTH) != want;
	return 0;
}

/* D3: records in frames and beyond, on several levels, in several threads at once. */
static void d3_mixed_in_threads(struct kunit *test)
{
	struct d3_thread *thread = kunit_kcalloc(test, D3_THREADS, sizeof(*thread), GFP_KERNEL);
	int i;

	KUNIT_ASSERT_NOT_NULL(test, thread);
	for (i = 0; i < D3_THREADS; i++) {
		init_completion(&thread[i].started);
		thread[i].task = kdefer_kthread_run(d3_main, &thread[i], "kdefer_d3_%d", i);
		KUNIT_EXPECT_FALSE(test, IS_ERR(thread[i].task));
	}
	for (i = 0; i < D3_THREADS; i++) {
		if (IS_ERR(thread[i].task))
			continue;
		wait_for_completion(&thread[i].started);
		KUNIT_EXPECT_EQ(test, kdefer_kthread_stop(thread[i].task, NULL), 0);
		KUNIT_EXPECT_EQ(test, thread[i].wrong, 0);
	}
}

static KDEFER_DEFINE_VOID1(d4_conditional, int, n)
{
	kdefer(klog_recover, "r");
	kdefer(klog_number, KLOG_NR(1));
	if (n > 5) {
		kdefer(klog_number, KLOG_NR(2));
		if (n > 8)
			kdefer(klog_number, KLOG_NR(3));
		else
			kdefer(klog_number, KLOG_NR(4));
	}
	kpanic(-EIO);
}

/* D4: only those defer statements count that were executed. */
static void d4_conditional_defers(struct kunit *test)
{
	d4_conditional(8);
	d4_conditional(9);
	d4_conditional(1);
	KLOG_EXPECT(test, "4 2 1 r=-5 3 2 1 r=-5 1 r=-5");
}

static KDEFER_DEFINE1(int, d5_early, bool, reach)
{
	if (!reach)
		return 1;
	kdefer(klog_step, "reached");
	return 2;
}

/* D5: a defer statement that is not reached leaves no trace, also when it was in another call. */
static void d5_never_reached(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, d5_early(true), 2);
	KUNIT_EXPECT_EQ(test, d5_early(false), 1);
	KLOG_EXPECT(test, "reached");
}

static int d6_expression(void)
{
	klog("expression");
	return 4;
}

static void d6_add_one(void *result)
{
	klog("%d", *(int *)result);
	(*(int *)result)++;
}

static KDEFER_DEFINE0(int, d6_return_expression)
{
	kdefer(d6_add_one, &kdefer_result);
	kdefer(d6_add_one, &kdefer_result);
	return d6_expression();
}

static KDEFER_DEFINE1(int, d6_return_result, int, first)
{
	kdefer(d6_add_one, &kdefer_result);
	kdefer_result += first;
	return kdefer_result;
}

/* D6: a deferred call sees what the return statement set, and may change it. */
static void d6_named_result(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, d6_return_expression(), 6);
	KUNIT_EXPECT_EQ(test, d6_return_result(9), 10);
	KLOG_EXPECT(test, "expression 4 5 9");
}

struct d6_pair {
	long a;
	bool b;
};

static void d6_change_pair(void *result)
{
	struct d6_pair *pair = result;

	pair->a++;
}

static KDEFER_DEFINE0(struct d6_pair, d6_return_pair)
{
	kdefer(d6_change_pair, &kdefer_result);
	return (struct d6_pair){ .a = 4, .b = true };
}

/* D6: also one part of a result that is a structure. */
static void d6_named_struct_result(struct kunit *test)
{
	struct d6_pair pair = d6_return_pair();

	KUNIT_EXPECT_EQ(test, pair.a, 5);
	KUNIT_EXPECT_TRUE(test, pair.b);
}

static KDEFER_DEFINE_VOID0(d7_callee)
{
	kdefer(klog_step, "callee's");
	klog("callee");
}

static KDEFER_DEFINE_VOID0(d7_caller)
{
	kdefer(klog_step, "caller's");
	klog("before");
	d7_callee();
	klog("after");
}

/* D7: a callee's deferred calls run when the callee returns, and its caller continues. */
static void d7_callee_first(struct kunit *test)
{
	d7_caller();
	KLOG_EXPECT(test, "before callee callee's after caller's");
}

static KDEFER_DEFINE_VOID2(d8_nil, kdefer_fn, fn, kdefer_token_fn, token_fn)
{
	kdefer(klog_recover, "third");
	kdefer(fn, NULL);
	kdefer(klog_recover, "second");
	kdefer(token_fn, NULL);
	kdefer(klog_recover, "first");
	kdefer(NULL, NULL);
	klog("body");
}

/* D8: a NULL function is accepted, and panics when it is run, whatever its type. */
static void d8_nil_function(struct kunit *test)
{
	d8_nil(NULL, NULL);
	KLOG_EXPECT(test, "body first=fault second=fault third=fault");
}

static void d8_check_fault(void *arg, struct kdefer_panic *p)
{
	struct kunit *test = arg;
	struct kdefer_value v;

	KUNIT_EXPECT_TRUE(test, krecover(p, &v));
	KUNIT_EXPECT_EQ(test, (int)v.kind, (int)KDEFER_FAULT);
	KUNIT_EXPECT_EQ(test, v.err, -EFAULT);
	KUNIT_EXPECT_EQ(test, (int)v.fault.kind, (int)KDEFER_FAULT_NULL);
}

static KDEFER_DEFINE_VOID1(d8_nil_value, struct kunit *, test)
{
	kdefer(d8_check_fault, test);
	kdefer(NULL, NULL);
}

/* D8: the panic's value says that it is a run-time error, a call through NULL. */
static void d8_nil_function_value(struct kunit *test)
{
	d8_nil_value(test);
}

static void *d9_bad_argument(void)
{
	kpanic(-EINVAL);
	return NULL;
}

static KDEFER_DEFINE_VOID0(d9_argument_panics)
{
	kdefer(klog_recover, "r");
	kdefer(klog_step, "older");
	kdefer(klog_step, d9_bad_argument());
	klog("not reached");
}

/* D9: an argument that cannot be evaluated panics at the defer statement, which adds nothing. */
static void d9_argument_fails(struct kunit *test)
{
	d9_argument_panics();
	KLOG_EXPECT(test, "older r=-22");
}

static KDEFER_DEFINE_VOID0(d10_nil_while_panicking)
{
	kdefer(klog_look, "nothing");
	kdefer(klog_recover, "r");
	kdefer(NULL, NULL);
	kdefer(klog_look, "before");
	kpanic(-1);
}

/* D10: run by a panic, a NULL function replaces that panic. */
static void d10_nil_replaces_panic(struct kunit *test)
{
	d10_nil_while_panicking();
	KLOG_EXPECT(test, "before=-1 r=fault nothing=-");
}

static KDEFER_DEFINE_VOID1(d11_inner, void *, word)
{
	kdefer(klog_step, word);
	kdefer(klog_step, "in");
	klog("running");
}

static KDEFER_DEFINE_VOID1(d11_outer, int, err)
{
	kdefer(klog_recover, "r");
	kdefer(klog_step, "oldest");
	kdefer(d11_inner, "a");
	kdefer(klog_step, "between");
	kdefer(d11_inner, "b");
	if (err)
		kpanic(err);
}

#define D11_ORDER	"running in b between running in a oldest"

/* D11: what a deferred call defers runs when that call ends, before the rest of the outer ones. */
static void d11_defer_in_deferred(struct kunit *test)
{
	d11_outer(0);
	d11_outer(-7);
	KLOG_EXPECT(test, D11_ORDER " r=- " D11_ORDER " r=-7");
}

static void d12_count_and_panic(void *count)
{
	klog("%d", ++*(int *)count);
	kpanic(-*(int *)count);
}

static KDEFER_DEFINE_VOID2(d12_panics, int *, count, int, err)
{
	kdefer(klog_recover, "r");
	kdefer(d12_count_and_panic, count);
	kdefer(klog_step, "newest");
	if (err)
		kpanic(err);
}

/* D12: a deferred call that panics has had its turn, on return and on panic. */
static void d12_runs_once(struct kunit *test)
{
	int count = 0;

	d12_panics(&count, 0);
	d12_panics(&count, -9);
	KUNIT_EXPECT_EQ(test, count, 2);
	KLOG_EXPECT(test, "newest 1 r=-1 newest 2 r=-2");
}

static KDEFER_DEFINE0(int, d13_no_exit)
{
	int rounds = 0;

	kdefer(klog_recover, "r");
	kdefer(klog_step, "deferred");
	for (;;) {
		kdefer_result = ++rounds;
		if (rounds == 3)
			kpanic(-rounds);
	}
}

static KDEFER_DEFINE_VOID0(d13_unconditional)
{
	kdefer(klog_recover, "r");
	kpanicf("unconditional");
}

/* D13: a function without an exit still runs its deferred calls, and returns by a recovery. */
static void d13_function_without_exit(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, d13_no_exit(), 3);
	d13_unconditional();
	KLOG_EXPECT(test, "deferred r=-3 r=unconditional");
}

struct d14_block {
	u64 word[16];
};

static struct d14_block d14_fill(u64 seed)
{
	struct d14_block block;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(block.word); i++)
		block.word[i] = seed * 1000 + i;
	return block;
}

static bool d14_is(const struct d14_block *block, u64 seed)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(block->word); i++)
		if (block->word[i] != seed * 1000 + i)
			return false;
	return true;
}

static void d14_check_block(void *block)
{
	klog("block %s", d14_is(block, 1) ? "kept" : "lost");
}

static KDEFER_DEFINE6(struct d14_block, d14_many, struct d14_block *, p, struct d14_block, b,
		      signed char, c, u64, d, short, e, bool, f)
{
	kdefer(klog_recover, "r");
	kdefer(d14_check_block, p);
	klog("%d %d %llu %d %d", d14_is(&b, 2), c, (unsigned long long)d, e, f);
	kdefer_result = b;
	if (f)
		kpanic(-14);
	return *p;
}

/* D14: many arguments, and large ones, arrive; a large result does too, also by a recovery. */
static void d14_large_arguments(struct kunit *test)
{
	struct d14_block *block = kunit_kcalloc(test, 2, sizeof(*block), GFP_KERNEL);
	struct d14_block result;

	KUNIT_ASSERT_NOT_NULL(test, block);
	block[0] = d14_fill(1);
	block[1] = d14_fill(2);
	result = d14_many(&block[0], block[1], -1, 1ULL << 40, -300, false);
	KUNIT_EXPECT_TRUE(test, d14_is(&result, 1));
	KLOG_EXPECT(test, "1 -1 1099511627776 -300 0 block kept r=-");
	klog_begin();
	result = d14_many(&block[0], block[1], -1, 1ULL << 40, -300, true);
	KUNIT_EXPECT_TRUE(test, d14_is(&result, 2));
	KLOG_EXPECT(test, "1 -1 1099511627776 -300 1 block kept r=-14");
}

typedef int d14_row[3];
typedef int d14_twice_fn(int n);

static int d14_twice(int n)
{
	return 2 * n;
}

#ifndef __CHECKER__
static KDEFER_DEFINE2(int, d14_array, d14_row, row, const d14_row, constant)
{
	kdefer(klog_step, "array");
	row[0] = 7;
	return row[1] + constant[2];
}

static KDEFER_DEFINE1(int, d14_function, d14_twice_fn, fn)
{
	kdefer(klog_step, "function");
	return fn(4);
}
#else
/* To sparse, a parameter of a type that is an array or a function is just that. */
#define d14_array(row, constant)	((row)[1] + (constant)[2])
#define d14_function(fn)		((fn)(4))
#endif

static KDEFER_DEFINE2(int, d14_pointer, int (*)(int n), fn, int (*)[3], row)
{
	kdefer(klog_step, "pointer");
	return fn((*row)[2]);
}

static KDEFER_DEFINE2(int, d14_vsum, int, n, va_list, args)
{
	int sum = 0;

	kdefer(klog_step, "va_list");
	while (n--)
		sum += va_arg(args, int);
	return sum;
}

static int d14_sum(int n, ...)
{
	va_list args;
	int sum;

	va_start(args, n);
	sum = d14_vsum(n, args);
	va_end(args);
	return sum;
}

/*
 * A const result says nothing to C, which gcc would remark; but a driver's macros may have made it.
 */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wignored-qualifiers"
static KDEFER_DEFINE1(const char *const, d14_const, const int, n)
{
	kdefer(klog_step, "const");
	return n ? "yes" : "no";
}
#pragma GCC diagnostic pop

/* D14: parameters and results are as in plain C: arrays and functions are pointers inside. */
static void d14_types_of_arguments(struct kunit *test)
{
	int row[3] = { 1, 2, 3 };

	KUNIT_EXPECT_EQ(test, d14_array(row, row), 5);
	KUNIT_EXPECT_EQ(test, row[0], 7);
	KUNIT_EXPECT_EQ(test, d14_function(d14_twice), 8);
	KUNIT_EXPECT_EQ(test, d14_pointer(d14_twice, &row), 6);
	KUNIT_EXPECT_EQ(test, d14_sum(8, 1, 2, 3, 4, 5, 6, 7, 8), 36);
	KUNIT_EXPECT_STREQ(test, d14_const(1), "yes");
	KLOG_EXPECT(test, "array function pointer va_list const");
}

static KDEFER_DEFINE(int, counted_none)
{
	kdefer(klog_step, "0");
	return 1;
}

static KDEFER_DEFINE(long, counted_six, int, a, int, b, int, c, int, d, int, e, const char *, word)
{
	kdefer(klog_step, (void *)word);
	return a + b + c + d + e;
}

static KDEFER_DEFINE_VOID(counted_void_none)
{
	kdefer(klog_step, "void 0");
}

static KDEFER_DEFINE_VOID(counted_void, void *, word, struct kdefer_panic *, p)
{
	kdefer(klog_step, word);
	klog_try_recover("r", p);
}

static KDEFER_DEFINE(int, counted_recovers)
{
	kdefer(counted_void, "deferred");
	kpanic(-EIO);
}

/* Without a number in its name the macro counts the parameters. */
static void defer_counted_parameters(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, counted_none(), 1);
	KUNIT_EXPECT_EQ(test, counted_six(1, 2, 3, 4, 5, "6"), 15L);
	counted_void_none();
	KUNIT_EXPECT_EQ(test, counted_recovers(), 0);
	KLOG_EXPECT(test, "0 6 void 0 r=-5 deferred");
}

DEFINE_KDEFER2(log_two, const char *, word, long long, n, klog("%s=%lld", word, n))
DEFINE_KDEFER3(log_three, int, a, struct d14_block, b, const char, c,
	       klog("%d:%d:%c", a, d14_is(&b, 2), c))
DEFINE_KDEFER4(sum_four, int *, sum, s8, a, u64, b, unsigned int, c, *sum += a + b + c)

static noinline int call_evaluated(int *n)
{
	return ++*n;
}

static KDEFER_DEFINE3(int, calls, int *, sum, struct d14_block *, block, bool, panics)
{
	int n = 4;

	kdefer(klog_recover, "r");
	kdefer_call(sum_four, sum, -3, 1ULL << 20, call_evaluated(&n));
	kdefer_call(log_three, n, *block, 'x');
	for (n = 0; n < 2; n++)
		kdefer_call(log_two, n ? "second" : "first", 1LL << (40 + n));
	*block = d14_fill(1);
	n = 100;
	if (panics)
		kpanic(-EIO);
	return n;
}

#define CALLED "second=2199023255552 first=1099511627776 5:1:x "

/* Arguments of deferred functions are evaluated once and copied, on every way out. */
static void defer_calls_with_arguments(struct kunit *test)
{
	struct d14_block *block = kunit_kzalloc(test, sizeof(*block), GFP_KERNEL);
	int sum = 0;

	KUNIT_ASSERT_NOT_NULL(test, block);
	*block = d14_fill(2);
	KUNIT_EXPECT_EQ(test, calls(&sum, block, false), 100);
	KUNIT_EXPECT_EQ(test, sum, (1 << 20) - 3 + 5);
	*block = d14_fill(2);
	calls(&sum, block, true);
	KUNIT_EXPECT_EQ(test, sum, 2 * ((1 << 20) - 3 + 5));
	KLOG_EXPECT(test, CALLED "r=- " CALLED "r=-5");
}

static KDEFER_DEFINE_VOID0(calls_without_memory)
{
	kdefer(klog_recover, "r");
	kdefer_call(log_two, "at once", 1);
	klog("not reached");
}

/* D23: without memory for its arguments a call is made at once, and -ENOMEM is raised. */
static void d23_call_without_memory(struct kunit *test)
{
	if (!kcapture_fail_alloc())
		kunit_skip(test, "this host cannot make an allocation fail");
	calls_without_memory();
	KUNIT_EXPECT_TRUE(test, kcapture_alloc_failed());
	KLOG_EXPECT(test, "at once=1 r=-12");
}

static KDEFER_DEFINE1(int, d14_kfree, void *, p)
{
	kdefer(kfree, p);
	*(int *)p = 3;
	return *(int *)p;
}

static KDEFER_DEFINE1(int, d14_kfree_const, const char *, name)
{
	kdefer(kfree_const, name);
	return name[0];
}

/* kfree() and its like, whose parameter is const, can be deferred as they are, also with const. */
static void defer_const_function(struct kunit *test)
{
	void *p = kmalloc(sizeof(int), GFP_KERNEL);
	const char *name = kstrdup_const("name", GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_EXPECT_EQ(test, d14_kfree(p), 3);
	KUNIT_ASSERT_NOT_NULL(test, name);
	KUNIT_EXPECT_EQ(test, d14_kfree_const(name), 'n');
}

static void d15_recover_or_repanic(void *level, struct kdefer_panic *p)
{
	struct kdefer_value v;

	if (!krecover(p, &v))
		return;
	if (v.err != -(long)level)
		kpanic_value(&v);
	klog("%ld", (long)level);
}

/* Recovers and panics again on each level, down to @level_of_recovery. */
static KDEFER_DEFINE_VOID3(d15_interpret, long, level, long, levels, int, level_of_recovery)
{
	kdefer(d15_recover_or_repanic, KLOG_NR(level));
	if (level + 1 < levels)
		d15_interpret(level + 1, levels, level_of_recovery);
	else
		kpanic(-level_of_recovery);
}

#define D15_POISON_DEPTH	8

/* Overwrites the stack that the frames above were on: a record left behind there would be seen. */
static noinline unsigned long d15_poison(int depth, int err)
{
	unsigned long poison[48];
	unsigned int i;

	memset(poison, 0xff, sizeof(poison));
	OPTIMIZER_HIDE_VAR(depth);
	if (depth)
		d15_poison(depth - 1, err);
	if (err)
		kpanic(err);
	for (i = 1; i < ARRAY_SIZE(poison); i++)
		poison[0] &= poison[i];
	return poison[0];
}

static KDEFER_DEFINE_VOID0(d15_panic_on_poison)
{
	kdefer(klog_recover, "r");
	d15_poison(D15_POISON_DEPTH, -EIO);
}

static KDEFER_DEFINE_VOID0(d15_all)
{
	d15_interpret(1, 7, 3);
	d15_panic_on_poison();
	d15_interpret(1, 6, 2);
	d15_panic_on_poison();
	d15_interpret(1, 7, 4);
	d15_panic_on_poison();
}

/* D15: after repeated panics nothing refers to a frame that is gone. */
static void d15_no_stale_record(struct kunit *test)
{
	d15_all();
	KLOG_EXPECT(test, "3 r=-5 2 r=-5 4 r=-5");
}

static KDEFER_DEFINE_VOID1(d16_inner, void *, arg)
{
	long i;

	for (i = 0; i < 7; i++)
		kdefer(klog_number, KLOG_NR(i));
	klog("(");
}

static KDEFER_DEFINE_VOID1(d16_outer, int, err)
{
	long i;

	for (i = 0; i < 6; i++) {
		kdefer(klog_number, KLOG_NR(10 + i));
		kdefer(klog_recover, "r");
	}
	d16_inner(NULL);
	kdefer(d16_inner, NULL);
	kdefer(klog_step, "newest");
	if (err)
		kpanic(err);
}

#define D16_INNER	"( 6 5 4 3 2 1 0 "

/* D16: records of both types, of several frames, keep their order. */
static void d16_mixed_records(struct kunit *test)
{
	d16_outer(0);
	KLOG_EXPECT(test, D16_INNER "newest " D16_INNER
		    "r=- 15 r=- 14 r=- 13 r=- 12 r=- 11 r=- 10");
	klog_begin();
	d16_outer(-3);
	KLOG_EXPECT(test, D16_INNER "newest " D16_INNER
		    "r=-3 15 r=- 14 r=- 13 r=- 12 r=- 11 r=- 10");
}

static KDEFER_DEFINE0(int, d19_blocks)
{
	long i;

	for (i = 1; i < 9; i++) {
		long n = -10 * i;

		if (i == 2)
			continue;
		kdefer(klog_number, KLOG_NR(n));
		if (i == 3)
			break;
	}
	{
		kdefer(klog_step, "block");
		goto out;
	}
	kdefer(klog_step, "skipped");
out:
	klog("end");
	return 1;
}

/* D19: a deferred call belongs to its function, however the block that it stands in was left. */
static void d19_function_not_block(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, d19_blocks(), 1);
	KLOG_EXPECT(test, "end block -30 -10");
}

static void d22_release(void *arg)
{
	const char **resource = arg;

	if (!*resource)
		return;
	klog("release %s", *resource);
	*resource = NULL;
}

static KDEFER_DEFINE_VOID2(d22_early, const char **, resource, bool, early)
{
	kdefer(klog_number, KLOG_NR(1));
	kdefer(d22_release, resource);
	kdefer(klog_number, KLOG_NR(1));
	if (early)
		d22_release(resource);
	klog("body");
}

/* D22: what was released early is not released again; equal deferred calls are two calls. */
static void d22_early_release(struct kunit *test)
{
	const char *resource = "a";

	d22_early(&resource, true);
	resource = "b";
	d22_early(&resource, false);
	KLOG_EXPECT(test, "release a body 1 1 body 1 release b 1");
}

static KDEFER_DEFINE_VOID1(d23_no_memory, bool, token)
{
	long i;

	kdefer(klog_recover, "r");
	for (i = 1; i < 4; i++)
		kdefer(klog_number, KLOG_NR(i));
	use_up_records();
	kcapture_fail_alloc();
	if (token)
		kdefer(klog_look, "at once");
	else
		kdefer(klog_step, "at once");
	klog("not reached");
}

static void d23_check(struct kunit *test, bool token, const char *want)
{
	klog_begin();
	if (!kcapture_fail_alloc())
		kunit_skip(test, "no allocation can be made to fail: CONFIG_FAILSLAB is off");
	kcapture_alloc_failed();
	d23_no_memory(token);
	KUNIT_EXPECT_TRUE(test, kcapture_alloc_failed());
	KLOG_EXPECT(test, want);
}

/* D23: when there is no memory for a record, the function panics, and the call is run first. */
static void d23_no_memory_for_record(struct kunit *test)
{
	d23_check(test, false, "at once 3 2 1 r=-12");
	d23_check(test, true, "at once=-12 3 2 1 r=-12");
}

static KDEFER_DEFINE_VOID0(d23_recoverer)
{
	kdefer(klog_step, "older");
	use_up_records();
	kcapture_fail_alloc();
	kdefer(klog_recover, "r");
	klog("not reached");
}

/* D23: so a recoverer that there is no room for recovers that panic, and its function returns. */
static void d23_no_memory_for_recoverer(struct kunit *test)
{
	if (!kcapture_fail_alloc())
		kunit_skip(test, "no allocation can be made to fail: CONFIG_FAILSLAB is off");
	kcapture_alloc_failed();
	d23_recoverer();
	klog("returned");
	KUNIT_EXPECT_TRUE(test, kcapture_alloc_failed());
	KLOG_EXPECT(test, "r=-12 older returned");
}

DEFINE_CLASS(many_count, int *, --*_T, ({ ++*n; n; }), int *n)

static KDEFER_DEFINE_VOID1(many_one, int *, nr)
{
	kdefer(d3_increment, nr);
}

/* Each time with one record more below: at some time a chunk is begun for what is called. */
static KDEFER_DEFINE0(int, many_boundary)
{
	int i, nr = 0;

	for (i = 0; i < 200; i++) {
		many_one(&nr);
		if (nr != i + 1)
			klog("%d at %d", nr, i);
		kdefer(klog_nothing, NULL);
	}
	return nr;
}

static KDEFER_DEFINE_VOID2(many_fill, int *, nr, int, n)
{
	int i;

	for (i = 0; i < n; i++)
		kdefer(d3_increment, nr);
	if (n % 2)
		kpanic(-n);
}

static KDEFER_DEFINE_VOID2(many_fill_recovered, int *, nr, int, n)
{
	int i;

	kdefer(d3_increment, nr);
	kdefer(klog_recover, "r");
	for (i = 0; i < n; i++)
		kdefer(d3_increment, nr);
	many_fill(nr, n);
}

static KDEFER_DEFINE_VOID2(many_guards, int *, nr, int, n)
{
	int i;

	for (i = 0; i < n; i++) {
		kdefer_guard(many_count)(nr);
		kdefer(d3_increment, nr);
	}
}

/* D1: many calls, from many places in the stack of records, on return and on a panic. */
static void many_any_number(struct kunit *test)
{
	int n, nr, wrong = 0;

	KUNIT_EXPECT_EQ(test, many_boundary(), 200);
	for (n = 0; n < 300; n++) {
		klog_begin();
		nr = 0;
		many_fill_recovered(&nr, n);
		wrong += nr != 2 * n + 1;
		nr = 0;
		many_guards(&nr, n);
		wrong += nr != n;
	}
	KUNIT_EXPECT_EQ(test, wrong, 0);
}

struct d24_buffer {
	int *live;
	char data[100];
};

static void d24_free(void *arg)
{
	struct d24_buffer *buf = arg;

	(*buf->live)--;
	memset(buf->data, 0xee, sizeof(buf->data));
	kfree(buf);
}

#define D24_BUFFERS	50

static KDEFER_DEFINE_VOID2(d24_allocate, int *, live, int, err)
{
	struct d24_buffer *buf;
	int i;

	kdefer(klog_recover, "r");
	for (i = 0; i < D24_BUFFERS; i++) {
		buf = kmalloc(sizeof(*buf), GFP_KERNEL);
		if (!buf)
			kpanic(-ENOMEM);
		buf->live = live;
		(*live)++;
		kdefer(d24_free, buf);
	}
	if (err)
		kpanic(err);
}

/* D24: a deferred call may free what it was given: neither record nor frame use it afterwards. */
static void d24_argument_is_freed(struct kunit *test)
{
	int live = 0;

	d24_allocate(&live, 0);
	KUNIT_EXPECT_EQ(test, live, 0);
	d24_allocate(&live, -EIO);
	KUNIT_EXPECT_EQ(test, live, 0);
	KLOG_EXPECT(test, "r=- r=-5");
}

/*
 * Not here:
 * D17 (KDEFER function where it cannot work) is a throw, which ends the machine's thread: it is
 *     checked in a guest of its own.
 * D18 (adding to a frame that has returned) cannot be written: kdefer() finds the frame by a name
 *     that exists in the body only.
 * D20 (deferring builtins) is about Go's language.
 * D21 (concurrent registration) is about callbacks that belong to no thread; kdefer has none.
 */
static int defer_kunit_init(struct kunit *test)
{
	klog_begin();
	return 0;
}

static struct kunit_case defer_kunit_cases[] = {
	KUNIT_CASE(d1_lifo),
	KUNIT_CASE(d1_lifo_in_loop),
	KUNIT_CASE(d2_evaluated_once_and_now),
	KUNIT_CASE(d2_typed_argument),
	KUNIT_CASE(d3_unbounded),
	KUNIT_CASE(d3_mixed_in_threads),
	KUNIT_CASE(d4_conditional_defers),
	KUNIT_CASE(d5_never_reached),
	KUNIT_CASE(d6_named_result),
	KUNIT_CASE(d6_named_struct_result),
	KUNIT_CASE(d7_callee_first),
	KUNIT_CASE(d8_nil_function),
	KUNIT_CASE(d8_nil_function_value),
	KUNIT_CASE(d9_argument_fails),
	KUNIT_CASE(d10_nil_replaces_panic),
	KUNIT_CASE(d11_defer_in_deferred),
	KUNIT_CASE(d12_runs_once),
	KUNIT_CASE(d13_function_without_exit),
	KUNIT_CASE(d14_large_arguments),
	KUNIT_CASE(d14_types_of_arguments),
	KUNIT_CASE(defer_const_function),
	KUNIT_CASE(defer_counted_parameters),
	KUNIT_CASE(defer_calls_with_arguments),
	KUNIT_CASE(d23_call_without_memory),
	KUNIT_CASE(d15_no_stale_record),
	KUNIT_CASE(d16_mixed_records),
	KUNIT_CASE(d19_function_not_block),
	KUNIT_CASE(d22_early_release),
	KUNIT_CASE(d23_no_memory_for_record),
	KUNIT_CASE(d23_no_memory_for_recoverer),
	KUNIT_CASE(many_any_number),
	KUNIT_CASE(d24_argument_is_freed),
	{ }
};

static struct kunit_suite defer_kunit_suite = {
	.name = "kdefer_defer",
	.init = defer_kunit_init,
	.test_cases = defer_kunit_cases,
};

kunit_test_suite(defer_kunit_suite);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("KUnit suites of kdefer");
