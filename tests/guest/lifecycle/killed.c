// SPDX-License-Identifier: GPL-2.0-only
/*
 * Threads that are killed inside of KDEFER functions, by an oops or as a failed assertion of KUnit
 * does it. Their deferred calls are lost, and not counted here. New threads, some of which get the
 * memory of dead ones, must not find anything of theirs.
 */
#include <linux/bug.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/slab.h>

#include "lifecycle.h"

#define MANY	9

struct victim {
	void (*end)(void);
	bool ours;
};

static void end_by_bug(void)
{
	BUG();
}

/* What a failed assertion comes down to. */
static void end_by_exit(void)
{
	kthread_complete_and_exit(NULL, 0);
}

/* The oopses come last: with the first, lockdep ends. */
static const struct victim victims[] = {
	{ end_by_exit, false },
	{ end_by_exit, true },
	{ end_by_bug, false },
	{ end_by_bug, true },
};

static void lost_call(void *unused)
{
	wrong("a deferred call of a killed thread ran");
}

static KDEFER_DEFINE_VOID1(be_killed, const struct victim *, v)
{
	int i;

	for (i = 0; i < MANY; i++)
		kdefer(lost_call, NULL);
	v->end();
}

static long be_killed_deeper(void *v)
{
	be_killed(v);
	return 0;
}

/* With a task of its own below, which has to go as well. */
static KDEFER_DEFINE_VOID1(enter, const struct victim *, v)
{
	kdefer(lost_call, NULL);
	kdefer_run(be_killed_deeper, (void *)v, NULL);
}

static int victim_main(void *v)
{
	enter(v);
	return 0;
}

static void wait_for_end(struct task_struct *t)
{
	while (!READ_ONCE(t->exit_state))
		schedule_timeout_uninterruptible(1);
}

static int run_foreign(int (*fn)(void *), void *arg, const char *name, struct task_struct **place)
{
	struct task_struct *t = kthread_create(fn, arg, "%s", name);

	if (IS_ERR(t))
		return PTR_ERR(t);
	*place = t;
	get_task_struct(t);
	wake_up_process(t);
	wait_for_end(t);
	put_task_struct(t);
	return 0;
}

static int run_ours(void *v, struct task_struct **place)
{
	struct task_struct *t = kdefer_kthread_run(victim_main, v, "victim");

	if (IS_ERR(t))
		return PTR_ERR(t);
	*place = t;
	wait_for_end(t);
	if (kdefer_kthread_stop(t, NULL) != -EOWNERDEAD)
		wrong("a killed thread was not reported as such");
	return 0;
}

/* Where the dead were, and how many of the living were found in their places. */
struct places {
	unsigned int nr;
	atomic_t reused;
	struct task_struct *task[];
};

static int kill_one(const struct victim *v, struct task_struct **place)
{
	if (v->ours)
		return run_ours((void *)v, place);
	return run_foreign(victim_main, (void *)v, "victim", place);
}

static int kill_all(struct places *places)
{
	unsigned int i, v;
	int err = 0;

	for (i = 0; !err && i < places->nr; i++) {
		v = i * ARRAY_SIZE(victims) / places->nr;
		err = kill_one(&victims[v], &places->task[i]);
	}
	return err;
}

static int newcomer_main(void *arg)
{
	struct places *places = arg;
	unsigned int i;

	if (kdefer_current())
		wrong("a new thread has inherited a chain");
	panic_round();
	for (i = 0; i < places->nr; i++) {
		if (places->task[i] != current)
			continue;
		atomic_inc(&places->reused);
		break;
	}
	return 0;
}

static int replace_all(struct places *places)
{
	struct task_struct *place;
	unsigned int i;
	int err = 0;

	for (i = 0; !err && i < 2 * places->nr; i++)
		err = run_foreign(newcomer_main, places, "newcomer", &place);
	return err;
}

int kill_threads(unsigned int nr)
{
	struct places *places = kzalloc(struct_size(places, task, nr), GFP_KERNEL);
	int err;

	if (!places)
		return -ENOMEM;
	places->nr = nr;
	err = kill_all(places) ?: replace_all(places);
	pr_info("kdefer_lifecycle: killed %u threads; %d of %u new ones were in their places\n",
		nr, atomic_read(&places->reused), 2 * nr);
	kfree(places);
	return err;
}
