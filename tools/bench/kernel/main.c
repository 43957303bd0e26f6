// SPDX-License-Identifier: GPL-2.0-only
/*
 * What kdefer costs in the kernel. Measures while it is loaded, and prints a line for each case.
 *
 * In a guest whose clock counts instructions (run-qemu.sh --icount) a nanosecond is an instruction,
 * and the figures are the same each time. The limits next to the figures do the same without the
 * mechanism: plain calls, a goto to the cleanup, a bare kthread.
 */
#include <linux/completion.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <kdefer/kdefer.h>

#if IS_ENABLED(CONFIG_KUNIT)
#include <kunit/test.h>
#endif

/* The shortest batch is the one that no interrupt came into. */
#define BATCHES		20
#define PER_BATCH	1000

/* KDEFER functions deep enough to tell, and shallow enough for a stack of 16 KiB. */
#define FRAMES		20

static long counter;
/* Set. A function that the compiler knows never to return loses its frames. */
static bool armed = true;
module_param(armed, bool, 0400);
MODULE_PARM_DESC(armed, "raise the panics that are measured");

static noinline void bump(void *arg)
{
	counter += (long)arg;
}

static noinline void stop(void *arg, struct kdefer_panic *p)
{
	struct kdefer_value v;

	if (krecover(p, &v) && v.err == -EIO)
		counter += (long)arg;
}

static noinline long call_one(long n)
{
	bump((void *)n);
	barrier();
	return n;
}

static noinline KDEFER_DEFINE1(long, defer_one, long, n)
{
	kdefer(bump, (void *)n);
	return n;
}

/* Succeeds, as an acquire would. */
static noinline int acquire(long n)
{
	OPTIMIZER_HIDE_VAR(n);
	return n ? 0 : -ENOMEM;
}

static noinline long goto_four(long n)
{
	long err;

	err = acquire(n);
	if (err)
		return err;
	err = acquire(n);
	if (err)
		goto out_first;
	err = acquire(n);
	if (err)
		goto out_second;
	err = acquire(n);
	if (err)
		goto out_third;
	bump((void *)n);
out_third:
	bump((void *)n);
out_second:
	bump((void *)n);
out_first:
	bump((void *)n);
	return err;
}

static noinline KDEFER_DEFINE1(long, defer_four, long, n)
{
	if (acquire(n))
		kpanic(-ENOMEM);
	kdefer(bump, (void *)n);
	if (acquire(n))
		kpanic(-ENOMEM);
	kdefer(bump, (void *)n);
	if (acquire(n))
		kpanic(-ENOMEM);
	kdefer(bump, (void *)n);
	if (acquire(n))
		kpanic(-ENOMEM);
	kdefer(bump, (void *)n);
	return 0;
}

static noinline KDEFER_DEFINE2(long, defer_loop, long, n, long, times)
{
	long i;

	for (i = 0; i < times; i++)
		kdefer(bump, (void *)n);
	return n;
}

static noinline long call_loop(long n, long times)
{
	long i;

	for (i = 0; i < times; i++)
		bump((void *)n);
	return n;
}

static noinline KDEFER_DEFINE1(long, panic_recover, long, n)
{
	kdefer(stop, (void *)n);
	if (READ_ONCE(armed))
		kpanic(-EIO);
	return n;
}

/* An errno that each function hands to its caller: what panics are measured against. */
static noinline long dive_errno(long depth)
{
	long err;

	if (!depth)
		return READ_ONCE(armed) ? -EIO : 0;
	err = dive_errno(depth - 1);
	if (err)
		return err;
	return depth;
}

static noinline long errno_plain(long n, long depth)
{
	if (dive_errno(depth) == -EIO)
		bump((void *)n);
	return n;
}

static noinline long dive(long depth)
{
	long below;

	if (!depth) {
		if (READ_ONCE(armed))
			kpanic(-EIO);
		return 0;
	}
	below = dive(depth - 1);
	OPTIMIZER_HIDE_VAR(below);
	return below + 1;
}

static noinline KDEFER_DEFINE2(long, panic_plain, long, n, long, depth)
{
	kdefer(stop, (void *)n);
	return dive(depth);
}

/* The same with something to give back in each function. */
static noinline long dive_goto(long n, long depth)
{
	long err;

	if (!depth)
		return READ_ONCE(armed) ? -EIO : 0;
	err = dive_goto(n, depth - 1);
	bump((void *)n);
	return err;
}

static noinline long errno_frames(long n, long depth)
{
	if (dive_goto(n, depth) == -EIO)
		bump((void *)n);
	return n;
}

static noinline KDEFER_DEFINE2(long, dive_defer, long, n, long, depth)
{
	if (!depth) {
		if (READ_ONCE(armed))
			kpanic(-EIO);
		return 0;
	}
	kdefer(bump, (void *)n);
	return dive_defer(n, depth - 1) + 1;
}

static noinline KDEFER_DEFINE2(long, panic_frames, long, n, long, depth)
{
	kdefer(stop, (void *)n);
	return dive_defer(n, depth);
}

static long goexit_run(void *arg)
{
	defer_one((long)arg);
	kgoexit(0);
}

static long return_run(void *arg)
{
	return defer_one((long)arg);
}

#define ONE	((void *)1L)

static noinline KDEFER_DEFINE1(int, thread_body, struct completion *, done)
{
	kdefer(bump, ONE);
	complete(done);
	kgoexit(0);
}

static int defer_thread(void *done)
{
	return thread_body(done);
}

static int bare_thread(void *done)
{
	complete(done);
	while (!kthread_should_stop())
		schedule_timeout_interruptible(1);
	bump(ONE);
	return 0;
}

static void run_defer_thread(void)
{
	DECLARE_COMPLETION_ONSTACK(done);
	struct task_struct *t = kdefer_kthread_run(defer_thread, &done, "kdefer_bench");

	if (IS_ERR(t))
		return;
	wait_for_completion(&done);
	kdefer_kthread_stop(t, NULL);
}

static void run_bare_thread(void)
{
	DECLARE_COMPLETION_ONSTACK(done);
	struct task_struct *t = kthread_run(bare_thread, &done, "kdefer_bench");

	if (IS_ERR(t))
		return;
	wait_for_completion(&done);
	kthread_stop(t);
}

#if IS_ENABLED(CONFIG_KUNIT)
static void try_bump(void *arg)
{
	bump(arg);
}

static void catch_nothing(void *arg)
{
}

static void run_try_catch(void)
{
	struct kunit test = { };
	struct kunit_try_catch try_catch = {
		.test = &test, .try = try_bump, .catch = catch_nothing,
	};

	kunit_try_catch_run(&try_catch, ONE);
}
#endif

struct bench_case {
	const char *name;
	void (*loop)(long n);
	long calls;
	bool slow;
};

#define LOOP(name, stmt)			\
static noinline void loop_##name(long count)	\
{						\
	while (count--)				\
		stmt;				\
}

LOOP(call, call_one(1))
LOOP(defer1, defer_one(1))
LOOP(goto4, goto_four(1))
LOOP(defer4, defer_four(1))
LOOP(call100, call_loop(1, 100))
LOOP(defer100, defer_loop(1, 100))
LOOP(panic, panic_recover(1))
LOOP(errno100, errno_plain(1, 100))
LOOP(panic100, panic_plain(1, 100))
LOOP(errno_frames, errno_frames(1, FRAMES))
LOOP(panic_frames, panic_frames(1, FRAMES))
LOOP(run, kdefer_run(return_run, ONE, NULL))
LOOP(goexit, kdefer_run(goexit_run, ONE, NULL))
LOOP(bare_thread, run_bare_thread())
LOOP(defer_thread, run_defer_thread())
#if IS_ENABLED(CONFIG_KUNIT)
LOOP(try_catch, run_try_catch())
#endif

static const struct bench_case inside[] = {
	{ "a call in a function call", loop_call, 1 },
	{ "1 deferred call", loop_defer1, 1 },
	{ "4 acquires and releases, by goto", loop_goto4, 4 },
	{ "4 acquires and releases, deferred", loop_defer4, 4 },
	{ "100 calls, loop", loop_call100, 100 },
	{ "100 deferred calls, loop", loop_defer100, 100 },
	{ "panic and recover, same function", loop_panic, 1 },
	{ "errno through 100 plain functions", loop_errno100, 1 },
	{ "panic through 100 plain functions", loop_panic100, 1 },
	{ "errno through 20 functions with a cleanup", loop_errno_frames, FRAMES + 1 },
	{ "panic through 20 KDEFER functions", loop_panic_frames, FRAMES + 1 },
	{ "kdefer_run, 1 deferred call", loop_run, 1 },
	{ "kdefer_run, 1 deferred call, goexit", loop_goexit, 1 },
	{ "kthread_run, kthread_stop", loop_bare_thread, 1, true },
	{ "kdefer_kthread_run, goexit, stop", loop_defer_thread, 1, true },
#if IS_ENABLED(CONFIG_KUNIT)
	{ "kunit_try_catch_run", loop_try_catch, 1, true },
#endif
};

static const struct bench_case outside[] = {
	{ "1 deferred call, root frame", loop_defer1, 1 },
};

/* In thousandths of a nanosecond. */
static u64 shortest_batch(const struct bench_case *c)
{
	long n = c->slow ? PER_BATCH / 100 : PER_BATCH;
	u64 start, ns, best = U64_MAX;
	int i;

	for (i = 0; i < BATCHES; i++) {
		counter = 0;
		start = ktime_get_ns();
		c->loop(n);
		ns = ktime_get_ns() - start;
		if (counter != c->calls * n)
			pr_err("kdefer_bench: %s: the counter says %ld, but %ld calls were due\n",
			       c->name, counter, c->calls * n);
		best = min(best, ns);
		cond_resched();
	}
	return div_u64(best * 1000, n);
}

static void measure(const struct bench_case *c)
{
	u64 ns = shortest_batch(c);

	pr_info("kdefer_bench: %s\t%llu.%03llu\n", c->name, ns / 1000, ns % 1000);
}

/* On a kdefer kthread, the common case; the task of insmod is one that kdefer has to look up. */
static int measure_inside(void *done)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(inside); i++)
		measure(&inside[i]);
	complete(done);
	return 0;
}

static int __init kdefer_bench_init(void)
{
	DECLARE_COMPLETION_ONSTACK(done);
	struct task_struct *t;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(outside); i++)
		measure(&outside[i]);
	t = kdefer_kthread_run(measure_inside, &done, "kdefer_bench");
	if (IS_ERR(t))
		return PTR_ERR(t);
	wait_for_completion(&done);
	kdefer_kthread_stop(t, NULL);
	return 0;
}

static void __exit kdefer_bench_exit(void)
{
}

module_init(kdefer_bench_init);
module_exit(kdefer_bench_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("What kdefer costs in the kernel");
