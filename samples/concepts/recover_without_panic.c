// SPDX-License-Identifier: GPL-2.0-only
/*
 * Recover where there is no panic finds nothing, in the function itself and in its deferred call,
 * and the panic that comes after it is not stopped by that.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/printk.h>
#include <kdefer/kdefer.h>

static void look(void *when, struct kdefer_panic *p)
{
	pr_info("%s: %s\n", (const char *)when, krecover(p, NULL) ? "recovered" : "nothing");
}

static KDEFER_DEFINE_VOID0(returns)
{
	kdefer(look, "deferred, without a panic");
}

static KDEFER_DEFINE1(long, program, void *, unused)
{
	returns();
	look("before the panic", NULL);
	kpanicf("too late");
	return 0;
}

static int __init recover_without_panic_init(void)
{
	struct kdefer_group g;

	kdefer_group_init(&g);
	if (!kdefer_group_go(&g, program, NULL))
		kdefer_group_wait(&g, NULL);
	return 0;
}

static void __exit recover_without_panic_exit(void)
{
}

module_init(recover_without_panic_init);
module_exit(recover_without_panic_exit);

MODULE_DESCRIPTION("kdefer concept: recover without a panic");
MODULE_LICENSE("GPL");
