// SPDX-License-Identifier: GPL-2.0-only
/*
 * Prints what the page "Uncaught panics" explains: a panic that replaced a recovered and repanicked
 * one, and that nobody recovers.
 */
#include <linux/completion.h>
#include <linux/err.h>
#include <linux/module.h>
#include <linux/printk.h>
#include <kdefer/kdefer.h>

/* start uncaught */
static void repanic(void *unused, struct kdefer_panic *p)
{
	struct kdefer_value v;

	if (krecover(p, &v))
		kpanic_value(&v);
}

static void fail_to_clean_up(void *unused)
{
	kpanicf("port %d does not answer", 2);
}

static KDEFER_DEFINE_VOID0(transfer)
{
	kdefer(fail_to_clean_up, NULL);
	kdefer(repanic, NULL);
	kpanic(-EIO);
}

/* end uncaught */

DEFINE_KDEFER(tell, struct completion *, complete(_T))

static KDEFER_DEFINE1(int, thread, void *, ended)
{
	kdefer(tell, ended);
	transfer();
	return 0;
}

static int __init uncaught_init(void)
{
	DECLARE_COMPLETION_ONSTACK(ended);
	struct kdefer_outcome out;
	struct task_struct *t;

	t = kdefer_kthread_run(thread, &ended, "doc_uncaught");
	if (IS_ERR(t))
		return PTR_ERR(t);
	/* A thread that is stopped before it ran never runs. */
	wait_for_completion(&ended);
	kdefer_kthread_stop(t, &out);
	pr_info("joined: %s, %ld\n", out.how == KDEFER_PANICKED ? "panicked" : "other", out.result);
	return 0;
}

static void __exit uncaught_exit(void)
{
}

module_init(uncaught_init);
module_exit(uncaught_exit);

MODULE_DESCRIPTION("kdefer: an uncaught panic");
MODULE_LICENSE("GPL");
