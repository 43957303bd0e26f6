// SPDX-License-Identifier: GPL-2.0-only
/*
 * Deferred calls run when their function ends, the newest first, after the value to return was
 * computed.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/printk.h>
#include <kdefer/kdefer.h>

DEFINE_KDEFER(say, const char *, pr_info("%s\n", _T))

static int answer(void)
{
	pr_info("the value to return is computed\n");
	return 42;
}

static KDEFER_DEFINE0(int, work)
{
	kdefer(say, "deferred first, runs last");
	kdefer(say, "deferred second");
	kdefer(say, "deferred last, runs first");
	pr_info("the body\n");
	return answer();
}

static int __init defer_order_init(void)
{
	pr_info("returned %d\n", work());
	return 0;
}

static void __exit defer_order_exit(void)
{
}

module_init(defer_order_init);
module_exit(defer_order_exit);

MODULE_DESCRIPTION("kdefer concept: the order of deferred calls");
MODULE_LICENSE("GPL");
