// SPDX-License-Identifier: GPL-2.0-only
/*
 * A deferred call belongs to the function, not to the block or to the turn of the loop that it
 * stands in. A turn that must give up what it took before the next one begins is a function.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/printk.h>
#include <kdefer/kdefer.h>

DEFINE_KDEFER(put, long, pr_info("put %ld\n", _T))

static KDEFER_DEFINE1(int, hold_all, long, n)
{
	long i;

	for (i = 0; i < n; i++) {
		pr_info("get %ld\n", i);
		kdefer(put, (void *)i);
	}
	pr_info("all are held\n");
	return 0;
}

static KDEFER_DEFINE1(int, hold_one, long, i)
{
	pr_info("get %ld\n", i);
	kdefer(put, (void *)i);
	return 0;
}

static int __init defer_in_loop_init(void)
{
	long i;

	hold_all(3);
	for (i = 10; i < 12; i++)
		hold_one(i);
	return 0;
}

static void __exit defer_in_loop_exit(void)
{
}

module_init(defer_in_loop_init);
module_exit(defer_in_loop_exit);

MODULE_DESCRIPTION("kdefer concept: deferred calls in a loop");
MODULE_LICENSE("GPL");
