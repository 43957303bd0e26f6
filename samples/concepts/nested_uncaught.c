// SPDX-License-Identifier: GPL-2.0-only
/*
 * Nobody recovers two nested panics. All deferred calls run, and both panics are printed, the
 * oldest first.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/printk.h>
#include <kdefer/kdefer.h>

DEFINE_KDEFER(say, const char *, pr_info("%s\n", _T))

static void fail(void *unused)
{
	pr_info("a deferred call fails\n");
	kpanicf("second");
}

static KDEFER_DEFINE1(long, program, void *, unused)
{
	kdefer(say, "the oldest call runs");
	kdefer(fail, NULL);
	kdefer(say, "the newest call runs");
	kpanicf("first");
	return 0;
}

static int __init nested_uncaught_init(void)
{
	struct kdefer_group g;

	kdefer_group_init(&g);
	if (!kdefer_group_go(&g, program, NULL))
		kdefer_group_wait(&g, NULL);
	return 0;
}

static void __exit nested_uncaught_exit(void)
{
}

module_init(nested_uncaught_init);
module_exit(nested_uncaught_exit);

MODULE_DESCRIPTION("kdefer concept: nested panics that nobody recovers");
MODULE_LICENSE("GPL");
