// SPDX-License-Identifier: GPL-2.0-only
/*
 * A deferred call raises a second panic. The call that was deferred before it recovers the second
 * one; the first is over as well.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/printk.h>
#include <kdefer/kdefer.h>

static void stop(void *unused, struct kdefer_panic *p)
{
	struct kdefer_value v;

	if (krecover(p, &v))
		pr_info("recovered: %s\n", v.message);
}

static void fail(void *unused)
{
	pr_info("a deferred call fails\n");
	kpanicf("second");
}

static KDEFER_DEFINE_VOID0(nested)
{
	kdefer(stop, NULL);
	kdefer(fail, NULL);
	kpanicf("first");
}

static KDEFER_DEFINE1(long, program, void *, unused)
{
	nested();
	pr_info("the caller goes on\n");
	return 0;
}

static int __init nested_recovered_init(void)
{
	struct kdefer_group g;

	kdefer_group_init(&g);
	if (!kdefer_group_go(&g, program, NULL))
		kdefer_group_wait(&g, NULL);
	return 0;
}

static void __exit nested_recovered_exit(void)
{
}

module_init(nested_recovered_init);
module_exit(nested_recovered_exit);

MODULE_DESCRIPTION("kdefer concept: nested panics that an older call recovers");
MODULE_LICENSE("GPL");
