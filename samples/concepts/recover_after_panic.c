// SPDX-License-Identifier: GPL-2.0-only
/*
 * A deferred call stops the panic. The function that deferred it returns to its caller, which goes
 * on.
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

static KDEFER_DEFINE_VOID0(guarded)
{
	kdefer(stop, NULL);
	kpanicf("first");
}

static KDEFER_DEFINE1(long, program, void *, unused)
{
	guarded();
	pr_info("the caller goes on\n");
	return 0;
}

static int __init recover_after_panic_init(void)
{
	struct kdefer_group g;

	kdefer_group_init(&g);
	if (!kdefer_group_go(&g, program, NULL))
		kdefer_group_wait(&g, NULL);
	return 0;
}

static void __exit recover_after_panic_exit(void)
{
}

module_init(recover_after_panic_init);
module_exit(recover_after_panic_exit);

MODULE_DESCRIPTION("kdefer concept: recover after a panic");
MODULE_LICENSE("GPL");
