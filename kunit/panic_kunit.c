// SPDX-License-Identifier: GPL-2.0-only
/*
 * Panic: the way up, panics in deferred calls, the end of a thread (rules P1 to P27).
 */
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/errno.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/spinlock.h>

#include "kunit-capture.h"
#include "kunit-log.h"

static KDEFER_DEFINE_VOID0(p1_inner)
{
	kdefer(klog_step, "inner 1");
	kdefer(klog_step, "inner 2");
	kpanicf("bad");
}

static KDEFER_DEFINE_VOID0(p1_middle)
{
	kdefer(klog_look, "middle");
	p1_inner();
	klog("not reached");
}

static KDEFER_DEFINE1(long, p1_outer, void *, arg)
{
	kdefer(klog_step, "outer 1");
	kdefer(klog_step, "outer 2");
	p1_middle();
	klog("not reached");
	return 0;
}

/* P1: a panic runs all deferred calls of all functions, the deepest first, and then ends. */
static void p1_runs_all_deferred_calls(struct kunit *test)
{
	struct kdefer_outcome out = { .how = KDEFER_RETURNED };

	KUNIT_EXPECT_EQ(test, kdefer_run(p1_outer, NULL, &out), -ENOTRECOVERABLE);
	KUNIT_EXPECT_EQ(test, (int)out.how, (int)KDEFER_PANICKED);
	KUNIT_EXPECT_STREQ(test, (const char *)out.value.message, "bad");
	KLOG_EXPECT(test, "inner 2 inner 1 middle=bad outer 2 outer 1");
}

static int p1_main(void *arg)
{
	p1_outer(arg);
	return 0;
}

/* P1: a panic that nobody recovers ends the thread, which reports it. */
static void p1_ends_thread(struct kunit *test)
{
	struct kdefer_outcome out = { .how = KDEFER_RETURNED };
	const char *text = kcapture_thread(test, p1_main, NULL, &out);

	KUNIT_EXPECT_EQ(test, (int)out.how, (int)KDEFER_PANICKED);
	KUNIT_EXPECT_EQ(test, out.result, -ENOTRECOVERABLE);
	KUNIT_EXPECT_STREQ(test, kcapture_chain(test, text), "panic: bad\n");
	KLOG_EXPECT(test, "inner 2 inner 1 middle=bad outer 2 outer 1");
}

static KDEFER_DEFINE_VOID0(p2_inner)
{
	kdefer(klog_step, "inner");
	klog("a");
	kpanic(-2);
	klog("not reached");
}

static noinline void p2_plain(void)
{
	p2_inner();
	klog("not reached");
}

static KDEFER_DEFINE_VOID0(p2_recovering)
{
	kdefer(klog_recover, "r");
	p2_plain();
	klog("not reached");
}

static KDEFER_DEFINE_VOID0(p2_caller)
{
	kdefer(klog_look, "caller");
	p2_recovering();
	klog("b");
}

/* P2: skipped functions do not go on; what follows the call of the recovering function does. */
static void p2_where_it_goes_on(struct kunit *test)
{
	p2_caller();
	klog("c");
	KLOG_EXPECT(test, "a inner r=-2 b caller=- c");
}

static KDEFER_DEFINE_VOID0(p3_replace)
{
	kdefer(klog_recover, "fourth");
	kdefer(klog_recover, "third");
	kdefer(klog_panic, KLOG_NR(-2));
	kdefer(klog_look, "first");
	kpanic(-1);
}

/* P3, P4: a panic in a deferred call replaces the older one; when it is recovered, none is left. */
static void p3_p4_newer_replaces_older(struct kunit *test)
{
	p3_replace();
	klog("after");
	KLOG_EXPECT(test, "first=-1 third=-2 fourth=- after");
}

static KDEFER_DEFINE_VOID0(p4_inner)
{
	kdefer(klog_panic, KLOG_NR(-2));
	kpanic(-1);
}

static KDEFER_DEFINE_VOID0(p4_middle)
{
	kdefer(klog_look, "middle");
	kdefer(klog_recover, "r");
	p4_inner();
}

static KDEFER_DEFINE_VOID0(p4_outer)
{
	kdefer(klog_recover, "outer");
	p4_middle();
	klog("outer goes on");
}

/* P4: so it is when the replacing panic is recovered in an outer function. */
static void p4_recovered_further_out(struct kunit *test)
{
	p4_outer();
	KLOG_EXPECT(test, "r=-2 middle=- outer goes on outer=-");
}

static KDEFER_DEFINE_VOID1(p5_deferred, void *, arg)
{
	kdefer(klog_recover, "own");
	kpanicf("second");
}

static KDEFER_DEFINE_VOID0(p5_recover_inside)
{
	kdefer(klog_recover, "r");
	kdefer(klog_look, "still");
	kdefer(p5_deferred, NULL);
	kpanicf("first");
}

static KDEFER_DEFINE1(long, p5_unrecovered, void *, arg)
{
	kdefer(p5_deferred, NULL);
	kpanicf("first");
	return 0;
}

/* P5: a panic that is recovered inside a deferred call does not stop the one that runs the call. */
static void p5_outer_panic_goes_on(struct kunit *test)
{
	struct kdefer_outcome out;

	p5_recover_inside();
	kdefer_run(p5_unrecovered, NULL, &out);
	KUNIT_EXPECT_STREQ(test, (const char *)out.value.message, "first");
	KLOG_EXPECT(test, "own=second still=first r=first own=second");
}

static KDEFER_DEFINE_VOID2(p6_deferred, void *, arg, struct kdefer_panic *, p)
{
	klog_try_recover("first", p);
	kdefer(klog_recover, "second");
	kpanic(-3);
}

static KDEFER_DEFINE_VOID0(p6_sequence)
{
	kdefer(klog_recover, "none");
	kdefer(p6_deferred, NULL);
	kpanic(-2);
}

/* P6: a deferred function may recover, panic anew, and recover that with its own deferred call. */
static void p6_recover_then_panic(struct kunit *test)
{
	p6_sequence();
	KLOG_EXPECT(test, "first=-2 second=-3 none=-");
}

static void p6_recover_and_panic(void *arg, struct kdefer_panic *p)
{
	klog_try_recover("first", p);
	kpanic(-3);
}

static KDEFER_DEFINE_VOID0(p6_unprotected)
{
	kdefer(klog_recover, "none");
	kdefer(klog_recover, "second");
	kdefer(p6_recover_and_panic, NULL);
	kpanic(-2);
}

/* P6: without one, the new panic goes to the calls that were deferred earlier. */
static void p6_new_panic_goes_on(struct kunit *test)
{
	p6_unprotected();
	KLOG_EXPECT(test, "first=-2 second=-3 none=-");
}

static KDEFER_DEFINE_VOID1(p7_second_level, void *, arg)
{
	kdefer(klog_recover, "third");
	kpanic(-3);
}

static KDEFER_DEFINE_VOID1(p7_first_level, void *, arg)
{
	kdefer(klog_recover, "second");
	kdefer(p7_second_level, NULL);
	kpanic(-2);
}

static KDEFER_DEFINE_VOID0(p7_nested)
{
	kdefer(klog_recover, "first");
	kdefer(p7_first_level, NULL);
	kpanic(-1);
}

/* P7: panics nested in deferred calls are unwound independently. */
static void p7_two_deep(struct kunit *test)
{
	p7_nested();
	KLOG_EXPECT(test, "third=-3 second=-2 first=-1");
}

static void p7_recover(void *p)
{
	klog_try_recover("older", p);
}

static KDEFER_DEFINE_VOID2(p7_own_first, void *, arg, struct kdefer_panic *, p)
{
	kdefer(p7_recover, p);
	kdefer(klog_recover, "own");
	kpanic(-3);
}

static KDEFER_DEFINE_VOID2(p7_older_first, void *, arg, struct kdefer_panic *, p)
{
	kdefer(klog_recover, "own");
	kdefer(p7_recover, p);
	kpanic(-3);
}

static KDEFER_DEFINE_VOID1(p7_order, kdefer_token_fn, fn)
{
	kdefer(klog_recover, "last");
	kdefer(fn, NULL);
	kpanic(-2);
}

/* P7: the older panic can be recovered after the newer one was, and not before. */
static void p7_order_matters(struct kunit *test)
{
	p7_order(p7_own_first);
	klog("|");
	p7_order(p7_older_first);
	KLOG_EXPECT(test, "own=-3 older=-2 last=- | older=- own=-3 last=-2");
}

static KDEFER_DEFINE_VOID0(p8_deferred_panic)
{
	kdefer(klog_recover, "none");
	kdefer(klog_recover, "r");
	kdefer(klog_panic, KLOG_NR(-8));
	klog("body");
}

static KDEFER_DEFINE1(long, p8_returns, void *, arg)
{
	kdefer(klog_panic, KLOG_NR(-88));
	return 1;
}

/* P8, P14: a panic deferred or raised during a normal return is one for the remaining calls. */
static void p8_p14_panic_on_return(struct kunit *test)
{
	struct kdefer_outcome out;

	p8_deferred_panic();
	KUNIT_EXPECT_EQ(test, kdefer_run(p8_returns, NULL, &out), -88);
	KUNIT_EXPECT_EQ(test, (int)out.how, (int)KDEFER_PANICKED);
	KLOG_EXPECT(test, "body r=-8 none=-");
}

static KDEFER_DEFINE_VOID0(p8_panic_four)
{
	kdefer(klog_step, "four");
	kpanic(-4);
}

static KDEFER_DEFINE_VOID1(p8_four_then_five, void *, arg)
{
	kdefer(klog_recover, "r");
	kdefer(klog_panic, KLOG_NR(-5));
	p8_panic_four();
}

static KDEFER_DEFINE_VOID1(p8_three, void *, arg)
{
	kdefer(p8_four_then_five, NULL);
	kdefer(klog_recover, "r");
	kdefer(klog_panic, KLOG_NR(-3));
}

static KDEFER_DEFINE_VOID0(p8_panic_one)
{
	kdefer(klog_step, "one");
	kpanic(-1);
}

static KDEFER_DEFINE_VOID0(p8_nested)
{
	kdefer(klog_recover, "r");
	kdefer(p8_three, NULL);
	p8_panic_one();
}

/* P8: so it is in a deferred call that an older panic runs, which then goes on. */
static void p8_panic_on_return_in_deferred(struct kunit *test)
{
	p8_nested();
	KLOG_EXPECT(test, "one r=-3 four r=-5 r=-1");
}

static KDEFER_DEFINE_VOID1(p9_two_three, void *, arg)
{
	kdefer(klog_recover, "r");
	kdefer(klog_panic, KLOG_NR(-3));
	kpanic(-2);
}

static KDEFER_DEFINE_VOID0(p9_one)
{
	kdefer(p9_two_three, NULL);
	kdefer(klog_recover, "r");
	kdefer(klog_panic, KLOG_NR(-1));
}

static KDEFER_DEFINE_VOID0(p9_recovered)
{
	p9_one();
	kdefer(klog_step, "c");
	kdefer(klog_step, "b");
	klog("a");
}

static KDEFER_DEFINE_VOID0(p9_four)
{
	kdefer(klog_step, "d");
	kpanic(-4);
}

static KDEFER_DEFINE_VOID0(p9_not_recovered)
{
	kdefer(klog_step, "f");
	kdefer(klog_step, "e");
	p9_four();
	kdefer(klog_panic, KLOG_NR(-1));
	kdefer(klog_step, "not deferred");
}

static KDEFER_DEFINE_VOID0(p9_all)
{
	kdefer(klog_recover, "r");
	kdefer(klog_step, "g");
	p9_recovered();
	p9_not_recovered();
}

/* P9: five levels of functions, some of which recover, others not, with steps between. */
static void p9_five_levels(struct kunit *test)
{
	p9_all();
	KLOG_EXPECT(test, "r=-1 r=-3 a b c d e f g r=-4");
}

static KDEFER_DEFINE_VOID1(p10_two_three, void *, arg)
{
	kdefer(klog_recover, "r");
	kdefer(klog_panic, KLOG_NR(-3));
	kpanic(-2);
}

static KDEFER_DEFINE_VOID1(p10_one, void *, arg)
{
	kdefer(p10_two_three, NULL);
	kdefer(klog_recover, "r");
	kpanic(-1);
}

static KDEFER_DEFINE_VOID1(p10_defers_one, void *, arg)
{
	kdefer(p10_one, NULL);
}

static KDEFER_DEFINE_VOID0(p10_returns)
{
	klog_try_recover("before", NULL);
	kdefer(p10_defers_one, NULL);
}

static KDEFER_DEFINE_VOID1(p10_defers_five, void *, arg)
{
	kdefer(klog_panic, KLOG_NR(-5));
}

static KDEFER_DEFINE_VOID0(p10_four_five)
{
	int i;

	for (i = 0; i < 1; i++)
		kdefer(p10_defers_five, NULL);
	kpanic(-4);
}

static KDEFER_DEFINE_VOID0(p10_all)
{
	kdefer(klog_recover, "r");
	p10_returns();
	p10_four_five();
}

/* P10: recoveries in deferred calls of deferred calls, then a panic that replaces another. */
static void p10_deferred_in_deferred(struct kunit *test)
{
	p10_all();
	KLOG_EXPECT(test, "before=- r=-1 r=-3 r=-5");
}

static KDEFER_DEFINE_VOID0(p10_recover_first)
{
	p10_one(NULL);
	kdefer(klog_step, "returned");
}

static KDEFER_DEFINE_VOID0(p10_panic_four)
{
	kdefer(klog_step, "inner");
	kpanic(-4);
}

static KDEFER_DEFINE_VOID0(p10_through)
{
	kdefer(klog_number, KLOG_NR(123));
	p10_panic_four();
}

static KDEFER_DEFINE_VOID0(p10_then_four)
{
	kdefer(klog_recover, "r");
	p10_recover_first();
	p10_through();
}

/* P10: a panic after such recoveries still runs the deferred calls between it and its recovery. */
static void p10_panic_afterwards(struct kunit *test)
{
	p10_then_four();
	KLOG_EXPECT(test, "r=-1 r=-3 returned inner 123 r=-4");
}

static void p11_recover_and_repanic(void *ids, struct kdefer_panic *p)
{
	struct kdefer_value v;
	u64 *id = ids;

	if (!krecover(p, &v))
		return;
	klog_value("again", &v);
	if (!*id)
		*id = v.id;
	if (*id != v.id)
		klog("another value");
	kpanic_value(&v);
}

static KDEFER_DEFINE_VOID2(p11_levels, int, depth, u64 *, id)
{
	kdefer(p11_recover_and_repanic, id);
	if (depth)
		p11_levels(depth - 1, id);
	kpanicf("value");
}

static KDEFER_DEFINE_VOID1(p11_outer, u64 *, id)
{
	kdefer(klog_recover, "r");
	p11_levels(2, id);
	klog("not reached");
}

/* P11: a value that is raised again goes on to the next outer function as the same value. */
static void p11_repanic(struct kunit *test)
{
	u64 id = 0;

	p11_outer(&id);
	KLOG_EXPECT(test, "again=value again=value again=value r=value");
}

static void p12_recover_and_panic(void *arg, struct kdefer_panic *p)
{
	klog_try_recover("r", p);
	kpanicf("second");
}

static KDEFER_DEFINE_VOID0(p12_three)
{
	kdefer(klog_step, "three");
	kdefer(klog_recover, "r");
	kdefer(p12_recover_and_panic, NULL);
	kpanicf("first");
}

static KDEFER_DEFINE_VOID0(p12_two)
{
	kdefer(klog_step, "two");
	p12_three();
	klog("two goes on");
}

static KDEFER_DEFINE1(long, p12_one, void *, arg)
{
	p12_two();
	kpanicf("third");
	return 0;
}

/* P12: a recovery leaves the pending calls of outer functions alone, and a later panic has them. */
static void p12_outer_calls_pending(struct kunit *test)
{
	struct kdefer_outcome out;

	kdefer_run(p12_one, NULL, &out);
	KUNIT_EXPECT_STREQ(test, (const char *)out.value.message, "third");
	KLOG_EXPECT(test, "r=first r=second three two goes on two");
}

static noinline int p13_large_plain(int depth)
{
	char large[1024];

	memset(large, depth, sizeof(large));
	OPTIMIZER_HIDE_VAR(depth);
	if (depth)
		depth = p13_large_plain(depth - 1);
	if (!depth)
		kpanic(-13);
	return large[depth];
}

static KDEFER_DEFINE_VOID0(p13_large_frame)
{
	char large[1024];
	int i = sizeof(large);

	kdefer(klog_step, "large");
	memset(large, 'y', sizeof(large));
	OPTIMIZER_HIDE_VAR(i);
	p13_large_plain(3);
	klog("%c", large[i / 2]);
}

static KDEFER_DEFINE_VOID0(p13_outer)
{
	kdefer(klog_recover, "r");
	p13_large_frame();
}

/* P13: functions with large frames may lie between a panic and its recovery. */
static void p13_large_frames_between(struct kunit *test)
{
	int i;

	for (i = 0; i < 3; i++)
		p13_outer();
	KLOG_EXPECT(test, "large r=-13 large r=-13 large r=-13");
}

static noinline void p14_indirect(void)
{
	kpanicf("x");
}

static void p14_panic_indirectly(void *arg)
{
	p14_indirect();
}

static KDEFER_DEFINE_VOID1(p14_deferred_function, void *, arg)
{
	kdefer(klog_step, "inside");
	p14_indirect();
}

static KDEFER_DEFINE_VOID1(p14_return, kdefer_fn, fn)
{
	kdefer(klog_step, "last");
	kdefer(klog_recover, "r");
	kdefer(klog_look, "seen");
	kdefer(fn, NULL);
	klog("body");
}

/* P14: also when it comes from a function that the deferred one calls. */
static void p14_indirect_panic_on_return(struct kunit *test)
{
	p14_return(p14_panic_indirectly);
	klog("|");
	p14_return(p14_deferred_function);
	KLOG_EXPECT(test, "body seen=x r=x last | body inside seen=x r=x last");
}

static KDEFER_DEFINE_VOID1(p15_nil, const struct kdefer_value *, v)
{
	kdefer(klog_recover, "r");
	if (v)
		kpanic_value(v);
	kpanic(0);
}

static long p15_unrecovered(void *arg)
{
	kpanic(0);
	return 0;
}

/* P15: a panic without a value is a panic, with a value that says so, and an errno to return. */
static void p15_nil_panic(struct kunit *test)
{
	static const struct kdefer_value zero;
	struct kdefer_outcome out = { .how = KDEFER_RETURNED };

	p15_nil(NULL);
	p15_nil(&zero);
	KUNIT_EXPECT_EQ(test, kdefer_run(p15_unrecovered, NULL, &out), -ENOTRECOVERABLE);
	KUNIT_EXPECT_EQ(test, (int)out.how, (int)KDEFER_PANICKED);
	KUNIT_EXPECT_EQ(test, (int)out.value.kind, (int)KDEFER_NIL);
	KUNIT_EXPECT_EQ(test, out.value.err, -ENOTRECOVERABLE);
	KLOG_EXPECT(test, "r=nil r=nil");
}

static void p16_wrap(void *arg, struct kdefer_panic *p)
{
	struct kdefer_value v;

	if (krecover(p, &v))
		kpanicf("wrap: %s", v.message);
}

static KDEFER_DEFINE_VOID0(p16_wrapping)
{
	kdefer(p16_wrap, NULL);
	kpanicf("bad");
}

static KDEFER_DEFINE_VOID0(p16_recovering)
{
	kdefer(klog_recover, "r");
	p16_wrapping();
}

static KDEFER_DEFINE1(long, p16_again, void *, arg)
{
	p16_recovering();
	kpanicf("again");
	return 0;
}

/* P16: a deferred function may recover a value and raise one that is made of it. */
static void p16_wrapped_value(struct kunit *test)
{
	struct kdefer_outcome out;

	kdefer_run(p16_again, NULL, &out);
	KUNIT_EXPECT_STREQ(test, (const char *)out.value.message, "again");
	KLOG_EXPECT(test, "r=wrap: bad");
}

static void p17_repanic(void *arg, struct kdefer_panic *p)
{
	struct kdefer_value v;

	if (krecover(p, &v))
		kpanic_value(&v);
}

static void p17_recover(void *recovered, struct kdefer_panic *p)
{
	*(int *)recovered += krecover(p, NULL);
}

static KDEFER_DEFINE_VOID2(p17_repanics, int, n, int *, recovered)
{
	int i;

	kdefer(p17_recover, recovered);
	for (i = 0; i < n; i++)
		kdefer(p17_repanic, NULL);
	kpanic(-17);
}

#define P17_FEW		256
#define P17_MANY	(32 * P17_FEW)
#define P17_ATTEMPTS	20

struct p17_times {
	u64 few;
	u64 many;
	int attempts;
	int recovered;
};

static u64 p17_time(int n, int *recovered)
{
	u64 start = ktime_get_ns();

	p17_repanics(n, recovered);
	return ktime_get_ns() - start;
}

static bool p17_is_linear(const struct p17_times *t)
{
	return div_u64(t->many, 256) < t->few;
}

/*
 * Other load can only lengthen a measurement, so the shortest ones count. All are made in one task,
 * which keeps the memory of its records: that is not what is measured.
 */
static KDEFER_DEFINE_VOID1(p17_measure, struct p17_times *, t)
{
	p17_repanics(P17_MANY, &t->recovered);
	do {
		t->few = min(t->few, p17_time(P17_FEW, &t->recovered));
		t->many = min(t->many, p17_time(P17_MANY, &t->recovered));
	} while (++t->attempts < P17_ATTEMPTS && !p17_is_linear(t));
}

/*
 * P17: the time for a number of panics raised again grows as their number does. 32 times as many
 * take 32 times as long, 1024 times if the time grew as the square; 256 allows for the memory that
 * the records need, and for a look at the stack that takes four times as long where an old word on
 * it could be a return address.
 */
static void p17_repanic_time(struct kunit *test)
{
	struct p17_times t = { .few = U64_MAX, .many = U64_MAX };

	p17_measure(&t);
	KUNIT_EXPECT_EQ(test, t.recovered, 1 + 2 * t.attempts);
	KUNIT_EXPECT_TRUE_MSG(test, p17_is_linear(&t), "%d panics took %llu ns, %d took %llu ns",
			      P17_FEW, (unsigned long long)t.few, P17_MANY,
			      (unsigned long long)t.many);
}

static DEFINE_SPINLOCK(p18_spinlock);
static DEFINE_MUTEX(p18_mutex);

DEFINE_KDEFER(p18_spin_unlock, spinlock_t *, spin_unlock(_T))
DEFINE_KDEFER(p18_mutex_unlock, struct mutex *, mutex_unlock(_T))

static KDEFER_DEFINE_VOID0(p18_take_locks)
{
	mutex_lock(&p18_mutex);
	kdefer(p18_mutex_unlock, &p18_mutex);
	spin_lock(&p18_spinlock);
	kdefer(p18_spin_unlock, &p18_spinlock);
	kpanic(-18);
}

static KDEFER_DEFINE_VOID0(p18_recover_outside)
{
	kdefer(klog_recover, "outside");
	p18_take_locks();
}

static KDEFER_DEFINE_VOID0(p18_recover_inside)
{
	kdefer(klog_recover, "inside");
	kpanic(-19);
}

/*
 * P18, K1, K6, K18: locks taken since and released by deferred calls do not hinder a recovery,
 * nor does a lock that was held before and still is.
 */
static void p18_locks(struct kunit *test)
{
	bool unlocked;

	p18_recover_outside();
	KUNIT_EXPECT_FALSE(test, mutex_is_locked(&p18_mutex));
	unlocked = spin_trylock(&p18_spinlock);
	KUNIT_ASSERT_TRUE(test, unlocked);
	p18_recover_inside();
	spin_unlock(&p18_spinlock);
	KLOG_EXPECT(test, "outside=-18 inside=-19");
}

static noinline void p20_foreign(void (*callback)(void *arg), void *arg)
{
	callback(arg);
	klog("foreign goes on");
}

static noinline void p20_foreign_twice(void (*callback)(void *arg), void *arg)
{
	p20_foreign(callback, arg);
	klog("foreign goes on");
}

static void p20_panic(void *arg)
{
	kpanic((long)arg);
}

struct p20_state {
	int recovered;
	unsigned long first;
	unsigned long last;
};

static noinline void p20_recover(void *arg, struct kdefer_panic *p)
{
	struct p20_state *state = arg;

	state->last = (unsigned long)__builtin_frame_address(0);
	if (!state->recovered)
		state->first = state->last;
	state->recovered += krecover(p, NULL);
}

static KDEFER_DEFINE_VOID1(p20_call, struct p20_state *, state)
{
	kdefer(p20_recover, state);
	p20_foreign_twice(p20_panic, KLOG_NR(-EIO));
}

#define P20_ROUNDS	100000

static KDEFER_DEFINE_VOID1(p20_loop, struct p20_state *, state)
{
	int i;

	for (i = 0; i < P20_ROUNDS; i++)
		p20_call(state);
}

/* P20: a panic crosses functions that know nothing of kdefer, any number of times on one stack. */
static void p20_foreign_frames(struct kunit *test)
{
	struct p20_state state = { 0 };

	p20_loop(&state);
	KUNIT_EXPECT_EQ(test, state.recovered, P20_ROUNDS);
	KUNIT_EXPECT_EQ(test, state.first, state.last);
	KLOG_EXPECT(test, "");
}

static KDEFER_DEFINE_VOID0(p21_recover)
{
	kdefer(klog_recover, "r");
	kpanic(-21);
}

struct p21_thread {
	struct completion started;
	unsigned int flags;
	char comm[TASK_COMM_LEN];
	bool should_stop;
};

static int p21_main(void *arg)
{
	struct p21_thread *thread = arg;
	unsigned int flags = current->flags;

	p21_recover();
	thread->flags = flags ^ current->flags;
	get_task_comm(thread->comm, current);
	complete(&thread->started);
	while (!kthread_should_stop())
		msleep(20);
	p21_recover();
	thread->should_stop = kthread_should_stop();
	return 21;
}

/* P21: a recovery changes nothing of the thread: its flags, its name, the request to stop. */
static void p21_thread_is_the_same(struct kunit *test)
{
	struct p21_thread thread = { 0 };
	struct task_struct *t;

	init_completion(&thread.started);
	t = kdefer_kthread_run(p21_main, &thread, "kdefer_p21");
	KUNIT_ASSERT_FALSE(test, IS_ERR(t));
	wait_for_completion(&thread.started);
	KUNIT_EXPECT_EQ(test, kdefer_kthread_stop(t, NULL), 21);
	KUNIT_EXPECT_EQ(test, thread.flags, 0);
	KUNIT_EXPECT_STREQ(test, (const char *)thread.comm, "kdefer_p21");
	KUNIT_EXPECT_TRUE(test, thread.should_stop);
	KLOG_EXPECT(test, "r=-21 r=-21");
}

#define P23_THREADS	3

struct p23_thread {
	struct completion *start;
	struct completion ready;
	struct task_struct *task;
	int nr;
};

/* Gives the others every chance to print in between. */
static int p23_print(const void *ptr, char *buf, size_t size)
{
	const struct p23_thread *thread = ptr;

	msleep(20);
	return scnprintf(buf, size, "second of %d", thread->nr);
}

static const struct kdefer_type p23_type = { .name = "p23", .print = p23_print };

static void p23_panic_again(void *arg)
{
	kpanic_ptr(arg, &p23_type);
}

static KDEFER_DEFINE1(int, p23_main, void *, arg)
{
	struct p23_thread *thread = arg;

	kdefer(p23_panic_again, thread);
	complete(&thread->ready);
	wait_for_completion(thread->start);
	kpanicf("first of %d", thread->nr);
	return 0;
}

static void p23_run(struct kunit *test, struct p23_thread *thread, struct completion *start)
{
	int i;

	for (i = 0; i < P23_THREADS; i++) {
		thread[i].nr = i;
		thread[i].start = start;
		init_completion(&thread[i].ready);
		thread[i].task = kdefer_kthread_run(p23_main, &thread[i], "kdefer_p23_%d", i);
		KUNIT_EXPECT_FALSE(test, IS_ERR(thread[i].task));
		if (!IS_ERR(thread[i].task))
			wait_for_completion(&thread[i].ready);
	}
	complete_all(start);
	for (i = 0; i < P23_THREADS; i++)
		if (!IS_ERR(thread[i].task))
			KUNIT_EXPECT_EQ(test, kdefer_kthread_stop(thread[i].task, NULL),
					-ENOTRECOVERABLE);
}

/* P23: what threads print that panic at the same time stays together. */
static void p23_printouts_do_not_mix(struct kunit *test)
{
	struct p23_thread *thread = kunit_kcalloc(test, P23_THREADS, sizeof(*thread), GFP_KERNEL);
	struct completion start;
	const char *text;
	char want[128];
	int i;

	KUNIT_ASSERT_NOT_NULL(test, thread);
	init_completion(&start);
	kcapture_begin(test);
	p23_run(test, thread, &start);
	text = kcapture_end(test);
	for (i = 0; i < P23_THREADS; i++) {
		scnprintf(want, sizeof(want), "panic: first of %d\n\tpanic: p23(second of %d)\n"
			  "kdefer: uncaught panic in thread kdefer_p23_%d[", i, i, i);
		KUNIT_EXPECT_NOT_NULL_MSG(test, strstr(text, want), "mixed up:\n%s", text);
	}
}

/* What sync.OnceFunc is in Go. */
struct p24_once {
	long (*fn)(void *arg);
	struct kdefer_outcome out;
	bool done;
};

static void p24_do(struct p24_once *once)
{
	if (!once->done) {
		once->done = true;
		kdefer_run(once->fn, NULL, &once->out);
	}
	if (once->out.how == KDEFER_PANICKED)
		kpanic_value(&once->out.value);
}

static long p24_body(void *arg)
{
	klog("body");
	kpanicf("once");
	return 0;
}

static void p24_recover(void *v, struct kdefer_panic *p)
{
	krecover(p, v);
}

static KDEFER_DEFINE_VOID2(p24_call, struct p24_once *, once, struct kdefer_value *, v)
{
	kdefer(p24_recover, v);
	p24_do(once);
	klog("not reached");
}

/* P24: the outcome of a function that ran once can be raised again and again, with its origin. */
static void p24_once(struct kunit *test)
{
	struct kdefer_value first = { 0 }, second = { 0 };
	struct p24_once once = { .fn = p24_body };

	p24_call(&once, &first);
	p24_call(&once, &second);
	KUNIT_EXPECT_STREQ(test, (const char *)second.message, "once");
	KUNIT_EXPECT_EQ(test, first.id, second.id);
	KUNIT_EXPECT_EQ(test, first.ip, second.ip);
	KUNIT_EXPECT_EQ(test, first.line, second.line);
	KLOG_EXPECT(test, "body");
}

struct p25_child {
	struct completion done;
	bool cleaned;
};

DEFINE_KDEFER(p25_complete, struct completion *, complete(_T))

static void p25_clean(void *arg)
{
	struct p25_child *child = arg;

	msleep(20);
	child->cleaned = true;
}

static KDEFER_DEFINE1(int, p25_main, void *, arg)
{
	struct p25_child *child = arg;

	kdefer(p25_complete, &child->done);
	kdefer(p25_clean, child);
	kpanic(-EREMOTEIO);
	return 0;
}

/* P25: a child that panics is not done before its deferred calls are, and its joiner is told. */
static void p25_join(struct kunit *test)
{
	struct kdefer_outcome out = { .how = KDEFER_RETURNED };
	struct p25_child child = { 0 };
	struct task_struct *t;

	init_completion(&child.done);
	t = kdefer_kthread_run(p25_main, &child, "kdefer_p25");
	KUNIT_ASSERT_FALSE(test, IS_ERR(t));
	wait_for_completion(&child.done);
	KUNIT_EXPECT_TRUE(test, child.cleaned);
	KUNIT_EXPECT_EQ(test, kdefer_kthread_stop(t, &out), -EREMOTEIO);
	KUNIT_EXPECT_EQ(test, (int)out.how, (int)KDEFER_PANICKED);
	KUNIT_EXPECT_EQ(test, out.value.err, -EREMOTEIO);
}

/*
 * Not here:
 * P18's throws (a lock or a disabled interrupt left behind) and P19 (a panic where nobody can
 *     recover it) end the machine's thread: they are checked in guests of their own.
 * P20 with a signal handler, and P22 (a process that exits meanwhile), are about user space.
 * P26 (iterators as coroutines) and P27 (wiping secrets): kdefer has neither.
 */
static int panic_kunit_init(struct kunit *test)
{
	klog_begin();
	return 0;
}

static struct kunit_case panic_kunit_cases[] = {
	KUNIT_CASE(p1_runs_all_deferred_calls),
	KUNIT_CASE(p1_ends_thread),
	KUNIT_CASE(p2_where_it_goes_on),
	KUNIT_CASE(p3_p4_newer_replaces_older),
	KUNIT_CASE(p4_recovered_further_out),
	KUNIT_CASE(p5_outer_panic_goes_on),
	KUNIT_CASE(p6_recover_then_panic),
	KUNIT_CASE(p6_new_panic_goes_on),
	KUNIT_CASE(p7_two_deep),
	KUNIT_CASE(p7_order_matters),
	KUNIT_CASE(p8_p14_panic_on_return),
	KUNIT_CASE(p8_panic_on_return_in_deferred),
	KUNIT_CASE(p9_five_levels),
	KUNIT_CASE(p10_deferred_in_deferred),
	KUNIT_CASE(p10_panic_afterwards),
	KUNIT_CASE(p11_repanic),
	KUNIT_CASE(p12_outer_calls_pending),
	KUNIT_CASE(p13_large_frames_between),
	KUNIT_CASE(p14_indirect_panic_on_return),
	KUNIT_CASE(p15_nil_panic),
	KUNIT_CASE(p16_wrapped_value),
	KUNIT_CASE(p17_repanic_time),
	KUNIT_CASE(p18_locks),
	KUNIT_CASE(p20_foreign_frames),
	KUNIT_CASE(p21_thread_is_the_same),
	KUNIT_CASE(p23_printouts_do_not_mix),
	KUNIT_CASE(p24_once),
	KUNIT_CASE(p25_join),
	{ }
};

static struct kunit_suite panic_kunit_suite = {
	.name = "kdefer_panic",
	.init = panic_kunit_init,
	.test_cases = panic_kunit_cases,
};

kunit_test_suite(panic_kunit_suite);
