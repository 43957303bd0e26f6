// SPDX-License-Identifier: GPL-2.0-only
/*
 * A recovered panic can be raised again, by the same or by a later deferred call. It stays the same
 * panic: its identity and its origin are those of the first time.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/printk.h>
#include <kdefer/kdefer.h>

static u64 first_id;

static void log_and_repanic(void *unused, struct kdefer_panic *p)
{
	struct kdefer_value v;

	if (!krecover(p, &v))
		return;
	pr_info("seen on the way: %s\n", v.message);
	first_id = v.id;
	kpanic_value(&v);
}

static KDEFER_DEFINE1(long, work, void *, unused)
{
	kdefer(log_and_repanic, NULL);
	kpanicf("register %d reads %#x", 7, 0xdead);
}

static int __init repanic_init(void)
{
	struct kdefer_outcome out;

	kdefer_run(work, NULL, &out);
	pr_info("arrived: %s\n", out.value.message);
	pr_info("the same panic: %s\n", out.value.id == first_id ? "yes" : "no");
	return 0;
}

static void __exit repanic_exit(void)
{
}

module_init(repanic_init);
module_exit(repanic_exit);

MODULE_DESCRIPTION("kdefer concept: raising a recovered panic again");
MODULE_LICENSE("GPL");
