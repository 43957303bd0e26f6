// SPDX-License-Identifier: GPL-2.0-only
/*
 * Cleanups that belong to a block: guards, variables of a class, owned pointers. They take their
 * turn among the deferred calls of the function, on every way out.
 */
#include <linux/cleanup.h>
#include <linux/err.h>
#include <linux/mutex.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include "kunit-capture.h"
#include "kunit-log.h"

/* "+w" when an object is made, "-w" when it is destroyed. */
DEFINE_CLASS(word, const char *, klog("-%s", _T), ({ klog("+%s", w); w; }), const char *w)

/* Larger than a pointer, and told apart from what else the stack may hold by then. */
struct big {
	char name[32];
	unsigned long magic;
};

#define BIG_MAGIC	0x600d600dUL

static struct big big_make(const char *name)
{
	struct big b = { .magic = BIG_MAGIC };

	strscpy(b.name, name, sizeof(b.name));
	klog("+%s", name);
	return b;
}

static void big_destroy(const struct big *b)
{
	if (b->magic == BIG_MAGIC)
		klog("-%s", b->name);
	else
		klog("-overwritten");
}

DEFINE_CLASS(big, struct big, big_destroy(&_T), big_make(name), const char *name)

static const char *owned(const char *w)
{
	klog("+%s", w);
	return w;
}

static void disown(const char *w)
{
	if (w)
		klog("-%s", w);
}

DEFINE_FREE(logged, const char *, disown(_T))

static KDEFER_DEFINE_VOID0(end_of_block)
{
	kdefer(klog_step, "d1");
	{
		kdefer_guard(word)("a");
		kdefer_guard(word)("b");
		klog("block");
	}
	kdefer(klog_step, "d2");
	klog("body");
}

/* A guard is released at the end of its block, before the function's deferred calls. */
static void guard_ends_with_block(struct kunit *test)
{
	end_of_block();
	KLOG_EXPECT(test, "+a +b block -b -a body d2 d1");
}

enum way { BREAK, CONTINUE, GOTO, RETURN };

static KDEFER_DEFINE1(int, leave_block, enum way, way)
{
	int i;

	for (i = 0; i < 2; i++) {
		kdefer_guard(word)("a");
		kdefer(klog_step, "d");
		if (way == BREAK)
			break;
		if (way == CONTINUE)
			continue;
		if (way == GOTO)
			goto out;
		return 1;
	}
	klog("loop");
out:
	klog("out");
	return 2;
}

/* However the block is left. */
static void guard_every_way_out_of_block(struct kunit *test)
{
	leave_block(BREAK);
	KLOG_EXPECT(test, "+a -a loop out d");
	klog_begin();
	leave_block(CONTINUE);
	KLOG_EXPECT(test, "+a -a +a -a loop out d d");
	klog_begin();
	leave_block(GOTO);
	KLOG_EXPECT(test, "+a -a out d");
	klog_begin();
	leave_block(RETURN);
	KLOG_EXPECT(test, "+a -a d");
}

static noinline void raise(int err)
{
	kpanic(err);
}

/* The guards of a function that a panic skips. */
static KDEFER_DEFINE_VOID1(skipped, int, err)
{
	kdefer(klog_step, "d1");
	{
		kdefer_guard(word)("gone");
	}
	kdefer_guard(big)("a");
	kdefer(klog_step, "d2");
	kdefer_class(word, w)("b");
	kdefer(klog_step, "d3");
	klog("%s", w);
	raise(err);
}

static KDEFER_DEFINE_VOID1(recovers, int, err)
{
	kdefer(klog_recover, "r");
	skipped(err);
}

/* A panic that passes through runs them newest first, among the deferred calls. */
static void guard_panic_passes(struct kunit *test)
{
	recovers(-5);
	KLOG_EXPECT(test, "+gone -gone +a +b b d3 -b d2 -a d1 r=-5");
}

static KDEFER_DEFINE_VOID0(goexits)
{
	kdefer_guard(big)("a");
	kdefer(klog_step, "d");
	kgoexit(3);
}

static long run_goexits(void *arg)
{
	goexits();
	return 0;
}

/* So does a goexit. */
static void guard_goexit_passes(struct kunit *test)
{
	struct kdefer_outcome out;

	kdefer_run(run_goexits, NULL, &out);
	KUNIT_EXPECT_EQ(test, (int)out.how, (int)KDEFER_GOEXITED);
	KLOG_EXPECT(test, "+a d -a");
}

/* Something to overwrite the stack that a recovery gives back. */
static noinline void use_stack(void *arg)
{
	char buf[512];

	memset(buf, 0x5a, sizeof(buf));
	OPTIMIZER_HIDE_VAR(arg);
	klog("%s", buf[511] == 0x5a && arg ? (const char *)arg : "?");
}

/* The function that recovers has older guards; their objects are on the stack it gives back. */
static KDEFER_DEFINE1(int, guard_below_recover, int, err)
{
	kdefer_result = 1;
	kdefer(use_stack, "d1");
	kdefer_guard(big)("a");
	kdefer(use_stack, "d2");
	kdefer_guard(big)("b");
	kdefer(klog_recover, "r");
	kdefer_guard(big)("c");
	raise(err);
	return 2;
}

/* They are released before the stack is, and in their order. */
static void guard_of_recovering_function(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, guard_below_recover(-5), 1);
	KLOG_EXPECT(test, "+a +b +c -c r=-5 -b d2 -a d1");
}

static KDEFER_DEFINE_VOID0(panic_below_recover)
{
	kdefer(klog_recover, "outer");
	kdefer_guard(big)("a");
	kdefer(klog_recover, "second");
	kdefer_guard(big)("b");
	kdefer(klog_panic, KLOG_NR(-2));
	kdefer_guard(big)("c");
	kdefer(klog_recover, "first");
	raise(-1);
}

/* A deferred call that runs then may panic, and that panic be recovered by the next. */
static void guard_panic_after_recover(struct kunit *test)
{
	panic_below_recover();
	KLOG_EXPECT(test, "+a +b +c first=-1 -c -b second=-2 -a outer=-");
}

static void goexit_call(void *arg)
{
	kgoexit(4);
}

static KDEFER_DEFINE_VOID0(goexit_below_recover)
{
	kdefer(klog_look, "look");
	kdefer_guard(big)("a");
	kdefer(goexit_call, NULL);
	kdefer(klog_recover, "r");
	raise(-1);
}

static long run_goexit_below_recover(void *arg)
{
	goexit_below_recover();
	klog("not reached");
	return 0;
}

/* Or call kgoexit(): the function is not returned to. */
static void guard_goexit_after_recover(struct kunit *test)
{
	struct kdefer_outcome out;

	kdefer_run(run_goexit_below_recover, NULL, &out);
	KUNIT_EXPECT_EQ(test, (int)out.how, (int)KDEFER_GOEXITED);
	KUNIT_EXPECT_EQ(test, out.result, 4L);
	KLOG_EXPECT(test, "+a r=-1 -a look=-");
}

static void stop_panic(void *arg, struct kdefer_panic *p)
{
	krecover(p, NULL);
}

/* The lowest stack pointer that it has been called with, and the first. */
static void note_stack(void *arg)
{
	unsigned long *stack = arg, here = (unsigned long)__builtin_frame_address(0);

	if (!stack[0])
		stack[0] = here;
	stack[1] = here;
}

#define MANY	50

static KDEFER_DEFINE_VOID1(many_after_recover, unsigned long *, stack)
{
	kdefer_guard(big)("a");
	for (long i = 0; i < MANY; i++) {
		kdefer(note_stack, stack);
		kdefer(stop_panic, NULL);
		kdefer(klog_panic, KLOG_NR(-1));
	}
}

/* However many do so, one above another: none keeps its stack. */
static void guard_stack_after_recover(struct kunit *test)
{
	unsigned long stack[2] = { };

	many_after_recover(stack);
	KLOG_EXPECT(test, "+a -a");
	KUNIT_EXPECT_LT(test, stack[0] - stack[1], 4096UL);
}

static KDEFER_DEFINE_VOID0(nested_frames)
{
	kdefer(klog_step, "d1");
	kdefer_guard(big)("a");
	recovers(-7);
	kdefer_guard(word)("b");
	kdefer(klog_recover, "r");
	raise(-8);
}

/* A panic recovered in a callee leaves the caller's guards alone. */
static void guard_of_caller_stays(struct kunit *test)
{
	nested_frames();
	KLOG_EXPECT(test, "+a +gone -gone +a +b b d3 -b d2 -a d1 r=-7 +b r=-8 -b -a d1");
}

static KDEFER_DEFINE_VOID1(deferred_after, int, n)
{
	int i;

	for (i = 0; i < n; i++) {
		kdefer_guard(word)("a");
		kdefer(klog_number, KLOG_NR(i));
	}
	klog("body");
}

/* Deferred calls made after the guard stay when it goes, in the frame and beyond its room. */
static void guard_below_deferred_calls(struct kunit *test)
{
	deferred_after(3);
	KLOG_EXPECT(test, "+a -a +a -a +a -a body 2 1 0");
	klog_begin();
	deferred_after(7);
	KLOG_EXPECT(test, "+a -a +a -a +a -a +a -a +a -a +a -a +a -a body 6 5 4 3 2 1 0");
}

static KDEFER_DEFINE_VOID1(guard_nesting, int, depth)
{
	kdefer_guard(word)("0");
	kdefer_guard(word)("1");
	kdefer_guard(word)("2");
	kdefer_guard(word)("3");
	kdefer_guard(word)("4");
	kdefer(klog_step, "d");
	kdefer_guard(word)("5");
	if (depth)
		raise(-depth);
}

static long run_guard_nesting(void *arg)
{
	guard_nesting(1);
	return 0;
}

/* Guards of several frames. */
static void guard_many(struct kunit *test)
{
	struct kdefer_outcome out;

	guard_nesting(0);
	KLOG_EXPECT(test, "+0 +1 +2 +3 +4 +5 -5 -4 -3 -2 -1 -0 d");
	klog_begin();
	kdefer_run(run_guard_nesting, NULL, &out);
	KUNIT_EXPECT_EQ(test, out.result, -1L);
	KLOG_EXPECT(test, "+0 +1 +2 +3 +4 +5 -5 d -4 -3 -2 -1 -0");
}

static int live;

DEFINE_CLASS(count, int *, --*_T, ({ ++*n; n; }), int *n)

#define LOOPS	10000

static KDEFER_DEFINE_VOID0(loop_of_guards)
{
	const struct kdefer *top = __kdefer_frame->task->top;
	int i;

	kdefer(klog_step, "d");
	for (i = 0; i < LOOPS; i++) {
		kdefer_guard(count)(&live);
		kdefer_guard(count)(&live);
		kdefer_guard(count)(&live);
		kdefer_guard(count)(&live);
	}
	if (__kdefer_frame->task->top != top + 1)
		klog("more records");
}

/* A loop's guards give back what they took. */
static void guard_loop(struct kunit *test)
{
	live = 0;
	loop_of_guards();
	KUNIT_EXPECT_EQ(test, live, 0);
	KLOG_EXPECT(test, "d");
}

static KDEFER_DEFINE1(int, scoped, enum way, way)
{
	kdefer(klog_step, "d1");
	kdefer_scoped_guard(word, "a") {
		kdefer_scoped_guard(word, "b")
			klog("inner");
		if (way == BREAK)
			break;
		if (way == CONTINUE)
			continue;
		if (way == RETURN)
			return 1;
		raise(-9);
	}
	klog("after");
	return 2;
}

static KDEFER_DEFINE1(int, scoped_recover, enum way, way)
{
	kdefer(klog_recover, "r");
	return scoped(way);
}

/* kdefer_scoped_guard() is for one statement, which may be left. */
static void guard_scoped(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, scoped(BREAK), 2);
	KLOG_EXPECT(test, "+a +b inner -b -a after d1");
	klog_begin();
	KUNIT_EXPECT_EQ(test, scoped(CONTINUE), 2);
	KLOG_EXPECT(test, "+a +b inner -b -a after d1");
	klog_begin();
	KUNIT_EXPECT_EQ(test, scoped(RETURN), 1);
	KLOG_EXPECT(test, "+a +b inner -b -a d1");
	klog_begin();
	KUNIT_EXPECT_EQ(test, scoped_recover(GOTO), 0);
	KLOG_EXPECT(test, "+a +b inner -b -a d1 r=-9");
}

/* A constructor that may fail, as a driver's own would. */
static const char *make_or_panic(const char *w)
{
	if (!w)
		kpanic(-ENODEV);
	return owned(w);
}

DEFINE_CLASS(fallible, const char *, klog("-%s", _T), make_or_panic(w), const char *w)

static KDEFER_DEFINE_VOID0(constructor_panics)
{
	kdefer(klog_recover, "r");
	kdefer_guard(fallible)("a");
	kdefer_guard(fallible)(NULL);
	klog("not reached");
}

/* What was not made is not destroyed. */
static void guard_constructor_panics(struct kunit *test)
{
	constructor_panics();
	KLOG_EXPECT(test, "+a -a r=-19");
}

static KDEFER_DEFINE1(const char *, owner, int, how)
{
	kdefer_owned(logged, const char *, none) = NULL;
	kdefer_owned(logged, const char *, a) = owned("a");
	kdefer_owned(logged, const char *, b) = owned("b");

	if (none)
		klog("none is not");
	kdefer(klog_step, "d");
	if (how == 1)
		return_ptr(a);
	if (how == 2)
		raise(-1);
	if (how == 3) {
		kdefer_result = no_free_ptr(b);
		raise(-2);
	}
	return NULL;
}

static KDEFER_DEFINE1(const char *, owner_recover, int, how)
{
	kdefer(klog_recover, "r");
	return owner(how);
}

/* An owned pointer is given up once, unless it was taken away. */
static void guard_owned(struct kunit *test)
{
	KUNIT_EXPECT_PTR_EQ(test, owner(0), (const char *)NULL);
	KLOG_EXPECT(test, "+a +b -b -a d");
	klog_begin();
	KUNIT_EXPECT_STREQ(test, owner(1), "a");
	KLOG_EXPECT(test, "+a +b -b d");
	klog_begin();
	owner_recover(2);
	KLOG_EXPECT(test, "+a +b d -b -a r=-1");
	klog_begin();
	owner_recover(3);
	KLOG_EXPECT(test, "+a +b d -a r=-2");
}

static DEFINE_MUTEX(mutex);
static DEFINE_SPINLOCK(spinlock);

static bool spinlock_is_free(void)
{
	if (!spin_trylock(&spinlock))
		return false;
	spin_unlock(&spinlock);
	return true;
}

static KDEFER_DEFINE_VOID1(real_locks, int, err)
{
	kdefer_guard(mutex)(&mutex);
	kdefer_guard(spinlock_irqsave)(&spinlock);
	klog("%d%d%d", mutex_is_locked(&mutex), !spinlock_is_free(), irqs_disabled());
	if (err)
		raise(err);
}

static KDEFER_DEFINE_VOID1(real_locks_recover, int, err)
{
	kdefer(klog_recover, "r");
	real_locks(err);
}

static void expect_unlocked(struct kunit *test)
{
	KUNIT_EXPECT_FALSE(test, mutex_is_locked(&mutex));
	KUNIT_EXPECT_TRUE(test, spinlock_is_free());
	KUNIT_EXPECT_FALSE(test, irqs_disabled());
}

/* The kernel's own classes: no lock is held after return and recovery, and no interrupt off. */
static void guard_locks(struct kunit *test)
{
	real_locks(0);
	expect_unlocked(test);
	real_locks_recover(-3);
	expect_unlocked(test);
	KLOG_EXPECT(test, "111 111 r=-3");
}

static KDEFER_DEFINE_VOID0(locks_below_recover)
{
	kdefer_guard(mutex)(&mutex);
	kdefer_guard(spinlock_irqsave)(&spinlock);
	kdefer(klog_recover, "r");
	raise(-4);
}

DEFINE_KDEFER(unlock_mutex, struct mutex *, mutex_unlock(_T))
DEFINE_KDEFER(unlock_spinlock, spinlock_t *, spin_unlock(_T))

static KDEFER_DEFINE_VOID0(unlock_below_recover)
{
	mutex_lock(&mutex);
	kdefer(unlock_mutex, &mutex);
	spin_lock(&spinlock);
	kdefer(unlock_spinlock, &spinlock);
	kdefer(klog_recover, "r");
	raise(-5);
}

/*
 * A lock that is released by what is left to run in the recovering function is not one that a
 * skipped function has left behind, whether it is a guard or a deferred call that does it.
 */
static void guard_locks_of_recovering_function(struct kunit *test)
{
	locks_below_recover();
	expect_unlocked(test);
	unlock_below_recover();
	expect_unlocked(test);
	KLOG_EXPECT(test, "r=-4 r=-5");
}

static KDEFER_DEFINE_VOID0(no_memory)
{
	kdefer(klog_recover, "r");
	kdefer_guard(big)("a");
	kdefer_guard(big)("b");
	kdefer(klog_step, "d");
	use_up_records();
	kcapture_fail_alloc();
	kdefer_guard(big)("c");
	klog("not reached");
}

/* D23: without memory to remember it, the function panics, which destroys the object first. */
static void guard_no_memory(struct kunit *test)
{
	if (!kcapture_fail_alloc())
		kunit_skip(test, "no allocation can be made to fail: CONFIG_FAILSLAB is off");
	kcapture_alloc_failed();
	no_memory();
	KUNIT_EXPECT_TRUE(test, kcapture_alloc_failed());
	KLOG_EXPECT(test, "+a +b +c -c d -b -a r=-12");
}

static int guard_kunit_init(struct kunit *test)
{
	klog_begin();
	return 0;
}

static struct kunit_case guard_kunit_cases[] = {
	KUNIT_CASE(guard_ends_with_block),
	KUNIT_CASE(guard_every_way_out_of_block),
	KUNIT_CASE(guard_panic_passes),
	KUNIT_CASE(guard_goexit_passes),
	KUNIT_CASE(guard_of_recovering_function),
	KUNIT_CASE(guard_panic_after_recover),
	KUNIT_CASE(guard_goexit_after_recover),
	KUNIT_CASE(guard_stack_after_recover),
	KUNIT_CASE(guard_of_caller_stays),
	KUNIT_CASE(guard_below_deferred_calls),
	KUNIT_CASE(guard_many),
	KUNIT_CASE(guard_loop),
	KUNIT_CASE(guard_scoped),
	KUNIT_CASE(guard_constructor_panics),
	KUNIT_CASE(guard_owned),
	KUNIT_CASE(guard_locks),
	KUNIT_CASE(guard_locks_of_recovering_function),
	KUNIT_CASE(guard_no_memory),
	{ }
};

static struct kunit_suite guard_kunit_suite = {
	.name = "kdefer_guard",
	.init = guard_kunit_init,
	.test_cases = guard_kunit_cases,
};

kunit_test_suite(guard_kunit_suite);
