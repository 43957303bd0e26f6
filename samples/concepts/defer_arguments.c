// SPDX-License-Identifier: GPL-2.0-only
/*
 * The argument of a deferred call is evaluated when the call is deferred, not when it runs. To see
 * a later value, defer a pointer to it; not to a local variable, which is gone by then.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/printk.h>
#include <kdefer/kdefer.h>

static long jobs;

DEFINE_KDEFER(show_then, long, pr_info("jobs when deferred: %ld\n", _T))
DEFINE_KDEFER(show_now, long *, pr_info("jobs when run: %ld\n", *_T))

static KDEFER_DEFINE_VOID0(work)
{
	jobs = 1;
	kdefer(show_then, (void *)jobs);
	kdefer(show_now, &jobs);
	jobs = 2;
}

static int __init defer_arguments_init(void)
{
	work();
	return 0;
}

static void __exit defer_arguments_exit(void)
{
}

module_init(defer_arguments_init);
module_exit(defer_arguments_exit);

MODULE_DESCRIPTION("kdefer concept: the arguments of deferred calls");
MODULE_LICENSE("GPL");
