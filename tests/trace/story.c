// SPDX-License-Identifier: GPL-2.0-only
/*
 * A thread whose end is worth to be told: a panic that passes two guards and is replaced three
 * times, and then recovered; another panic, that a goexit replaces. "stop" as an argument stops in
 * the midst of it, for a debugger to look.
 */
#include <linux/completion.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <kdefer/kdefer.h>

static DEFINE_MUTEX(first_lock);
static DEFINE_MUTEX(second_lock);
static DECLARE_COMPLETION(told);

static bool stop;
module_param(stop, bool, 0444);
MODULE_PARM_DESC(stop, "stop the process in the deferred call that runs last");

/* Where a debugger stops. */
noinline void look_here(void)
{
	barrier();
}

static void give_back(void *arg)
{
	if (stop)
		__builtin_trap();
	look_here();
}

static void stop_all(void *arg)
{
	complete(&told);
}

static void to_errno(void *arg, struct kdefer_panic *p)
{
	krecover(p, NULL);
}

static void unlock_third(void *arg)
{
	kpanicf("third");
}

static void unlock_second(void *arg)
{
	kpanicf("second");
}

static void unlock_first(void *arg)
{
	kpanicf("first");
}

static void fail_again(void *arg)
{
	kpanic(-ENOSPC);
}

static KDEFER_DEFINE_VOID0(guarded)
{
	kdefer_guard(mutex)(&first_lock);
	kdefer_guard(mutex)(&second_lock);
	kpanic(-EIO);
}

static KDEFER_DEFINE_VOID0(inner)
{
	kdefer(unlock_first, NULL);
	guarded();
}

static KDEFER_DEFINE_VOID0(middle)
{
	kdefer(unlock_second, NULL);
	inner();
}

static KDEFER_DEFINE_VOID0(outer)
{
	kdefer(give_back, &stop);
	kdefer(to_errno, NULL);
	kdefer(unlock_third, NULL);
	middle();
}

static void leave(void *arg)
{
	kgoexit(3);
}

static KDEFER_DEFINE_VOID0(main_loop)
{
	kdefer(stop_all, NULL);
	kdefer(leave, NULL);
	kdefer(fail_again, NULL);
	outer();
}

static int story(void *arg)
{
	main_loop();
	return 0;
}

static int __init story_init(void)
{
	struct task_struct *t = kdefer_kthread_run(story, NULL, "story");

	if (IS_ERR(t))
		return PTR_ERR(t);
	/* A thread that is stopped before it has run never runs. */
	wait_for_completion(&told);
	return kdefer_kthread_stop(t, NULL) == 3 ? 0 : -EPROTO;
}
module_init(story_init);

static void __exit story_exit(void)
{
}
module_exit(story_exit);

MODULE_LICENSE("GPL");
