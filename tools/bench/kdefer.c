// SPDX-License-Identifier: GPL-2.0-only
/*
 * The contestant kdefer, over the user-space shim, as its users have it: a program linked with
 * libkdefer.so. Each function has one of the same name in bench.go; the pairs are comparable:
 *
 * - The deferred function is a call on both sides, not inlined, and adds its argument to one
 *   global. The function that defers is not inlined either.
 * - Go knows which function a defer statement outside of a loop will call, and calls it directly
 *   on return; kdefer calls a pointer. That is the mechanism, and stays.
 * - What recovers compares the value it gets with EIO: Go an interface with a constant errno,
 *   which is not allocated; kdefer the copy that krecover() makes.
 * - Plain frames between panic and recovery neither defer nor recover, and only recurse.
 * - Go runs with its defaults, garbage collector included, and without cgo.
 *
 * Starting a thread is not comparable: a goroutine is not a thread, a kthread of the shim is one.
 * The limit for that row is the bare thread.
 */
#include <linux/completion.h>
#include <linux/err.h>
#include <linux/math.h>
#include <kdefer/kdefer.h>

#include "bench.h"

long bench_counter;
volatile int bench_armed = 1;

static BENCH_OPAQUE void bump(void *arg)
{
	bench_counter += (long)arg;
}

static BENCH_OPAQUE void stop(void *arg, struct kdefer_panic *p)
{
	struct kdefer_value v;

	if (krecover(p, &v) && v.err == -EIO)
		bench_counter += (long)arg;
}

static BENCH_OPAQUE void raise_again(void *arg, struct kdefer_panic *p)
{
	struct kdefer_value v;

	if (!krecover(p, &v))
		return;
	bench_counter += (long)arg;
	kpanic_value(&v);
}

#define ONE	((void *)1L)

BENCH_OPAQUE KDEFER_DEFINE1(long, defer_one, long, n)
{
	kdefer(bump, (void *)n);
	return n;
}

static BENCH_OPAQUE void bump_or_stop(void *arg, struct kdefer_panic *p)
{
	if (!krecover(p, NULL))
		bench_counter += (long)arg;
}

/* May recover, and has nothing to recover. */
BENCH_OPAQUE KDEFER_DEFINE1(long, recover_one, long, n)
{
	kdefer(bump_or_stop, (void *)n);
	return n;
}

BENCH_OPAQUE KDEFER_DEFINE1(long, defer_four, long, n)
{
	kdefer(bump, (void *)n);
	kdefer(bump, (void *)n);
	kdefer(bump, (void *)n);
	kdefer(bump, (void *)n);
	return n;
}

BENCH_OPAQUE KDEFER_DEFINE2(long, defer_loop, long, n, long, times)
{
	long i;

	for (i = 0; i < times; i++)
		kdefer(bump, (void *)n);
	return n;
}

BENCH_OPAQUE KDEFER_DEFINE1(long, panic_recover, long, n)
{
	kdefer(stop, (void *)n);
	kpanic(-EIO);
}

static BENCH_OPAQUE long dive(long depth)
{
	if (!depth) {
		if (bench_armed)
			kpanic(-EIO);
		return 0;
	}
	return bench_hide(dive(depth - 1)) + 1;
}

BENCH_OPAQUE KDEFER_DEFINE2(long, panic_plain, long, n, long, depth)
{
	kdefer(stop, (void *)n);
	return dive(depth);
}

BENCH_OPAQUE KDEFER_DEFINE2(long, dive_defer, long, n, long, depth)
{
	if (!depth) {
		if (bench_armed)
			kpanic(-EIO);
		return 0;
	}
	kdefer(bump, (void *)n);
	return bench_hide(dive_defer(n, depth - 1)) + 1;
}

BENCH_OPAQUE KDEFER_DEFINE2(long, panic_defer, long, n, long, depth)
{
	kdefer(stop, (void *)n);
	return dive_defer(n, depth);
}

BENCH_OPAQUE KDEFER_DEFINE2(long, dive_raise, long, n, long, depth)
{
	if (!depth) {
		if (bench_armed)
			kpanic(-EIO);
		return 0;
	}
	kdefer(raise_again, (void *)n);
	return bench_hide(dive_raise(n, depth - 1)) + 1;
}

BENCH_OPAQUE KDEFER_DEFINE2(long, panic_raise, long, n, long, depth)
{
	kdefer(stop, (void *)n);
	return dive_raise(n, depth);
}

BENCH_OPAQUE KDEFER_DEFINE2(int, goexit_loop, long, n, long, times)
{
	long i;

	for (i = 0; i < times; i++)
		kdefer(bump, (void *)n);
	kgoexit(0);
}

static BENCH_OPAQUE void report_done(void *done)
{
	complete(done);
}

/* kthread_stop() would keep a thread that has not begun yet from beginning: wait for its end. */
static KDEFER_DEFINE1(int, goexit_thread, void *, done)
{
	kdefer(report_done, done);
	return goexit_loop(1, 10);
}

static void run_thread(void)
{
	DECLARE_COMPLETION_ONSTACK(done);
	struct task_struct *t = kdefer_kthread_run(goexit_thread, &done, "goexit");

	if (IS_ERR(t)) {
		fputs("goexit10: cannot start a thread\n", stderr);
		exit(1);
	}
	wait_for_completion(&done);
	kdefer_kthread_stop(t, NULL);
}

static long goexit_run(void *arg)
{
	return goexit_loop((long)arg, 10);
}

static long goexit_run_four(void *arg)
{
	return goexit_loop((long)arg, 4);
}

BENCH_LOOP(defer1, defer_one(1))
BENCH_LOOP(recover1, recover_one(1))
BENCH_LOOP(defer4, defer_four(1))
BENCH_LOOP(loop4, defer_loop(1, 4))
BENCH_LOOP(loop100, defer_loop(1, 100))
BENCH_LOOP(panic, panic_recover(1))
BENCH_LOOP(plain10, panic_plain(1, 10))
BENCH_LOOP(plain100, panic_plain(1, 100))
BENCH_LOOP(frames10, panic_defer(1, 10))
BENCH_LOOP(frames100, panic_defer(1, 100))
BENCH_LOOP(repanic64, panic_raise(1, 64))
BENCH_LOOP(goexit_run, kdefer_run(goexit_run, ONE, NULL))
BENCH_LOOP(goexit_run_four, kdefer_run(goexit_run_four, ONE, NULL))
BENCH_LOOP(goexit, run_thread())

static long go_member(void *arg)
{
	bump(arg);
	return 0;
}

static BENCH_OPAQUE void run_member(void)
{
	struct kdefer_group g;

	kdefer_group_init(&g);
	if (kdefer_group_go(&g, go_member, ONE))
		exit(1);
	kdefer_group_wait(&g, NULL);
}

static long go_member_alone(void *arg)
{
	long *done = arg;

	++*done;
	return 0;
}

/* Members that run at the same time do not share a counter. */
static BENCH_OPAQUE void run_four(void)
{
	long done[4] = { };
	struct kdefer_group g;
	int i;

	kdefer_group_init(&g);
	for (i = 0; i < 4; i++)
		if (kdefer_group_go(&g, go_member_alone, &done[i]))
			exit(1);
	kdefer_group_wait(&g, NULL);
	for (i = 0; i < 4; i++)
		bench_counter += done[i];
}

BENCH_LOOP(go1, run_member())
BENCH_LOOP(go4, run_four())

static BENCH_OPAQUE void stop_mine(void *arg, struct kdefer_panic *p)
{
	struct kdefer_value v;

	if (krecover(p, &v) && v.err == -EIO)
		++*(long *)arg;
}

BENCH_OPAQUE KDEFER_DEFINE1(long, panic_mine, long *, done)
{
	kdefer(stop_mine, done);
	kpanic(-EIO);
}

struct work {
	long count;
	long *done;
};

static long work(void *arg)
{
	struct work *w = arg;
	long i;

	for (i = 0; i < w->count; i++)
		panic_mine(w->done);
	return 0;
}

static void panic_thread(long count, long *done)
{
	struct work w = { .count = count, .done = done };

	kdefer_run(work, &w, NULL);
}

static BENCH_OPAQUE void count_mine(void *arg)
{
	++*(long *)arg;
}

BENCH_OPAQUE KDEFER_DEFINE_VOID1(root_mine, long *, done)
{
	kdefer(count_mine, done);
}

static void root_thread(long count, long *done)
{
	while (count--)
		root_mine(done);
}

static const struct bench_case cases[] = {
	{ "defer1", 1, loop_defer1 },
	{ "recover1", 1, loop_recover1 },
	{ "defer4", 4, loop_defer4 },
	{ "loop4", 4, loop_loop4 },
	{ "loop100", 100, loop_loop100 },
	{ "panic", 1, loop_panic },
	{ "plain10", 1, loop_plain10 },
	{ "plain100", 1, loop_plain100 },
	{ "frames10", 11, loop_frames10 },
	{ "frames100", 101, loop_frames100 },
	{ "repanic64", 65, loop_repanic64 },
	{ "goexit10", 10, loop_goexit },
	{ "go1", 1, loop_go1 },
	{ "go4", 4, loop_go4 },
	{ "barrier10", 10, loop_goexit_run },
	{ }
};

/* These make a task for each call: there is no kdefer_run() around them. */
static const struct bench_case root_cases[] = {
	{ "root1", 1, loop_defer1 },
	{ }
};

static const struct bench_threaded threaded[] = {
	{ "threads1", 1, panic_thread },
	{ "threads2", 2, panic_thread },
	{ "roots1", 1, root_thread },
	{ "roots2", 2, root_thread },
	{ }
};

struct run {
	int argc;
	char **argv;
};

static long run_case(void *arg)
{
	struct run *r = arg;

	return bench_run(cases, r->argc, r->argv);
}

/* What must not allocate. */
static const struct bench_case counted[] = {
	{ "defer1", 1, loop_defer1 },
	{ "recover1", 1, loop_recover1 },
	{ "defer4", 4, loop_defer4 },
	{ "loop4", 4, loop_loop4 },
	{ "loop100", 100, loop_loop100 },
	{ "panic", 1, loop_panic },
	{ "plain100", 1, loop_plain100 },
	{ "frames100", 101, loop_frames100 },
	{ "repanic64", 65, loop_repanic64 },
	{ "barrier4", 4, loop_goexit_run_four },
	{ }
};

/* From allocs.c, when it is preloaded. */
unsigned long bench_allocs(void) __attribute__((weak));

/* What the first time may allocate: room for more records than a task has from the start. */
static unsigned long first_allocs(const struct bench_case *c)
{
	return c->calls > 38;
}

static long count_allocs(void *arg)
{
	const struct bench_case *c = arg;
	unsigned long start, first, later;

	start = bench_allocs();
	c->loop(1);
	first = bench_allocs() - start;
	c->loop(1000);
	later = bench_allocs() - start - first;
	printf("%s\t%lu\t%lu\t%lu\n", c->name, first, later, first_allocs(c));
	return 0;
}

/*
 * A kdefer_run() each: its memory is that of a thread or of the call that made it one, and not
 * counted. The counter itself is shown to work first.
 */
static int print_allocs(void)
{
	const struct bench_case *c;
	void *volatile p;
	unsigned long start;

	if (!bench_allocs) {
		fputs("allocs: preload allocs.so, which counts them\n", stderr);
		return 2;
	}
	start = bench_allocs();
	p = malloc(1);
	free(p);
	bench_expect("allocs", bench_allocs() - start, 1);
	for (c = counted; c->name; c++)
		kdefer_run(count_allocs, (void *)c, NULL);
	return 0;
}

/*
 * How much stack a function takes is told by where what it calls at last stands: at the end of a
 * recursion, and without one.
 */
#define STACK_DEPTH	8

static unsigned long stack_at;

static BENCH_OPAQUE void note_stack(void)
{
	stack_at = (unsigned long)__builtin_frame_address(0);
}

BENCH_OPAQUE KDEFER_DEFINE1(long, stack_defer, long, depth)
{
	kdefer(bump, (void *)depth);
	if (depth)
		stack_defer(depth - 1);
	else
		note_stack();
	return depth;
}

BENCH_OPAQUE KDEFER_DEFINE1(long, stack_recover, long, depth)
{
	kdefer(bump_or_stop, (void *)depth);
	if (depth)
		stack_recover(depth - 1);
	else
		note_stack();
	return depth;
}

static unsigned long stack_of(long (*fn)(long depth))
{
	unsigned long above;

	fn(0);
	above = stack_at;
	fn(STACK_DEPTH);
	return (above - stack_at) / STACK_DEPTH;
}

static int print_sizes(void)
{
	printf("stack, 1 deferred call\t%lu\t64\n", stack_of(stack_defer));
	printf("stack, 1 that may recover\t%lu\t256\n", stack_of(stack_recover));
	printf("struct kdefer_task\t%zu\t256\n", sizeof(struct kdefer_task));
	printf("struct kdefer_frame\t%zu\t32\n", sizeof(struct kdefer_frame));
	printf("struct kdefer_landing\t%zu\t320\n", sizeof(struct kdefer_landing));
	printf("struct kdefer\t%zu\t24\n", sizeof(struct kdefer));
	return 0;
}

int main(int argc, char **argv)
{
	struct run r = { .argc = argc, .argv = argv };

	if (argc < 2 || !strcmp(argv[1], "list")) {
		bench_list(cases, threaded);
		bench_list(root_cases, NULL);
		return 0;
	}
	if (!strcmp(argv[1], "allocs"))
		return print_allocs();
	if (!strcmp(argv[1], "sizes"))
		return print_sizes();
	if (kdefer_run(run_case, &r, NULL) || bench_run(root_cases, argc, argv) ||
	    bench_run_threaded(threaded, argv))
		return 0;
	return bench_unknown(argv[1]);
}
