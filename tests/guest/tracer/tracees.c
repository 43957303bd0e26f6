// SPDX-License-Identifier: GPL-2.0-only
/*
 * The traced functions. Each combines what the function it called has returned with a number of
 * its own: a return to the wrong place shows in the sum, if the thread lives to tell.
 */
#include "tracer_test.h"

atomic_t tracee_calls[TRACEE_NR_IDS];

static void count_call(enum tracee_id id)
{
	atomic_inc(&tracee_calls[id]);
}

noinline long tracee_round(struct tracee_call *c)
{
	return TRACEE_COMBINE(tracee_outer_1(c), 0);
}

noinline long tracee_outer_1(struct tracee_call *c)
{
	count_call(TRACEE_ID_OUTER_1);
	return TRACEE_COMBINE(tracee_outer_2(c), 1);
}

noinline long tracee_outer_2(struct tracee_call *c)
{
	count_call(TRACEE_ID_OUTER_2);
	return TRACEE_COMBINE(tracee_recover(c), 2);
}

static void recover_call(void *arg, struct kdefer_panic *p)
{
	struct tracee_call *c = arg;

	if (!krecover(p, NULL))
		c->wrong++;
}

KDEFER_DEFINE1(long, tracee_recover, struct tracee_call *, c)
{
	count_call(TRACEE_ID_RECOVER);
	kdefer_result = TRACEE_RECOVERED;
	kdefer(recover_call, c);
	c->kind->body(c);
	c->wrong++;
	return 0;
}

noinline long tracee_skip_1(struct tracee_call *c)
{
	long v;

	count_call(TRACEE_ID_SKIP_1);
	v = tracee_skip_2(c);
	c->wrong++;
	return TRACEE_COMBINE(v, 3);
}

noinline long tracee_skip_2(struct tracee_call *c)
{
	long v;

	count_call(TRACEE_ID_SKIP_2);
	v = tracee_skip_kdefer(c);
	c->wrong++;
	return TRACEE_COMBINE(v, 4);
}

static void run_deferred(void *arg)
{
	tracee_deferred(arg);
}

KDEFER_DEFINE1(long, tracee_skip_kdefer, struct tracee_call *, c)
{
	count_call(TRACEE_ID_SKIP_KDEFER);
	kdefer(run_deferred, c);
	kdefer(run_deferred, c);
	if (c->wait) {
		complete(&tracee_is_inside);
		wait_for_completion(&tracee_may_panic);
	}
	tracee_skip_leaf(c);
	c->wrong++;
	return 0;
}

noinline long tracee_skip_leaf(struct tracee_call *c)
{
	count_call(TRACEE_ID_SKIP_LEAF);
	kpanicf("%s", c->kind->name);
}

noinline long tracee_skip_goexit(struct tracee_call *c)
{
	count_call(TRACEE_ID_SKIP_GOEXIT);
	kgoexit(TRACEE_CODE);
}

/* Runs in the middle of a panic, and may raise another, which replaces it. */
noinline void tracee_deferred(struct tracee_call *c)
{
	c->deferred++;
	if (tracee_recurse(2) != TRACEE_COMBINE(TRACEE_COMBINE(TRACEE_BOTTOM, 1), 2))
		c->wrong++;
	if (!c->again)
		return;
	c->again--;
	tracee_skip_leaf(c);
	c->wrong++;
}

noinline long tracee_recurse(unsigned int depth)
{
	long v;

	if (!depth)
		return TRACEE_BOTTOM;
	v = tracee_recurse(depth - 1);
	OPTIMIZER_HIDE_VAR(v);
	return TRACEE_COMBINE(v, depth);
}

/*
 * Calls itself so that as many probes are active at once; the compiler shall not make a loop of
 * it.
 */
noinline long tracee_pool(unsigned int depth, struct tracee_call *c)
{
	long v;

	if (!depth)
		return c ? tracee_skip_leaf(c) : 0;
	v = tracee_pool(depth - 1, c);
	OPTIMIZER_HIDE_VAR(v);
	return v;
}

static void pool_body(struct tracee_call *c)
{
	tracee_pool(TRACEE_DEPTH - 1, c);
}

const struct tracee_kind tracee_pool_kind = { "panic below a recursion", pool_body };

DECLARE_COMPLETION(tracee_is_inside);
DECLARE_COMPLETION(tracee_may_panic);

static void removed_body(struct tracee_call *c)
{
	c->wait = true;
	tracee_skip_1(c);
}

const struct tracee_kind tracee_removed_kind = { "panic without its probes", removed_body };

static void panic_body(struct tracee_call *c)
{
	tracee_skip_1(c);
}

static void again_body(struct tracee_call *c)
{
	c->again = 2;
	tracee_skip_1(c);
}

/* A recovery below a deferred call that a panic runs. */
static void nested_deferred(void *arg)
{
	struct tracee_call c = { .kind = &tracee_kinds[0] };

	if (tracee_outer_1(&c) != TRACEE_OUTER_1 || c.wrong)
		((struct tracee_call *)arg)->wrong++;
}

static KDEFER_DEFINE_VOID1(nested_call, struct tracee_call *, c)
{
	kdefer(nested_deferred, c);
	tracee_skip_1(c);
}

static void nested_body(struct tracee_call *c)
{
	nested_call(c);
}

static long goexit_main(void *arg)
{
	return tracee_skip_goexit(arg);
}

static long panic_main(void *arg)
{
	return tracee_skip_1(arg);
}

static void expect_outcome(struct tracee_call *c, long (*fn)(void *), enum kdefer_how how,
			   long result)
{
	struct kdefer_outcome out;

	if (kdefer_run(fn, c, &out) != result || out.how != how)
		c->wrong++;
}

static void barrier_body(struct tracee_call *c)
{
	expect_outcome(c, goexit_main, KDEFER_GOEXITED, TRACEE_CODE);
	expect_outcome(c, panic_main, KDEFER_PANICKED, -ENOTRECOVERABLE);
	tracee_skip_leaf(c);
}

/* Recovers from a panic that came upon a goexit, which then goes on. */
static KDEFER_DEFINE_VOID1(recover_on_goexit, struct tracee_call *, c)
{
	kdefer(nested_deferred, c);
	kdefer(recover_call, c);
	kdefer(run_deferred, c);
	c->again = 1;
	tracee_skip_goexit(c);
}

static long resumed_main(void *arg)
{
	recover_on_goexit(arg);
	return 0;
}

static void resume_body(struct tracee_call *c)
{
	expect_outcome(c, resumed_main, KDEFER_GOEXITED, TRACEE_CODE);
	tracee_skip_leaf(c);
}

const struct tracee_kind tracee_kinds[] = {
	{ "panic", panic_body },
	{ "panics that replace one another", again_body },
	{ "recovery in a deferred call", nested_body },
	{ "ends at kdefer_run()", barrier_body },
	{ "a goexit that goes on", resume_body },
};

const unsigned int tracee_nr_kinds = ARRAY_SIZE(tracee_kinds);
