// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tokens that do not entitle to anything, NULL functions, memory that runs out, and the rules that
 * exception libraries have in common (E rules).
 */
#include <kunit/test.h>
#include <linux/completion.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <kdefer/kdefer.h>

#include "kunit-capture.h"
#include "kunit-log.h"

/* The token that a deferred call was given, kept for longer than it is good for. */
static struct kdefer_panic *kept;

static int misuse_kunit_init(struct kunit *test)
{
	klog_begin();
	kept = NULL;
	return 0;
}

static void keep_token(void *arg, struct kdefer_panic *p)
{
	kept = p;
}

static void try_kept(void *word)
{
	klog("look=%d", !!kdefer_panic_value(kept));
	klog_try_recover(word, kept);
}

static void ignore_panic(void *arg, struct kdefer_panic *p)
{
	krecover(p, NULL);
}

static KDEFER_DEFINE_VOID0(token_after_its_call)
{
	kdefer(klog_recover, "own");
	kdefer(try_kept, "kept");
	kdefer(keep_token, NULL);
	kpanic(-EIO);
}

/* A token is good until its deferred call ends, although the panic goes on. */
static void token_used_after_its_call(struct kunit *test)
{
	token_after_its_call();
	KUNIT_EXPECT_NOT_NULL(test, kept);
	KLOG_EXPECT(test, "look=0 kept=- own=-5");
}

static void keep_and_recover(void *arg, struct kdefer_panic *p)
{
	kept = p;
	krecover(p, NULL);
}

static KDEFER_DEFINE_VOID0(token_after_recovery)
{
	kdefer(keep_and_recover, NULL);
	kpanic(-EIO);
}

static KDEFER_DEFINE_VOID0(next_panic)
{
	kdefer(klog_recover, "own");
	kdefer(try_kept, "kept");
	kpanic(-EPERM);
}

/* A token of a panic that was recovered is good for nothing, nor for a later panic. */
static void token_used_after_recovery(struct kunit *test)
{
	token_after_recovery();
	try_kept("late");
	next_panic();
	KLOG_EXPECT(test, "look=0 late=- look=0 kept=- own=-1");
}

static void release_try_kept(void *ptr)
{
	try_kept("release");
}

static const struct kdefer_type trying_type = { .name = "trying", .release = release_try_kept };

static void raise_trying(void *arg)
{
	kpanic_ptr(arg, &trying_type);
}

static KDEFER_DEFINE1(long, token_in_release, void *, arg)
{
	kdefer(klog_step, "last");
	kdefer(keep_and_recover, NULL);
	kdefer(raise_trying, NULL);
	kgoexit(1);
}

/* A token is good for nothing in the release function that runs right after its deferred call. */
static void token_used_by_release(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, kdefer_run(token_in_release, NULL, NULL), 1L);
	KLOG_EXPECT(test, "look=0 release=- last");
}

static void recover_twice(void *arg, struct kdefer_panic *p)
{
	klog_try_recover("first", p);
	klog("look=%d", !!kdefer_panic_value(p));
	klog_try_recover("second", p);
}

static KDEFER_DEFINE_VOID0(token_twice)
{
	kdefer(recover_twice, NULL);
	kpanic(-EIO);
}

/* R7: a token recovers once; its value can be looked at until the deferred call ends. */
static void r7_token_used_twice(struct kunit *test)
{
	token_twice();
	KLOG_EXPECT(test, "first=-5 look=1 second=-");
}

static long recover_in_run(void *token)
{
	return krecover(token, NULL);
}

static int other_task_main(void *token)
{
	klog("look=%d", !!kdefer_panic_value(token));
	klog_try_recover("other", token);
	return kdefer_run(recover_in_run, token, NULL);
}

static void hand_to_other_task(void *test, struct kdefer_panic *p)
{
	struct kdefer_outcome out;

	kcapture_thread(test, other_task_main, p, &out);
	klog("inside=%ld", out.result);
	klog_try_recover("own", p);
}

static KDEFER_DEFINE_VOID1(token_in_other_task, struct kunit *, test)
{
	kdefer(hand_to_other_task, test);
	kpanic(-EIO);
}

/* A token is good in its own task only, and stays good there. */
static void token_used_by_another_task(struct kunit *test)
{
	token_in_other_task(test);
	KLOG_EXPECT(test, "look=0 other=- inside=0 own=-5");
}

static void recover_older_first(void *older, struct kdefer_panic *p)
{
	klog("look=%d", !!kdefer_panic_value(older));
	klog_try_recover("older", older);
	klog_try_recover("newest", p);
}

static KDEFER_DEFINE_VOID1(raise_over, struct kdefer_panic *, older)
{
	kdefer(recover_older_first, older);
	kpanic(-EPERM);
}

static void raise_newer(void *arg, struct kdefer_panic *p)
{
	raise_over(p);
	klog_try_recover("again_newest", p);
}

static KDEFER_DEFINE_VOID0(token_of_older_panic)
{
	kdefer(raise_newer, NULL);
	kpanic(-EIO);
}

/* R21: a token is refused while a newer panic is going on, and good again after that. */
static void r21_token_of_older_panic(struct kunit *test)
{
	token_of_older_panic();
	KLOG_EXPECT(test, "look=0 older=- newest=-1 again_newest=-5");
}

/* NULL is no token, and neither is what merely looks like a pointer. */
static void token_null_or_invented(struct kunit *test)
{
	struct kdefer_value v = { .id = 77 };

	KUNIT_EXPECT_FALSE(test, krecover(NULL, &v));
	KUNIT_EXPECT_NULL(test, kdefer_panic_value(NULL));
	KUNIT_EXPECT_FALSE(test, krecover((struct kdefer_panic *)&v, &v));
	KUNIT_EXPECT_NULL(test, kdefer_panic_value((struct kdefer_panic *)&v));
	KUNIT_EXPECT_FALSE(test, krecover((struct kdefer_panic *)1UL, NULL));
	KUNIT_EXPECT_EQ(test, v.id, 77ULL);
}

static void recover_null(void *arg, struct kdefer_panic *p)
{
	klog("null=%d", krecover(NULL, NULL));
	klog_try_recover("own", p);
}

static KDEFER_DEFINE_VOID0(null_while_panicking)
{
	kdefer(recover_null, NULL);
	kpanic(-EIO);
}

static void call_recover_null(void *arg)
{
	recover_null(arg, NULL);
}

static KDEFER_DEFINE_VOID0(called_while_panicking)
{
	kdefer(klog_recover, "own");
	kdefer(call_recover_null, NULL);
	kpanic(-EIO);
}

/* K7: a deferred function may be called like any other, and is no deferred call then. */
static void k7_called_directly(struct kunit *test)
{
	recover_null(NULL, NULL);
	called_while_panicking();
	KLOG_EXPECT(test, "null=0 own=- null=0 own=- own=-5");
}

/* NULL is no token while there is a panic either. */
static void token_null_while_panicking(struct kunit *test)
{
	null_while_panicking();
	KLOG_EXPECT(test, "null=0 own=-5");
}

static KDEFER_DEFINE_VOID0(defer_plain_null)
{
	kdefer(klog_recover, "null");
	kdefer(klog_step, "before");
	kdefer(NULL, NULL);
	kdefer(klog_step, "after");
	klog("body");
}

static KDEFER_DEFINE_VOID1(defer_null_fn, kdefer_fn, fn)
{
	kdefer(klog_recover, "fn");
	kdefer(fn, NULL);
	klog("body");
}

static KDEFER_DEFINE_VOID1(defer_null_token_fn, kdefer_token_fn, fn)
{
	kdefer(klog_recover, "token_fn");
	kdefer(fn, NULL);
	klog("body");
}

/* D8: deferring NULL is accepted; it panics when it is run, in order, whatever type it has. */
static void d8_null_function_panics_when_run(struct kunit *test)
{
	defer_plain_null();
	defer_null_fn(NULL);
	defer_null_token_fn(NULL);
	KLOG_EXPECT(test, "body after before null=fault body fn=fault body token_fn=fault");
}

static void copy_value(void *v, struct kdefer_panic *p)
{
	krecover(p, v);
}

static KDEFER_DEFINE_VOID1(null_value, struct kdefer_value *, v)
{
	kdefer(copy_value, v);
	kdefer(NULL, NULL);
}

/* D8: what it raises is Go's nil dereference. */
static void d8_null_function_value(struct kunit *test)
{
	struct kdefer_value v = { };

	null_value(&v);
	KUNIT_EXPECT_EQ(test, v.kind, KDEFER_FAULT);
	KUNIT_EXPECT_EQ(test, v.fault.kind, KDEFER_FAULT_NULL);
	KUNIT_EXPECT_EQ(test, v.err, -EFAULT);
	KUNIT_EXPECT_NE(test, v.id, 0ULL);
}

static KDEFER_DEFINE_VOID0(null_replaces)
{
	kdefer(klog_recover, "replaced");
	kdefer(NULL, NULL);
	kdefer(klog_look, "first");
	kpanic(-EIO);
}

/* D10: run while panicking, it replaces the panic. */
static void d10_null_function_replaces_panic(struct kunit *test)
{
	null_replaces();
	KLOG_EXPECT(test, "first=-5 replaced=fault");
}

static void count(void *nr)
{
	++*(unsigned int *)nr;
}

struct no_memory {
	unsigned int calls;
	unsigned int at_failure;
	unsigned int pushed;
	bool armed;
	bool failed;
};

static void count_with_token(void *arg, struct kdefer_panic *p)
{
	struct no_memory *n = arg;

	/* The first that the panic runs, and runs for it. */
	if (kdefer_panic_value(p))
		n->at_failure = n->calls;
	n->calls++;
}

static KDEFER_DEFINE_VOID1(run_out_of_memory, struct no_memory *, n)
{
	unsigned int i;

	kdefer(klog_recover, "recovered");
	for (i = 0; i < 3; i++, n->pushed++)
		kdefer(count, &n->calls);
	use_up_records();
	n->armed = kcapture_fail_alloc();
	if (!n->armed)
		return;
	n->pushed++;
	kdefer(count_with_token, n);
	klog("went_on");
}

/*
 * D23: without memory for the record the function panics, and the call is the first that the panic
 * runs: it may recover, and acts as on any other failure. What was deferred before follows, each
 * once.
 */
static void d23_no_memory_for_a_record(struct kunit *test)
{
	struct no_memory n = { .at_failure = ~0U };

	run_out_of_memory(&n);
	n.failed = n.armed && kcapture_alloc_failed();
	if (!n.armed)
		kunit_skip(test, "this kernel cannot make allocations fail (CONFIG_FAILSLAB)");
	KUNIT_EXPECT_TRUE(test, n.failed);
	KLOG_EXPECT(test, "recovered=-12");
	KUNIT_EXPECT_EQ(test, n.at_failure, 0U);
	KUNIT_EXPECT_EQ(test, n.calls, n.pushed);
}

static KDEFER_DEFINE_VOID1(run_out_in_loop, unsigned int *, nr)
{
	unsigned int i;

	for (i = 0; i < 12; i++)
		kdefer(count, nr);
	kcapture_fail_alloc();
	for (; i < 1000; i++)
		kdefer(count, nr);
}

static KDEFER_DEFINE1(long, run_out_in_loop_recovered, void *, nr)
{
	kdefer(klog_recover, "recovered");
	run_out_in_loop(nr);
	klog("returned");
	return 0;
}

/* D23: the same in the middle of a loop: what was deferred runs once, what was not does not. */
static void d23_no_memory_in_a_loop(struct kunit *test)
{
	unsigned int nr = 0;

	if (!kcapture_fail_alloc())
		kunit_skip(test, "this kernel cannot make allocations fail (CONFIG_FAILSLAB)");
	kcapture_alloc_failed();
	run_out_in_loop_recovered(&nr);
	KUNIT_EXPECT_TRUE(test, kcapture_alloc_failed());
	KLOG_EXPECT(test, "recovered=-12");
	KUNIT_EXPECT_GE(test, nr, 12U + 1);
	KUNIT_EXPECT_LT(test, nr, 1000U);
}

static KDEFER_DEFINE_VOID0(raise_and_recover)
{
	kdefer(ignore_panic, NULL);
	kpanic(-EIO);
}

static KDEFER_DEFINE1(long, raise_without_memory, void *, arg)
{
	kcapture_fail_alloc();
	raise_and_recover();
	return kcapture_alloc_failed();
}

/* K28: raising and recovering need no memory. */
static void k28_panic_needs_no_memory(struct kunit *test)
{
	struct kdefer_outcome out;

	if (!kcapture_fail_alloc())
		kunit_skip(test, "this kernel cannot make allocations fail (CONFIG_FAILSLAB)");
	kcapture_alloc_failed();
	kdefer_run(raise_without_memory, NULL, &out);
	KUNIT_EXPECT_EQ(test, out.how, KDEFER_RETURNED);
	KUNIT_EXPECT_EQ(test, out.result, 0L);
}

static KDEFER_DEFINE_VOID0(e1_no_panic)
{
	kdefer(klog_recover, "handler");
	klog("body");
}

/* E1: without a panic the handler has nothing to handle. */
static void e1_no_panic_no_handling(struct kunit *test)
{
	e1_no_panic();
	KLOG_EXPECT(test, "body handler=-");
}

static noinline void e2_sub(void)
{
	kpanic(-ENOENT);
}

static KDEFER_DEFINE_VOID0(e2_root)
{
	kdefer(klog_recover, "root");
	e2_sub();
	klog("went_on");
}

/* E2: raised in a plain function that is called, caught in the one that calls. */
static void e2_raised_in_sub_function(struct kunit *test)
{
	e2_root();
	KLOG_EXPECT(test, "root=-2");
}

static void e3_raise_again(void *arg, struct kdefer_panic *p)
{
	struct kdefer_value v;

	if (krecover(p, &v))
		kpanic_value(&v);
}

static KDEFER_DEFINE_VOID0(e3_rethrows)
{
	kdefer(e3_raise_again, NULL);
	kpanic(-ENOENT);
}

static KDEFER_DEFINE_VOID0(e3_swallows)
{
	kdefer(ignore_panic, NULL);
	kpanic(-ENOENT);
}

static KDEFER_DEFINE_VOID1(e3_outer, bool, rethrow)
{
	kdefer(klog_recover, "outer");
	if (rethrow)
		e3_rethrows();
	else
		e3_swallows();
	klog("went_on");
}

/* E3: raised again it reaches the outer handler; else it does not. */
static void e3_rethrow_reaches_outer(struct kunit *test)
{
	e3_outer(true);
	e3_outer(false);
	KLOG_EXPECT(test, "outer=-2 went_on outer=-");
}

static KDEFER_DEFINE_VOID0(e4_try_in_handler)
{
	kdefer(klog_recover, "inner");
	kpanic(-EPERM);
}

static void e4_handler(void *arg, struct kdefer_panic *p)
{
	e4_try_in_handler();
	klog_try_recover("outer", p);
}

static KDEFER_DEFINE_VOID0(e4_outer)
{
	kdefer(e4_handler, NULL);
	kpanic(-ENOENT);
}

/* E4: a panic that is raised and caught inside a handler leaves the handler's own one as it was. */
static void e4_try_inside_handler(struct kunit *test)
{
	e4_outer();
	KLOG_EXPECT(test, "inner=-1 outer=-2");
}

static KDEFER_DEFINE_VOID1(e5_block, int, err)
{
	kdefer(klog_recover, "block");
	if (err)
		kpanic(err);
}

static KDEFER_DEFINE_VOID2(e5_outer, int, inside, int, outside)
{
	kdefer(klog_recover, "outer");
	e5_block(inside);
	e5_block(0);
	e5_block(inside - 1);
	if (outside)
		kpanic(outside);
	klog("end");
}

/* E5: several blocks in one function, each on its own, raised inside and outside of them. */
static void e5_several_blocks(struct kunit *test)
{
	e5_outer(-1, 0);
	e5_outer(-3, -9);
	KLOG_EXPECT(test, "block=-1 block=- block=-2 end outer=- block=-3 block=- block=-4 outer=-9");
}

static int e6_main(void *arg)
{
	e3_swallows();
	kpanicf("nobody's");
	return 0;
}

/* E6: uncaught, it reaches the default handler, also after one that was caught. */
static void e6_uncaught_after_caught(struct kunit *test)
{
	struct kdefer_outcome out;
	const char *text = kcapture_thread(test, e6_main, NULL, &out);

	KUNIT_EXPECT_EQ(test, out.how, KDEFER_PANICKED);
	KUNIT_EXPECT_STREQ(test, kcapture_chain(test, text), "panic: nobody's\n");
}

static KDEFER_DEFINE_VOID1(e8_level, int, level)
{
	kdefer(klog_number, KLOG_NR(level));
	if (level == 3)
		kpanic(-EIO);
	e8_level(level + 1);
}

static KDEFER_DEFINE_VOID0(e8_outer)
{
	kdefer(klog_recover, "outer");
	e8_level(1);
}

/* E8: what is to be done at the end is done on all of three levels. */
static void e8_three_levels(struct kunit *test)
{
	e8_outer();
	KLOG_EXPECT(test, "3 2 1 outer=-5");
}

static void e9_clean_up(void *arg)
{
	kpanicf("while cleaning up");
}

static KDEFER_DEFINE1(int, e9_main, void *, arg)
{
	kdefer(e9_clean_up, NULL);
	kpanicf("cause");
}

/* E9: a cause is not lost when the clean-up after it panics. */
static void e9_cause_is_kept(struct kunit *test)
{
	struct kdefer_outcome out;
	const char *text = kcapture_thread(test, e9_main, NULL, &out);

	KUNIT_EXPECT_STREQ(test, out.value.message, "while cleaning up");
	KUNIT_EXPECT_STREQ(test, kcapture_chain(test, text),
			   "panic: cause\n\tpanic: while cleaning up\n");
}

/* How @word sees the end of its function: by what it was given, and by what it can look at. */
static void e10_say(void *word, struct kdefer_panic *p)
{
	klog("%s=%s", (const char *)word,
	     !p != !kdefer_panic_value(p) ? "?" : p ? "propagating" : "quiet");
}

static KDEFER_DEFINE_VOID0(e10_inner)
{
	kdefer(e10_say, "nested");
}

/* Calls a function that returns, whose own clean-up no panic is running. */
static void e10_clean_up(void *word, struct kdefer_panic *p)
{
	e10_inner();
	e10_say(word, p);
}

typedef void (*e10_fn)(void);

static KDEFER_DEFINE_VOID1(e10_end, e10_fn, end)
{
	kdefer(e10_say, "recovered");
	kdefer(ignore_panic, NULL);
	kdefer(e10_clean_up, "cleanup");
	end();
}

static void e10_return(void)
{
}

static void e10_panic(void)
{
	kpanic(-EIO);
}

static void e10_goexit(void)
{
	kgoexit(0);
}

static long e10_run(void *end)
{
	e10_end(*(e10_fn *)end);
	return 0;
}

static void e10_expect(struct kunit *test, e10_fn end, const char *want)
{
	klog_begin();
	kdefer_run(e10_run, &end, NULL);
	KLOG_EXPECT(test, want);
}

/* E10: only a clean-up that a panic runs is given one: not on return, goexit, or afterwards. */
static void e10_only_while_propagating(struct kunit *test)
{
	e10_expect(test, e10_return, "nested=quiet cleanup=quiet recovered=quiet");
	e10_expect(test, e10_goexit, "nested=quiet cleanup=quiet recovered=quiet");
	e10_expect(test, e10_panic, "nested=quiet cleanup=propagating recovered=quiet");
}

static KDEFER_DEFINE1(int, e11_leave, int, how)
{
	int i;

	kdefer(klog_step, "a");
	for (i = 0; i < 3; i++) {
		kdefer(klog_number, KLOG_NR(i));
		if (i == how)
			goto out;
		if (how < 0)
			return how;
	}
	return 1;
out:
	kdefer(klog_step, "out");
	return 2;
}

/* E11: leaving blocks by goto, return and break leaves nothing pending. */
static void e11_goto_out_of_block(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, e11_leave(1), 2);
	KLOG_EXPECT(test, "out 1 0 a");
	klog_begin();
	KUNIT_EXPECT_EQ(test, e11_leave(-1), -1);
	KLOG_EXPECT(test, "0 a");
	klog_begin();
	KUNIT_EXPECT_EQ(test, e11_leave(9), 1);
	KLOG_EXPECT(test, "2 1 0 a");
}

/* E12: what may be called without a frame says so by its result. */
static void e12_calls_without_a_frame(struct kunit *test)
{
	struct kdefer_value v = { .kind = KDEFER_ERRNO };

	KUNIT_EXPECT_FALSE(test, krecover(NULL, &v));
	KUNIT_EXPECT_NULL(test, kdefer_panic_value(NULL));
	kdefer_value_release(&v);
	KUNIT_EXPECT_EQ(test, v.kind, KDEFER_ERRNO);
}

static void e14_say_how(void *arg, struct kdefer_panic *p)
{
	klog(p ? "abnormal" : "normal");
	krecover(p, NULL);
}

static KDEFER_DEFINE_VOID1(e14_end, bool, panic)
{
	kdefer(e14_say_how, NULL);
	kdefer(e14_say_how, NULL);
	if (panic)
		kpanic(-EIO);
}

/* E14: a deferred call sees whether it is run by a panic, and by one that was not recovered yet. */
static void e14_normal_or_abnormal(struct kunit *test)
{
	e14_end(false);
	e14_end(true);
	KLOG_EXPECT(test, "normal normal abnormal normal");
}

static void e15_fail(void *arg)
{
	klog("fail");
	kpanic(-EPERM);
}

static KDEFER_DEFINE1(int, e15_inner, bool, early)
{
	kdefer(klog_step, "first");
	kdefer(e15_fail, NULL);
	if (early)
		return 1;
	klog("late");
	return 2;
}

static KDEFER_DEFINE1(int, e15_outer, bool, early)
{
	kdefer(klog_recover, "outer");
	kdefer_result = 3;
	return e15_inner(early);
}

/* E15: returning early runs what was deferred; a panic in that goes to the outer handler. */
static void e15_panic_in_deferred_goes_out(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, e15_outer(true), 3);
	KLOG_EXPECT(test, "fail first outer=-1");
	klog_begin();
	KUNIT_EXPECT_EQ(test, e15_outer(false), 3);
	KLOG_EXPECT(test, "late fail first outer=-1");
}

/* Recovers what it is a filter for, and lets everything else pass. */
static void e16_filter(void *err, struct kdefer_panic *p)
{
	const struct kdefer_value *v = kdefer_panic_value(p);

	if (!v || v->kind != KDEFER_ERRNO || v->err != (long)err) {
		klog("%ld:pass", (long)err);
		return;
	}
	klog("%ld:%s", (long)err, krecover(p, NULL) ? "stop" : "?");
}

static KDEFER_DEFINE1(int, e16_inner, long, err)
{
	kdefer(e16_filter, KLOG_NR(-EIO));
	kdefer_result = 1;
	kpanic(err);
}

static KDEFER_DEFINE1(int, e16_outer, long, err)
{
	kdefer(e16_filter, KLOG_NR(-EPERM));
	kdefer_result = 2;
	return e16_inner(err) + 10;
}

static long e16_run(void *err)
{
	return e16_outer((long)err);
}

static void e16_expect(struct kunit *test, long err, long result, const char *want)
{
	klog_begin();
	KUNIT_EXPECT_EQ(test, kdefer_run(e16_run, KLOG_NR(err), NULL), result);
	KLOG_EXPECT(test, want);
}

/*
 * E16: a filter that looks and does not recover passes the panic on, with its value as it was; one
 * that recovers stops it, and the function that deferred the filter returns.
 */
static void e16_filter_passes_or_stops(struct kunit *test)
{
	e16_expect(test, -EIO, 11, "-5:stop -1:pass");
	e16_expect(test, -EPERM, 2, "-5:pass -1:stop");
	e16_expect(test, -ENOMEM, -ENOMEM, "-5:pass -1:pass");
}

static noinline unsigned int e17_use_stack(unsigned int depth)
{
	u8 buf[256];

	memset(buf, depth, sizeof(buf));
	/* The buffer is needed as far as the compiler knows. */
	asm volatile("" : : "r" (buf) : "memory");
	return depth ? e17_use_stack(depth - 1) + buf[7] : buf[7];
}

static void e17_handler(void *arg, struct kdefer_panic *p)
{
	struct kdefer_value before = *kdefer_panic_value(p), after;

	klog("sum=%u", e17_use_stack(8));
	klog_value("look", kdefer_panic_value(p));
	e17_use_stack(8);
	krecover(p, &after);
	klog("same=%d",
	     before.id == after.id && !strcmp(before.message, after.message) &&
	     before.line == after.line && before.ip == after.ip);
}

static KDEFER_DEFINE_VOID0(e17_raise)
{
	kdefer(e17_handler, NULL);
	kpanicf("still%d", 17);
}

/* E17: the value is as it was after its handler has used much stack. */
static void e17_value_survives_heavy_handler(struct kunit *test)
{
	e17_raise();
	KLOG_EXPECT(test, "sum=36 look=still17 same=1");
}

static struct kunit_case misuse_cases[] = {
	KUNIT_CASE(token_used_after_its_call),
	KUNIT_CASE(token_used_after_recovery),
	KUNIT_CASE(token_used_by_release),
	KUNIT_CASE(r7_token_used_twice),
	KUNIT_CASE(token_used_by_another_task),
	KUNIT_CASE(r21_token_of_older_panic),
	KUNIT_CASE(token_null_or_invented),
	KUNIT_CASE(token_null_while_panicking),
	KUNIT_CASE(k7_called_directly),
	KUNIT_CASE(d8_null_function_panics_when_run),
	KUNIT_CASE(d8_null_function_value),
	KUNIT_CASE(d10_null_function_replaces_panic),
	KUNIT_CASE(d23_no_memory_for_a_record),
	KUNIT_CASE(d23_no_memory_in_a_loop),
	KUNIT_CASE(k28_panic_needs_no_memory),
	KUNIT_CASE(e1_no_panic_no_handling),
	KUNIT_CASE(e2_raised_in_sub_function),
	KUNIT_CASE(e3_rethrow_reaches_outer),
	KUNIT_CASE(e4_try_inside_handler),
	KUNIT_CASE(e5_several_blocks),
	KUNIT_CASE(e6_uncaught_after_caught),
	KUNIT_CASE(e8_three_levels),
	KUNIT_CASE(e9_cause_is_kept),
	KUNIT_CASE(e10_only_while_propagating),
	KUNIT_CASE(e11_goto_out_of_block),
	KUNIT_CASE(e12_calls_without_a_frame),
	KUNIT_CASE(e14_normal_or_abnormal),
	KUNIT_CASE(e15_panic_in_deferred_goes_out),
	KUNIT_CASE(e16_filter_passes_or_stops),
	KUNIT_CASE(e17_value_survives_heavy_handler),
	{ }
};

static struct kunit_suite misuse_suite = {
	.name = "kdefer_misuse",
	.init = misuse_kunit_init,
	.test_cases = misuse_cases,
};

kunit_test_suite(misuse_suite);

MODULE_LICENSE("GPL");

/*
 * Rules without a case here:
 * E7: there are no blocks to leave but functions; their deferred calls are the defer suite's.
 * E12: kdefer() outside of a KDEFER function does not compile; kpanic() and kgoexit() there are the
 *	cases panic_no_frame and goexit_foreign of tests/guest/fatal.
 * E13: there is no retry.
 */
