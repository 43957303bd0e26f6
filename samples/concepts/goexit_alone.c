// SPDX-License-Identifier: GPL-2.0-only
/*
 * A goexit runs all deferred calls of its thread, and only of that one. Recover finds nothing.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/printk.h>
#include <kdefer/kdefer.h>

DEFINE_KDEFER(say, const char *, pr_info("%s\n", _T))

static void look(void *unused, struct kdefer_panic *p)
{
	pr_info("recover finds %s\n", krecover(p, NULL) ? "something" : "nothing");
}

static KDEFER_DEFINE_VOID0(deeper)
{
	kdefer(say, "deferred deeper");
	kgoexit(0);
}

static KDEFER_DEFINE1(long, goroutine, void *, unused)
{
	kdefer(say, "deferred by the thread");
	kdefer(look, NULL);
	deeper();
	pr_info("never reached\n");
	return 0;
}

static int __init goexit_alone_init(void)
{
	struct kdefer_group g;

	kdefer_group_init(&g);
	if (!kdefer_group_go(&g, goroutine, NULL))
		kdefer_group_wait(&g, NULL);
	pr_info("the other thread goes on\n");
	return 0;
}

static void __exit goexit_alone_exit(void)
{
}

module_init(goexit_alone_init);
module_exit(goexit_alone_exit);

MODULE_DESCRIPTION("kdefer concept: a goexit");
MODULE_LICENSE("GPL");
