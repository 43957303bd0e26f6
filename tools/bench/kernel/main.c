// SPDX-License-Identifier: GPL-2.0-only
/*
 * What kdefer costs in the kernel. Measures while it is loaded, and prints a line for each case and
 * contestant.
 *
 * In a guest whose clock counts instructions (scripts/vm run --icount) a nanosecond is an
 * instruction, and the figures are the same each time. The contestants are kdefer; "hand", which
 * hands an errno to its caller and gives back by goto; "limit", which does without the mechanism: a
 * deferred call is a plain call, a panic kdefer's own save and restore of a context with nothing in
 * between, a thread is bare; and KUnit, where the kernel has it.
 */
#include <linux/completion.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <kdefer/arch.h>
#include <kdefer/kdefer.h>

#if IS_ENABLED(CONFIG_KUNIT)
#include <kunit/test.h>
#endif

/* The shortest batch is the one that no interrupt came into. */
#define BATCHES		20
#define PER_BATCH	1000
/* For what takes long, and for what leaves work to RCU, whose share is to be in every batch. */
#define FEW		10
#define MANY		4000

/* KDEFER functions deep enough to tell, and shallow enough for a stack of 16 KiB. */
#define FRAMES		20

/* What a thread defers before it ends. */
#define THREAD_CALLS	10

static long counter;
/* Set. A function that the compiler knows never to return loses its frames. */
static bool armed = true;
module_param(armed, bool, 0400);
MODULE_PARM_DESC(armed, "raise the panics that are measured");
static unsigned int cases = UINT_MAX;
module_param(cases, uint, 0400);
MODULE_PARM_DESC(cases, "how many of the cases on a thread of kdefer's to measure");

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

void kdefer_arch_restore(const struct kdefer_regs *regs, unsigned long sp, unsigned long ip);

static noinline void restore(const struct kdefer_regs *regs)
{
	kdefer_arch_restore(regs, regs->sp, regs->ip);
}

static noinline long call_four(long n)
{
	bump((void *)n);
	bump((void *)n);
	bump((void *)n);
	bump((void *)n);
	barrier();
	return n;
}

static noinline KDEFER_DEFINE1(long, defer_one, long, n)
{
	kdefer(bump, (void *)n);
	return n;
}

/* Takes the panic, as what may recover does, and has none to recover. */
static noinline void bump_unless_panic(void *arg, struct kdefer_panic *p)
{
	if (!p)
		counter += (long)arg;
}

static noinline KDEFER_DEFINE1(long, recover_one, long, n)
{
	kdefer(bump_unless_panic, (void *)n);
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

/*
 * How much stack a function takes is told by where what it calls at last stands: at the end of a
 * recursion, and without one.
 */
#define STACK_DEPTH	8

static unsigned long stack_at;

static noinline void note_stack(void)
{
	stack_at = (unsigned long)__builtin_frame_address(0);
}

static noinline long stack_call(long depth)
{
	if (depth)
		stack_call(depth - 1);
	else
		note_stack();
	bump((void *)depth);
	return depth;
}

static noinline KDEFER_DEFINE1(long, stack_defer, long, depth)
{
	kdefer(bump, (void *)depth);
	if (depth)
		stack_defer(depth - 1);
	else
		note_stack();
	return depth;
}

static noinline KDEFER_DEFINE1(long, stack_recover, long, depth)
{
	kdefer(bump_unless_panic, (void *)depth);
	if (depth)
		stack_recover(depth - 1);
	else
		note_stack();
	return depth;
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

static noinline long dive_restore(const struct kdefer_regs *regs, long depth)
{
	long below;

	if (!depth) {
		if (READ_ONCE(armed))
			restore(regs);
		return 0;
	}
	below = dive_restore(regs, depth - 1);
	OPTIMIZER_HIDE_VAR(below);
	return below + 1;
}

static noinline void dive_thunk(struct kdefer_regs *regs, void *depth)
{
	dive_restore(regs, (long)depth);
}

static noinline long limit_plain(long n, long depth)
{
	struct kdefer_regs regs;

	kdefer_arch_call(&regs, 0, dive_thunk, (void *)depth);
	bump((void *)n);
	return n;
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

/* The calls that the frames would have deferred are made on the way down. */
static noinline long dive_bump(const struct kdefer_regs *regs, long n, long depth)
{
	long below;

	if (!depth) {
		if (READ_ONCE(armed))
			restore(regs);
		return 0;
	}
	bump((void *)n);
	below = dive_bump(regs, n, depth - 1);
	OPTIMIZER_HIDE_VAR(below);
	return below + 1;
}

static noinline void dive_bump_thunk(struct kdefer_regs *regs, void *depth)
{
	dive_bump(regs, 1, (long)depth);
}

static noinline long limit_frames(long n, long depth)
{
	struct kdefer_regs regs;

	kdefer_arch_call(&regs, 0, dive_bump_thunk, (void *)depth);
	bump((void *)n);
	return n;
}

static noinline void raise_again(void *arg, struct kdefer_panic *p)
{
	struct kdefer_value v;

	if (!krecover(p, &v))
		return;
	counter += (long)arg;
	kpanic_value(&v);
}

static noinline KDEFER_DEFINE2(long, dive_raise, long, n, long, depth)
{
	if (!depth) {
		if (READ_ONCE(armed))
			kpanic(-EIO);
		return 0;
	}
	kdefer(raise_again, (void *)n);
	return dive_raise(n, depth - 1) + 1;
}

static noinline KDEFER_DEFINE2(long, panic_raise, long, n, long, depth)
{
	kdefer(stop, (void *)n);
	return dive_raise(n, depth);
}

/* A pair of save and restore in each function. */
static noinline void again_thunk(struct kdefer_regs *regs, void *depth);

static noinline void dive_again(const struct kdefer_regs *outer, long n, long depth)
{
	struct kdefer_regs regs;

	if (depth) {
		kdefer_arch_call(&regs, 0, again_thunk, (void *)(depth - 1));
		bump((void *)n);
	}
	if (READ_ONCE(armed))
		restore(outer);
}

static noinline void again_thunk(struct kdefer_regs *regs, void *depth)
{
	dive_again(regs, 1, (long)depth);
}

static noinline long limit_again(long n, long depth)
{
	struct kdefer_regs regs;

	kdefer_arch_call(&regs, 0, again_thunk, (void *)depth);
	bump((void *)n);
	return n;
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

static long abort_run(void *arg)
{
	bump(arg);
	kpanic(-EIO);
}

#define ONE	((void *)1L)

static noinline KDEFER_DEFINE1(int, thread_body, struct completion *, done)
{
	int i;

	for (i = 0; i < THREAD_CALLS; i++)
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
	call_loop(1, THREAD_CALLS);
	while (!kthread_should_stop())
		schedule_timeout_interruptible(1);
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

static long go_member(void *arg)
{
	++*(long *)arg;
	return 0;
}

/*
 * The threads are idle in the pool, but for the first times. Members that run at the same time do
 * not share a counter.
 */
static void run_members(int nr)
{
	long done[4] = { };
	struct kdefer_group g;
	int i;

	kdefer_group_init(&g);
	for (i = 0; i < nr; i++)
		kdefer_group_go(&g, go_member, &done[i]);
	kdefer_group_wait(&g, NULL);
	for (i = 0; i < nr; i++)
		counter += done[i];
}

#if IS_ENABLED(CONFIG_KUNIT)
/* As a case does whose assertion fails. */
static void try_and_abort(void *arg)
{
	struct kunit *test = arg;

	bump(ONE);
	kunit_try_catch_throw(&test->try_catch);
	BUG();
}

static void catch_nothing(void *arg)
{
}

static void run_try_catch(void)
{
	static struct kunit test;

	test.try_catch = (struct kunit_try_catch) {
		.test = &test, .try = try_and_abort, .catch = catch_nothing,
	};
	kunit_try_catch_run(&test.try_catch, &test);
}
#endif

struct bench_case {
	const char *name;
	const char *contestant;
	void (*loop)(long n);
	long calls;
	long times;
};

#define LOOP(name, stmt)			\
static noinline void loop_##name(long count)	\
{						\
	while (count--)				\
		stmt;				\
}

LOOP(bump, bump(ONE))
LOOP(call1, call_one(1))
LOOP(call4, call_four(1))
LOOP(call100, call_loop(1, 100))
LOOP(defer1, defer_one(1))
LOOP(recover1, recover_one(1))
LOOP(goto4, goto_four(1))
LOOP(defer4, defer_four(1))
LOOP(defer100, defer_loop(1, 100))
LOOP(panic, panic_recover(1))
LOOP(panic10, panic_plain(1, 10))
LOOP(panic100, panic_plain(1, 100))
LOOP(errno, errno_plain(1, 0))
LOOP(errno10, errno_plain(1, 10))
LOOP(errno100, errno_plain(1, 100))
LOOP(restore, limit_plain(1, 0))
LOOP(restore10, limit_plain(1, 10))
LOOP(restore100, limit_plain(1, 100))
LOOP(panic_frames, panic_frames(1, FRAMES))
LOOP(errno_frames, errno_frames(1, FRAMES))
LOOP(restore_frames, limit_frames(1, FRAMES))
LOOP(repanic, panic_raise(1, FRAMES))
LOOP(restore_again, limit_again(1, FRAMES))
LOOP(run, kdefer_run(return_run, ONE, NULL))
LOOP(goexit, kdefer_run(goexit_run, ONE, NULL))
LOOP(abort, kdefer_run(abort_run, ONE, NULL))
LOOP(bare_thread, run_bare_thread())
LOOP(defer_thread, run_defer_thread())
LOOP(go, run_members(1))
LOOP(go4, run_members(4))
#if IS_ENABLED(CONFIG_KUNIT)
LOOP(try_catch, run_try_catch())
#endif

static const struct bench_case inside[] = {
	{ "call", "limit", loop_bump, 1 },
	{ "call1", "limit", loop_call1, 1 },
	{ "defer1", "kdefer", loop_defer1, 1 },
	{ "defer1", "limit", loop_call1, 1 },
	{ "recover1", "kdefer", loop_recover1, 1 },
	{ "recover1", "limit", loop_call1, 1 },
	{ "defer4", "kdefer", loop_defer4, 4 },
	{ "defer4", "hand", loop_goto4, 4 },
	{ "defer4", "limit", loop_call4, 4 },
	{ "loop100", "kdefer", loop_defer100, 100 },
	{ "loop100", "limit", loop_call100, 100 },
	{ "panic", "kdefer", loop_panic, 1 },
	{ "panic", "hand", loop_errno, 1 },
	{ "panic", "limit", loop_restore, 1 },
	{ "plain10", "kdefer", loop_panic10, 1 },
	{ "plain10", "hand", loop_errno10, 1 },
	{ "plain10", "limit", loop_restore10, 1 },
	{ "plain100", "kdefer", loop_panic100, 1 },
	{ "plain100", "hand", loop_errno100, 1 },
	{ "plain100", "limit", loop_restore100, 1 },
	{ "frames20", "kdefer", loop_panic_frames, FRAMES + 1 },
	{ "frames20", "hand", loop_errno_frames, FRAMES + 1 },
	{ "frames20", "limit", loop_restore_frames, FRAMES + 1 },
	{ "repanic20", "kdefer", loop_repanic, FRAMES + 1 },
	{ "repanic20", "hand", loop_errno_frames, FRAMES + 1 },
	{ "repanic20", "limit", loop_restore_again, FRAMES + 1 },
	{ "run", "kdefer", loop_run, 1 },
	{ "run", "limit", loop_call1, 1 },
	{ "goexit", "kdefer", loop_goexit, 1 },
	{ "goexit", "limit", loop_restore, 1 },
	{ "abort", "kdefer", loop_abort, 1 },
	{ "abort", "limit", loop_restore, 1 },
#if IS_ENABLED(CONFIG_KUNIT)
	{ "abort", "kunit", loop_try_catch, 1, FEW },
#endif
	{ "goexit10", "kdefer", loop_defer_thread, THREAD_CALLS, FEW },
	{ "goexit10", "limit", loop_bare_thread, THREAD_CALLS, FEW },
	{ "go", "kdefer", loop_go, 1, FEW },
	{ "go4", "kdefer", loop_go4, 4, FEW },
};

/* On a task that kdefer has to look up. */
static const struct bench_case outside[] = {
	{ "root1", "kdefer", loop_defer1, 1, MANY },
	{ "root1", "limit", loop_call1, 1 },
};

/* In thousandths of a nanosecond. */
static u64 shortest_batch(const struct bench_case *c)
{
	long n = c->times ?: PER_BATCH;
	u64 start, ns, best = U64_MAX;
	int i;

	for (i = 0; i < BATCHES; i++) {
		counter = 0;
		start = ktime_get_ns();
		c->loop(n);
		ns = ktime_get_ns() - start;
		if (counter != c->calls * n)
			pr_err("kdefer_bench: %s %s: the counter says %ld, but %ld calls were due\n",
			       c->name, c->contestant, counter, c->calls * n);
		best = min(best, ns);
		cond_resched();
	}
	return div_u64(best * 1000, n);
}

static void measure(const struct bench_case *c)
{
	u64 ns = shortest_batch(c);

	pr_info("kdefer_bench: %s %s %llu.%03llu\n", c->name, c->contestant, ns / 1000, ns % 1000);
}

static void measure_stack(const char *name, const char *contestant, long (*fn)(long depth))
{
	unsigned long above;

	fn(0);
	above = stack_at;
	fn(STACK_DEPTH);
	pr_info("kdefer_bench: %s %s %lu\n", name, contestant, (above - stack_at) / STACK_DEPTH);
}

static void measure_stacks(void)
{
	measure_stack("stack1", "kdefer", stack_defer);
	measure_stack("stack1", "limit", stack_call);
	measure_stack("stackrecover1", "kdefer", stack_recover);
	measure_stack("stackrecover1", "limit", stack_call);
}

/* On a kdefer kthread, the common case; the task of insmod is one that kdefer has to look up. */
static int measure_inside(void *done)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(inside) && i < cases; i++)
		measure(&inside[i]);
	measure_stacks();
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
