// SPDX-License-Identifier: GPL-2.0-only
/*
 * Recover: who may, what it returns, where the program goes on (rules R1 to R23).
 */
#include <linux/errno.h>
#include <linux/slab.h>

#include "kunit-log.h"

static KDEFER_DEFINE1(int, r1_recovering, int, err)
{
	kdefer(klog_recover, "r");
	if (err)
		kpanic(err);
	return 1;
}

static KDEFER_DEFINE_VOID0(r1_message)
{
	kdefer(klog_recover, "r");
	kpanicf("%s %d", "message", 3);
}

/* R1: a deferred function gets the value and stops the panic; who deferred it returns. */
static void r1_recover_returns_to_caller(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, r1_recovering(-EIO), 0);
	klog("caller");
	KUNIT_EXPECT_EQ(test, r1_recovering(0), 1);
	r1_message();
	klog("caller");
	KLOG_EXPECT(test, "r=-5 caller r=- r=message 3 caller");
}

static noinline void r2_helper(void)
{
	klog_try_recover("helper", NULL);
}

static void r2_call_helper(void *arg, struct kdefer_panic *p)
{
	r2_helper();
}

static noinline void r2_helper_with_panic(struct kdefer_panic *p)
{
	klog_try_recover("helper", p);
}

static void r2_pass_panic(void *arg, struct kdefer_panic *p)
{
	r2_helper_with_panic(p);
}

static KDEFER_DEFINE_VOID1(r2_helpers, kdefer_token_fn, fn)
{
	kdefer(klog_recover, "r");
	kdefer(fn, NULL);
	kpanic(-2);
}

/* R2: a function that the deferred one calls recovers nothing, unless it was handed the panic. */
static void r2_helper_needs_panic(struct kunit *test)
{
	r2_helpers(r2_call_helper);
	r2_helpers(r2_pass_panic);
	KLOG_EXPECT(test, "helper=- r=-2 helper=-2 r=-");
}

static KDEFER_DEFINE_VOID0(r3_nested)
{
	kdefer(klog_recover, "nested");
	klog("in");
}

static KDEFER_DEFINE_VOID2(r3_deferred, void *, arg, struct kdefer_panic *, p)
{
	kdefer(klog_recover, "own");
	r3_nested();
}

static KDEFER_DEFINE_VOID0(r3_outer)
{
	kdefer(klog_recover, "r");
	kdefer(r3_deferred, NULL);
	kpanic(-3);
}

/* R3: what a deferred function defers is not run by the panic: it returns, nothing is recovered. */
static void r3_nested_deferred(struct kunit *test)
{
	r3_outer();
	KLOG_EXPECT(test, "in nested=- own=- r=-3");
}

static void r4_recursive(void *depth, struct kdefer_panic *p)
{
	if (!depth)
		r4_recursive(KLOG_NR(1), NULL);
	klog("depth %ld", (long)depth);
	klog_try_recover("r", p);
}

static KDEFER_DEFINE_VOID0(r4_outer)
{
	kdefer(r4_recursive, KLOG_NR(0));
	kpanic(-4);
}

/* R4: of a deferred function that calls itself, only the call that the panic made recovers. */
static void r4_recursive_deferred(struct kunit *test)
{
	r4_outer();
	KLOG_EXPECT(test, "depth 1 r=- depth 0 r=-4");
}

static void r5_recover_nothing(void *arg)
{
	klog("%d", krecover(NULL, NULL));
}

static KDEFER_DEFINE_VOID0(r5_without_panic)
{
	kdefer(klog_recover, "r");
	kdefer(r5_recover_nothing, NULL);
	kpanic(-5);
}

/* R5: a deferred call that does not take the panic cannot stop it. */
static void r5_deferred_without_panic(struct kunit *test)
{
	r5_without_panic();
	KLOG_EXPECT(test, "0 r=-5");
}

static void r6_recover(void *p)
{
	klog_try_recover("r", p);
}

static KDEFER_DEFINE_VOID2(r6_deferred, void *, arg, struct kdefer_panic *, p)
{
	kdefer(r6_recover, p);
	klog("body");
}

static KDEFER_DEFINE_VOID0(r6_outer)
{
	kdefer(klog_look, "nothing");
	kdefer(r6_deferred, NULL);
	kpanic(-6);
}

/* R6: a deferred function may leave the recovery to its own deferred calls, run at its end. */
static void r6_deferred_recover(struct kunit *test)
{
	r6_outer();
	KLOG_EXPECT(test, "body r=-6 nothing=-");
}

static void r7_recover_twice(void *arg, struct kdefer_panic *p)
{
	klog_try_recover("first", p);
	klog_try_recover("second", p);
	klog_try_recover("other", NULL);
}

static KDEFER_DEFINE_VOID0(r7_outer)
{
	kdefer(klog_recover, "older");
	kdefer(klog_recover, "oldest");
	kdefer(r7_recover_twice, NULL);
	kpanic(-7);
}

/* R7, R8: a panic is recovered once; neither the same deferred function nor later ones find it. */
static void r7_r8_recover_once(struct kunit *test)
{
	r7_outer();
	KLOG_EXPECT(test, "first=-7 second=- other=- oldest=- older=-");
}

static KDEFER_DEFINE_VOID0(r9_frame)
{
	kdefer(klog_step, "first");
	kdefer(klog_recover, "none");
	kdefer(klog_step, "second");
	kdefer(klog_recover, "r");
	kdefer(klog_step, "fourth");
	kpanic(-9);
}

static KDEFER_DEFINE_VOID1(r9_many, long, n)
{
	long i;

	for (i = 0; i < n; i++)
		kdefer(klog_number, KLOG_NR(i));
	kdefer(klog_recover, "r");
	for (i = 0; i < n; i++)
		kdefer(klog_number, KLOG_NR(i));
	kpanic(-9);
}

/* R9: the recovering function's remaining deferred calls run in order, as on a normal return. */
static void r9_remaining_calls(struct kunit *test)
{
	r9_frame();
	KLOG_EXPECT(test, "fourth r=-9 second none=- first");
	klog_begin();
	r9_many(3);
	klog("|");
	r9_many(5);
	KLOG_EXPECT(test, "2 1 0 r=-9 2 1 0 | 4 3 2 1 0 r=-9 4 3 2 1 0");
}

static KDEFER_DEFINE_VOID0(r10_body)
{
	kdefer(klog_step, "deferred");
	klog_try_recover("body", NULL);
}

/* R10: where nothing panics there is nothing to recover, and trying has no effect. */
static void r10_no_panic(struct kunit *test)
{
	klog_try_recover("outside", NULL);
	KUNIT_EXPECT_NULL(test, kdefer_panic_value(NULL));
	r10_body();
	KLOG_EXPECT(test, "outside=- body=- deferred");
}

static void r11_given(void *given, struct kdefer_panic *p)
{
	*(struct kdefer_panic **)given = p;
	klog_try_recover("r", p);
}

static KDEFER_DEFINE_VOID2(r11_return, struct kdefer_panic **, given, int, err)
{
	kdefer(r11_given, given);
	if (err)
		kpanic(err);
}

/* R11: on a normal return a deferred function is given no panic; on a panic it is given one. */
static void r11_normal_return(struct kunit *test)
{
	struct kdefer_panic *given = ERR_PTR(-EINVAL);

	r11_return(&given, 0);
	KUNIT_EXPECT_NULL(test, given);
	r11_return(&given, -11);
	KUNIT_EXPECT_NOT_NULL(test, given);
	KLOG_EXPECT(test, "r=- r=-11");
}

static int r12_panic(void)
{
	kpanic(-12);
	return 0;
}

static KDEFER_DEFINE0(int, r12_unset)
{
	kdefer(klog_recover, "r");
	return 7 + r12_panic();
}

static KDEFER_DEFINE0(int, r12_set)
{
	kdefer(klog_recover, "r");
	kdefer_result = 2;
	return 7 + r12_panic();
}

static void r12_recover_and_set(void *result, struct kdefer_panic *p)
{
	klog_try_recover("r", p);
	*(int *)result = 1;
}

static KDEFER_DEFINE1(int, r12_set_by_deferred, bool, panic)
{
	kdefer(r12_recover_and_set, &kdefer_result);
	if (panic)
		kpanic(0);
	return 5;
}

/* R12: a recovery keeps the result as assigned so far, else zero; deferred calls may set it. */
static void r12_results(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, r12_unset(), 0);
	KUNIT_EXPECT_EQ(test, r12_set(), 2);
	KUNIT_EXPECT_EQ(test, r12_set_by_deferred(true), 1);
	KUNIT_EXPECT_EQ(test, r12_set_by_deferred(false), 1);
	KLOG_EXPECT(test, "r=-12 r=-12 r=nil r=-");
}

struct r12_many {
	void *ptr;
	u64 word[6];
	char c;
};

static KDEFER_DEFINE1(struct r12_many, r12_struct, bool, set)
{
	kdefer(klog_recover, "r");
	if (set) {
		kdefer_result.word[5] = 5;
		kdefer_result.c = 'c';
	}
	return (struct r12_many){ .ptr = "", .word = { r12_panic(), 1, 2 }, .c = 'd' };
}

static KDEFER_DEFINE0(void *, r12_pointer)
{
	kdefer(klog_recover, "r");
	r12_panic();
	return "";
}

/* R12: a return statement that does not complete assigns nothing, also not in part. */
static void r12_other_results(struct kunit *test)
{
	struct r12_many many = r12_struct(false);

	KUNIT_EXPECT_NULL(test, many.ptr);
	KUNIT_EXPECT_EQ(test, many.word[1] + many.word[5] + many.c, 0);
	many = r12_struct(true);
	KUNIT_EXPECT_NULL(test, many.ptr);
	KUNIT_EXPECT_EQ(test, many.word[5], 5);
	KUNIT_EXPECT_EQ(test, (int)many.c, 'c');
	KUNIT_EXPECT_NULL(test, r12_pointer());
}

static KDEFER_DEFINE_VOID0(r13_inner)
{
	kdefer(klog_step, "inner 1");
	kdefer(klog_step, "inner 2");
	kpanic(-13);
}

static KDEFER_DEFINE_VOID0(r13_middle)
{
	kdefer(klog_step, "middle");
	r13_inner();
	klog("not reached");
}

static KDEFER_DEFINE_VOID0(r13_outer)
{
	kdefer(klog_step, "outer");
	kdefer(klog_recover, "r");
	r13_middle();
	klog("not reached");
}

/* R13, R14: what an outer function deferred recovers, after all that inner ones deferred. */
static void r13_r14_outer_recovers(struct kunit *test)
{
	r13_outer();
	KLOG_EXPECT(test, "inner 2 inner 1 middle r=-13 outer");
}

static KDEFER_DEFINE_VOID0(r14_inner_recovers)
{
	kdefer(klog_recover, "inner");
	kpanic(-14);
}

static KDEFER_DEFINE_VOID0(r14_both)
{
	kdefer(klog_recover, "outer");
	r14_inner_recovers();
	kpanic(-15);
}

/* R14: an inner and an outer function each recover their own. */
static void r14_inner_and_outer(struct kunit *test)
{
	r14_both();
	KLOG_EXPECT(test, "inner=-14 outer=-15");
}

static KDEFER_DEFINE_VOID2(r15_kdefer_function, void *, word, struct kdefer_panic *, p)
{
	klog_try_recover(word, p);
}

static void (*r15_pointer)(void *word, struct kdefer_panic *p) = r15_kdefer_function;

static void r15_trampoline(void *word, struct kdefer_panic *p)
{
	READ_ONCE(r15_pointer)(word, p);
}

static KDEFER_DEFINE_VOID1(r15_outer, kdefer_token_fn, fn)
{
	kdefer(klog_recover, "nothing");
	kdefer(fn, "r");
	kpanic(-15);
}

/* R15: wrappers, thunks and trampolines between the panic and the recovery do not count. */
static void r15_wrappers(struct kunit *test)
{
	r15_outer(klog_recover);
	r15_outer(r15_kdefer_function);
	r15_outer(r15_trampoline);
	r15_outer(r15_pointer);
	KLOG_EXPECT(test, "r=-15 nothing=- r=-15 nothing=- r=-15 nothing=- r=-15 nothing=-");
}

static inline void r16_inlined(void *word, struct kdefer_panic *p)
{
	klog_try_recover(word, p);
}

static void r16_tail_call(void *word, struct kdefer_panic *p)
{
	klog_recover(word, p);
}

static void r16_tail_call_without(void *word, struct kdefer_panic *p)
{
	klog_recover(word, NULL);
}

static KDEFER_DEFINE_VOID0(r16_outer)
{
	kdefer(klog_recover, "last");
	kdefer(r16_tail_call, "tail");
	kdefer(r16_tail_call_without, "without");
	kpanic(-16);
}

static KDEFER_DEFINE_VOID0(r16_inline)
{
	kdefer(r16_inlined, "inline");
	kpanic(-17);
}

/* R16: the answer is the same at every level of optimisation, inlined and tail called or not. */
static void r16_optimisation(struct kunit *test)
{
	r16_outer();
	r16_inline();
	KLOG_EXPECT(test, "without=- tail=-16 last=- inline=-17");
}

static void r17_large_frame(void *word, struct kdefer_panic *p)
{
	char large[1536];

	memset(large, 'x', sizeof(large));
	OPTIMIZER_HIDE_VAR(word);
	klog_try_recover(word, p);
	klog("%c", large[strlen(word)]);
}

static KDEFER_DEFINE_VOID0(r17_outer)
{
	kdefer(r17_large_frame, "none");
	kdefer(r17_large_frame, "r");
	kpanic(-17);
}

/* R17: a deferred function with a large frame can recover. */
static void r17_large_deferred_frame(struct kunit *test)
{
	r17_outer();
	KLOG_EXPECT(test, "r=-17 x none=- x");
}

static const struct kdefer_type r20_type = { .name = "r20" };

static void r20_recover(void *v, struct kdefer_panic *p)
{
	struct kdefer_value *value = v;
	const struct kdefer_value *look = kdefer_panic_value(p);

	if (!look || !krecover(p, value) || look->id != value->id || look->ptr != value->ptr)
		klog("wrong");
}

static KDEFER_DEFINE_VOID2(r20_raise, struct kdefer_value *, v, void *, ptr)
{
	kdefer(r20_recover, v);
	if (v->id)
		kpanic_value(v);
	kpanic_ptr(ptr, &r20_type);
}

/* R20: what is recovered is what was raised: the same object, the same value when re-raised. */
static void r20_identity(struct kunit *test)
{
	struct kdefer_value a = { 0 }, b = { 0 };
	u64 id;
	int object;

	r20_raise(&a, &object);
	KUNIT_EXPECT_PTR_EQ(test, a.ptr, &object);
	KUNIT_EXPECT_PTR_EQ(test, a.type, &r20_type);
	r20_raise(&b, &object);
	KUNIT_EXPECT_NE(test, a.id, b.id);
	id = a.id;
	r20_raise(&a, NULL);
	KUNIT_EXPECT_EQ(test, a.id, id);
	KUNIT_EXPECT_PTR_EQ(test, a.ptr, &object);
	KLOG_EXPECT(test, "");
}

static KDEFER_DEFINE_VOID1(r21_inner, void *, arg)
{
	kdefer(klog_recover, "inner");
	kpanic(-4);
}

static KDEFER_DEFINE_VOID0(r21_panic_in_deferred)
{
	long i;

	for (i = 0; i < 4; i++)
		kdefer(klog_number, NULL);
	kdefer(r21_inner, NULL);
	kpanic(-1);
}

static KDEFER_DEFINE_VOID0(r21_outer)
{
	kdefer(klog_recover, "outer");
	r21_panic_in_deferred();
}

/* R21: a deferred function recovers the panic that runs it, not another one in progress. */
static void r21_matching(struct kunit *test)
{
	r21_outer();
	KLOG_EXPECT(test, "inner=-4 0 0 0 0 outer=-1");
}

static void r21_recover_both(void *older, struct kdefer_panic *p)
{
	klog_try_recover("older", older);
	klog_try_recover("own", p);
}

static KDEFER_DEFINE_VOID1(r21_newer, struct kdefer_panic *, older)
{
	kdefer(r21_recover_both, older);
	kpanic(-2);
}

static void r21_with_older(void *arg, struct kdefer_panic *p)
{
	r21_newer(p);
	klog_try_recover("then", p);
}

static KDEFER_DEFINE_VOID0(r21_two)
{
	kdefer(r21_with_older, NULL);
	kpanic(-1);
}

/* R21: an older panic cannot be recovered while a newer one is in progress; afterwards it can. */
static void r21_older_panic(struct kunit *test)
{
	r21_two();
	KLOG_EXPECT(test, "older=- own=-2 then=-1");
}

static struct kdefer_panic *r21_kept;

static void r21_keep(void *arg, struct kdefer_panic *p)
{
	if (p)
		r21_kept = p;
}

static void r21_use_kept(void *word)
{
	klog_try_recover(word, r21_kept);
}

static KDEFER_DEFINE_VOID0(r21_late)
{
	kdefer(r21_use_kept, "recovered");
	kdefer(klog_recover, "r");
	kdefer(r21_use_kept, "next");
	kdefer(r21_keep, NULL);
	kpanic(-1);
}

static KDEFER_DEFINE_VOID0(r21_next_panic)
{
	kdefer(klog_recover, "r");
	kdefer(r21_use_kept, "another");
	kpanic(-2);
}

/* R21: what a deferred function was given is of no use when that call has ended. */
static void r21_kept_too_long(struct kunit *test)
{
	r21_kept = NULL;
	r21_late();
	KUNIT_EXPECT_NOT_NULL(test, r21_kept);
	r21_use_kept("outside");
	r21_next_panic();
	KLOG_EXPECT(test, "next=- r=-1 recovered=- outside=- another=- r=-2");
}

static void r22_free(void *ptr)
{
	struct {
		int *released;
	} *object = ptr;

	(*object->released)++;
	kfree(object);
}

static const struct kdefer_type r22_type = { .name = "r22", .release = r22_free };

static void r22_recover(void *count, struct kdefer_panic *p)
{
	*(int *)count += krecover(p, NULL);
}

static noinline void r22_panic(int *released)
{
	int **object = kmalloc(sizeof(*object), GFP_KERNEL);

	if (!object)
		kpanic(-ENOMEM);
	*object = released;
	kpanic_ptr(object, &r22_type);
}

#define R22_ROUNDS	1000
#define R22_DEPTH	6

/* On each level a panic, recovered there, and further calls that then find nothing. */
static KDEFER_DEFINE_VOID3(r22_frames, int, depth, int *, recovered, int *, released)
{
	int i;

	for (i = 0; i < depth; i++)
		kdefer(r22_recover, recovered);
	if (depth > 1)
		r22_frames(depth - 1, recovered, released);
	r22_panic(released);
}

/* R22: a recovery leaves nothing behind: as many values are released as were raised, each once. */
static void r22_nothing_left(struct kunit *test)
{
	int i, recovered = 0, released = 0;

	for (i = 0; i < R22_ROUNDS; i++)
		r22_frames(R22_DEPTH, &recovered, &released);
	KUNIT_EXPECT_EQ(test, recovered, R22_DEPTH * R22_ROUNDS);
	KUNIT_EXPECT_EQ(test, released, R22_DEPTH * R22_ROUNDS);
}

struct r23_copy {
	int done;
	int last;
};

static void r23_look(void *arg, struct kdefer_panic *p)
{
	struct r23_copy *copy = arg;

	klog("done %d", copy->done);
	copy->last = copy->done;
	klog_try_recover("r", p);
}

static KDEFER_DEFINE_VOID2(r23_steps, struct r23_copy *, copy, int, bad)
{
	int i;

	kdefer(r23_look, copy);
	for (i = 0; i < 100; i++) {
		if (i == bad)
			kpanic(-EFAULT);
		copy->done++;
	}
}

static KDEFER_DEFINE_VOID1(r23_own_variable, int, bad)
{
	static struct r23_copy copy;
	int i;

	copy.done = 0;
	kdefer(r23_look, &copy);
	for (i = 0; i < 100; i++) {
		if (i == bad)
			kpanic(-EFAULT);
		copy.done++;
	}
}

/* R23: a deferred function sees what was written before the panic, with nothing volatile. */
static void r23_variables(struct kunit *test)
{
	struct r23_copy copy = { 0 };

	r23_steps(&copy, 42);
	KUNIT_EXPECT_EQ(test, copy.last, 42);
	r23_own_variable(17);
	KLOG_EXPECT(test, "done 42 r=-14 done 17 r=-14");
}

/*
 * Not here:
 * R5 in Go is about deferring recover() itself, which the type of a deferred function excludes;
 *     the case is about the nearest thing that C can say.
 * R16 is a property of all cases: they run at every level of optimisation.
 * R18, R19 (generics, recover's arguments) are about Go's language.
 * R23 with a fault in place of kpanic() needs faults to be panics, which has cases of its own.
 */
static int recover_kunit_init(struct kunit *test)
{
	klog_begin();
	return 0;
}

static struct kunit_case recover_kunit_cases[] = {
	KUNIT_CASE(r1_recover_returns_to_caller),
	KUNIT_CASE(r2_helper_needs_panic),
	KUNIT_CASE(r3_nested_deferred),
	KUNIT_CASE(r4_recursive_deferred),
	KUNIT_CASE(r5_deferred_without_panic),
	KUNIT_CASE(r6_deferred_recover),
	KUNIT_CASE(r7_r8_recover_once),
	KUNIT_CASE(r9_remaining_calls),
	KUNIT_CASE(r10_no_panic),
	KUNIT_CASE(r11_normal_return),
	KUNIT_CASE(r12_results),
	KUNIT_CASE(r12_other_results),
	KUNIT_CASE(r13_r14_outer_recovers),
	KUNIT_CASE(r14_inner_and_outer),
	KUNIT_CASE(r15_wrappers),
	KUNIT_CASE(r16_optimisation),
	KUNIT_CASE(r17_large_deferred_frame),
	KUNIT_CASE(r20_identity),
	KUNIT_CASE(r21_matching),
	KUNIT_CASE(r21_older_panic),
	KUNIT_CASE(r21_kept_too_long),
	KUNIT_CASE(r22_nothing_left),
	KUNIT_CASE(r23_variables),
	{ }
};

static struct kunit_suite recover_kunit_suite = {
	.name = "kdefer_recover",
	.init = recover_kunit_init,
	.test_cases = recover_kunit_cases,
};

kunit_test_suite(recover_kunit_suite);
