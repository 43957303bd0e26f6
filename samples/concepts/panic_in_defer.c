// SPDX-License-Identifier: GPL-2.0-only
/*
 * A deferred call that panics does not keep the others from running. Its panic takes the place of
 * the one that ran it: whoever is next sees the newer one.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/printk.h>
#include <kdefer/kdefer.h>

static void show(void *name, struct kdefer_panic *p)
{
	const struct kdefer_value *v = kdefer_panic_value(p);

	pr_info("%s runs, panic %d\n", (const char *)name, v ? v->err : 0);
}

static void fail(void *unused, struct kdefer_panic *p)
{
	show("the failing call", p);
	kpanic(-EPIPE);
}

static KDEFER_DEFINE0(int, work)
{
	kdefer_recover_result();
	kdefer(show, "the call deferred before it");
	kdefer(fail, NULL);
	kdefer(show, "the call deferred after it");
	kpanic(-EIO);
}

static int __init panic_in_defer_init(void)
{
	pr_info("recovered: %d\n", work());
	return 0;
}

static void __exit panic_in_defer_exit(void)
{
}

module_init(panic_in_defer_init);
module_exit(panic_in_defer_exit);

MODULE_DESCRIPTION("kdefer concept: a panic in a deferred call");
MODULE_LICENSE("GPL");
