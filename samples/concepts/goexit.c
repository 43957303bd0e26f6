// SPDX-License-Identifier: GPL-2.0-only
/*
 * kgoexit() ends a thread from anywhere in it, after all its deferred calls. They are not told of a
 * panic, and cannot stop it. The code goes to whoever joins the thread.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/completion.h>
#include <linux/err.h>
#include <linux/module.h>
#include <linux/printk.h>
#include <kdefer/kdefer.h>

DEFINE_KDEFER(say, const char *, pr_info("%s\n", _T))
DEFINE_KDEFER(tell, struct completion *, complete(_T))

static void try_to_recover(void *unused, struct kdefer_panic *p)
{
	pr_info("recover: %s\n", krecover(p, NULL) ? "yes" : "there is no panic");
}

static KDEFER_DEFINE_VOID0(deep_inside)
{
	kdefer(say, "deferred deep inside");
	kgoexit(3);
}

static KDEFER_DEFINE1(int, thread, void *, ended)
{
	kdefer(tell, ended);
	kdefer(try_to_recover, NULL);
	deep_inside();
	pr_info("never reached\n");
	return 0;
}

static int __init goexit_init(void)
{
	DECLARE_COMPLETION_ONSTACK(ended);
	struct kdefer_outcome out;
	struct task_struct *t;

	t = kdefer_kthread_run(thread, &ended, "goexit");
	if (IS_ERR(t))
		return PTR_ERR(t);
	/* A thread that is stopped before it ran never runs. */
	wait_for_completion(&ended);
	kdefer_kthread_stop(t, &out);
	pr_info("joined: %s %ld\n", out.how == KDEFER_GOEXITED ? "kgoexit" : "other", out.result);
	return 0;
}

static void __exit goexit_exit(void)
{
}

module_init(goexit_init);
module_exit(goexit_exit);

MODULE_DESCRIPTION("kdefer concept: ending a thread from deep inside");
MODULE_LICENSE("GPL");
