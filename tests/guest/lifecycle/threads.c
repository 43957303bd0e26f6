// SPDX-License-Identifier: GPL-2.0-only
/*
 * The threads: of each kind one, stopped wherever it is (rules G19, K21, K22).
 */
#include <linux/completion.h>
#include <linux/err.h>
#include <linux/freezer.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/workqueue.h>

#include "lifecycle.h"

/* So many rounds between two pauses: the guest has other things to do. */
#define ROUNDS	16

struct thread;

/**
 * struct kind - what a thread does, and how it must have ended when it has been stopped
 * @name: of the thread
 * @main: its main function
 * @how: how it ends
 * @result: with which result or code
 */
struct kind {
	const char *name;
	void (*main)(struct thread *t);
	enum kdefer_how how;
	long result;
};

/**
 * struct thread - a thread
 * @kind: its kind
 * @task: the thread, or NULL
 * @began: it has run, rather than having been stopped before
 * @there: it is where it is to be found when it is stopped
 */
struct thread {
	const struct kind *kind;
	struct task_struct *task;
	bool began;
	struct completion there;
};

static void pause(void)
{
	schedule_timeout_interruptible(1);
}

static void rounds_until_stopped(struct thread *t, void (*round)(void))
{
	unsigned int i;

	while (!kthread_should_stop()) {
		fail_allocations(true);
		for (i = 0; i < ROUNDS; i++)
			round();
		fail_allocations(false);
		complete(&t->there);
		pause();
	}
}

static void returns_main(struct thread *t)
{
	rounds_until_stopped(t, quiet_round);
}

static void panics_main(struct thread *t)
{
	rounds_until_stopped(t, panic_round);
}

static void runs_main(struct thread *t)
{
	rounds_until_stopped(t, run_rounds);
}

static void tell_there(void *arg)
{
	struct thread *t = arg;

	count_call(NULL);
	complete(&t->there);
}

static KDEFER_DEFINE_VOID1(goexits_main, struct thread *, t)
{
	defer_counted(tell_there, t);
	kgoexit(4);
}

static KDEFER_DEFINE_VOID1(ends_main, struct thread *, t)
{
	defer_counted(tell_there, t);
}

static KDEFER_DEFINE_VOID1(uncaught_main, struct thread *, t)
{
	defer_counted(tell_there, t);
	panic_uncaught();
}

/* Others panic and recover meanwhile, and so does this. */
static void sit(void *arg)
{
	struct thread *t = arg;

	tell_there(t);
	while (!kthread_should_stop())
		pause();
	panic_round();
}

static KDEFER_DEFINE_VOID1(sits_returning_main, struct thread *, t)
{
	defer_counted(sit, t);
}

static KDEFER_DEFINE_VOID1(sits_goexiting_main, struct thread *, t)
{
	defer_counted(sit, t);
	kgoexit(4);
}

static KDEFER_DEFINE_VOID1(sits_panicking_main, struct thread *, t)
{
	defer_counted(sit, t);
	panic_uncaught();
}

static void sit_and_recover(void *arg, struct kdefer_panic *p)
{
	krecover(p, NULL);
	sit(arg);
}

static KDEFER_DEFINE_VOID1(sits_recovered_main, struct thread *, t)
{
	defer_counted(sit_and_recover, t);
	panic_uncaught();
}

/* The last one is never woken, and so never runs. */
static const struct kind kinds[] = {
	{ "returns", returns_main, KDEFER_RETURNED, 1 },
	{ "panics", panics_main, KDEFER_RETURNED, 1 },
	{ "runs", runs_main, KDEFER_RETURNED, 1 },
	{ "goexits", goexits_main, KDEFER_GOEXITED, 4 },
	{ "ends", ends_main, KDEFER_RETURNED, 1 },
	{ "uncaught", uncaught_main, KDEFER_PANICKED, -EIO },
	{ "sits_returning", sits_returning_main, KDEFER_RETURNED, 1 },
	{ "sits_goexiting", sits_goexiting_main, KDEFER_GOEXITED, 4 },
	{ "sits_panicking", sits_panicking_main, KDEFER_PANICKED, -EIO },
	{ "sits_recovered", sits_recovered_main, KDEFER_RETURNED, 1 },
	{ "sleeps", ends_main, KDEFER_RETURNED, 1 },
};

static struct thread threads[ARRAY_SIZE(kinds)];

static int thread_main(void *arg)
{
	struct thread *t = arg;

	t->began = true;
	t->kind->main(t);
	return 1;
}

/* A kthread that kdefer did not start. */
static struct thread foreign;

static int foreign_main(void *arg)
{
	rounds_until_stopped(arg, panic_round);
	return 0;
}

/* Functions on threads of the pool at a time. */
#define POOLED	6

/* Leaves its thread in another state than it was in, and ends in one way or another. */
static KDEFER_DEFINE_VOID1(pooled, void *, n)
{
	if (task_nice(current) || signal_pending(current) || !(current->flags & PF_NOFREEZE))
		wrong("a thread of the pool is not as new");
	defer_counted(count_call, NULL);
	set_user_nice(current, 5);
	set_freezable();
	allow_signal(SIGUSR1);
	send_sig(SIGUSR1, current, 1);
	panic_round();
	if ((long)n % 2)
		kgoexit(4);
}

static void start_pooled(void)
{
	long i;

	for (i = 0; i < POOLED; i++)
		kdefer_go(pooled, (void *)i);
}

static void work_main(struct work_struct *work)
{
	struct delayed_work *dwork = to_delayed_work(work);

	panic_round();
	run_rounds();
	start_pooled();
	schedule_delayed_work(dwork, 1);
}

static DECLARE_DELAYED_WORK(work, work_main);

static int thread_start(struct thread *t, const struct kind *kind)
{
	struct task_struct *task;

	init_completion(&t->there);
	t->kind = kind;
	task = kdefer_kthread_create(thread_main, t, "%s", kind->name);
	if (IS_ERR(task))
		return PTR_ERR(task);
	t->task = task;
	if (kind != &kinds[ARRAY_SIZE(kinds) - 1])
		wake_up_process(task);
	return 0;
}

static int foreign_start(void)
{
	struct task_struct *task;

	init_completion(&foreign.there);
	task = kthread_run(foreign_main, &foreign, "foreign");
	if (IS_ERR(task))
		return PTR_ERR(task);
	foreign.task = task;
	return 0;
}

static void threads_settle(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(kinds) - 1; i++)
		wait_for_completion(&threads[i].there);
	wait_for_completion(&foreign.there);
}

/* With @settle, all are where they are to be found before this returns. */
int threads_start(bool settle)
{
	unsigned int i;
	int err = foreign_start();

	for (i = 0; !err && i < ARRAY_SIZE(kinds); i++)
		err = thread_start(&threads[i], &kinds[i]);
	if (err) {
		threads_stop();
		return err;
	}
	schedule_delayed_work(&work, 0);
	if (settle)
		threads_settle();
	return 0;
}

static void thread_stop(struct thread *t)
{
	enum kdefer_how how = t->kind->how;
	long result = t->kind->result;
	struct kdefer_outcome out;
	int ret = kdefer_kthread_stop(t->task, &out);

	if (!t->began) {
		how = KDEFER_RETURNED;
		result = -EINTR;
	}
	if (out.how != how || out.result != result || ret != result)
		wrong("%s ended in way %d with %ld, not in way %d with %ld", t->kind->name,
		      out.how, out.result, how, result);
}

void threads_stop(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		if (threads[i].task)
			thread_stop(&threads[i]);
	if (foreign.task)
		kthread_stop(foreign.task);
	cancel_delayed_work_sync(&work);
	kdefer_go_wait();
}
