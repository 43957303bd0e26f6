// SPDX-License-Identifier: GPL-2.0-only
/*
 * Many threads that panic and recover all the time: nothing is lost, nothing runs twice, and no
 * thread sees another one's panic.
 */
#include <kunit/test.h>
#include <linux/completion.h>
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <kdefer/kdefer.h>

#include "kdefer_kunit_params.h"

struct stress_worker {
	struct task_struct *thread;
	struct completion started;
	struct completion *go;
	unsigned long deadline;
	int nr;
	unsigned long rounds;
	unsigned long deferred;
	unsigned long recovered;
	unsigned long wrong;
	int current_err;
};

static void stress_count(void *arg)
{
	((struct stress_worker *)arg)->deferred++;
}

static void stress_recover(void *arg, struct kdefer_panic *p)
{
	struct stress_worker *w = arg;
	struct kdefer_value v;

	w->deferred++;
	if (!krecover(p, &v))
		return;
	w->recovered++;
	w->wrong += v.err != w->current_err;
}

static void stress_recover_and_raise(void *arg, struct kdefer_panic *p)
{
	struct stress_worker *w = arg;
	struct kdefer_value v;

	w->deferred++;
	if (krecover(p, &v))
		kpanic_value(&v);
}

static KDEFER_DEFINE_VOID2(stress_down, struct stress_worker *, w, unsigned int, depth)
{
	kdefer(stress_count, w);
	if (!depth)
		kpanic(w->current_err);
	stress_down(w, depth - 1);
}

/* Fewer and more deferred calls than a frame holds itself, one to four frames, sometimes twice. */
static KDEFER_DEFINE_VOID1(stress_round, struct stress_worker *, w)
{
	unsigned int i, nr = w->rounds % 7;

	kdefer(stress_recover, w);
	for (i = 0; i < nr; i++)
		kdefer(stress_count, w);
	if (w->rounds % 3 == 0)
		kdefer(stress_recover_and_raise, w);
	stress_down(w, w->rounds % 4);
}

static unsigned long stress_calls_of_round(unsigned long round)
{
	return 1 + round % 7 + (round % 3 == 0) + round % 4 + 1;
}

/* Looking at the clock costs more than a round. */
#define STRESS_ROUNDS_PER_LOOK	64

static bool stress_goes_on(const struct stress_worker *w)
{
	if (kdefer_stress.panics)
		return w->rounds < kdefer_stress.panics;
	return w->rounds % STRESS_ROUNDS_PER_LOOK || time_before(jiffies, w->deadline);
}

static int stress_main(void *arg)
{
	struct stress_worker *w = arg;

	complete(&w->started);
	wait_for_completion(w->go);
	w->deadline = jiffies + kdefer_stress.seconds * HZ;
	for (; stress_goes_on(w); w->rounds++) {
		w->current_err = -(int)((w->nr * 1000 + w->rounds) % MAX_ERRNO) - 1;
		stress_round(w);
		if (w->rounds % STRESS_ROUNDS_PER_LOOK == 0)
			cond_resched();
	}
	kgoexit(w->nr);
}

static void stress_check(struct kunit *test, const struct stress_worker *w)
{
	unsigned long round, calls = 0;

	for (round = 0; round < w->rounds; round++)
		calls += stress_calls_of_round(round);
	KUNIT_EXPECT_GT(test, w->rounds, 0UL);
	KUNIT_EXPECT_EQ(test, w->deferred, calls);
	KUNIT_EXPECT_EQ(test, w->recovered, w->rounds);
	KUNIT_EXPECT_EQ(test, w->wrong, 0UL);
	if (kdefer_stress.panics)
		KUNIT_EXPECT_EQ(test, w->rounds, kdefer_stress.panics);
}

static void stress_join(struct kunit *test, struct stress_worker *w)
{
	struct kdefer_outcome out;

	/* A thread that is stopped before it ran does not run at all. */
	wait_for_completion(&w->started);
	KUNIT_EXPECT_EQ(test, kdefer_kthread_stop(w->thread, &out), w->nr);
	KUNIT_EXPECT_EQ(test, out.how, KDEFER_GOEXITED);
	stress_check(test, w);
}

/* Every deferred call of every thread runs once, and every panic arrives where it belongs. */
static void stress_panic_and_recover(struct kunit *test)
{
	unsigned int i, started, threads = kdefer_stress.threads;
	struct stress_worker *workers;
	unsigned long rounds = 0;
	struct completion go;

	workers = kunit_kcalloc(test, threads, sizeof(*workers), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, workers);
	init_completion(&go);
	for (started = 0; started < threads; started++) {
		struct stress_worker *w = &workers[started];

		init_completion(&w->started);
		w->go = &go;
		w->nr = started;
		w->thread = kdefer_kthread_run(stress_main, w, "stress/%u", started);
		if (IS_ERR(w->thread))
			break;
	}
	KUNIT_EXPECT_EQ(test, started, threads);
	complete_all(&go);
	for (i = 0; i < started; i++) {
		stress_join(test, &workers[i]);
		rounds += workers[i].rounds;
	}
	kunit_info(test, "%u threads raised and recovered %lu panics\n", started, rounds);
}

static struct kunit_case stress_cases[] = {
	KUNIT_CASE(stress_panic_and_recover),
	{ }
};

static struct kunit_suite stress_suite = {
	.name = "kdefer_stress",
	.test_cases = stress_cases,
};

kunit_test_suite(stress_suite);

MODULE_LICENSE("GPL");
