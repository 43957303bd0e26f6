// SPDX-License-Identifier: GPL-2.0-only
/*
 * kdefer_run() calls a function and is told how it ended, whichever way. No panic and no goexit
 * leaves it, so any task may use it: a work item, a system call, a thread of somebody else's.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/printk.h>
#include <kdefer/kdefer.h>

static const char * const how[] = {
	[KDEFER_RETURNED] = "returned",
	[KDEFER_GOEXITED] = "called kgoexit",
	[KDEFER_PANICKED] = "panicked",
};

static long returns(void *unused)
{
	return 1;
}

static long exits(void *unused)
{
	kgoexit(2);
}

static long panics(void *unused)
{
	kpanic(-ENODEV);
}

static long nests(void *unused)
{
	return kdefer_run(panics, NULL, NULL) == -ENODEV ? 3 : 0;
}

static void show(long (*fn)(void *))
{
	struct kdefer_outcome out;
	long result = kdefer_run(fn, NULL, &out);

	pr_info("%s, %ld\n", how[out.how], result);
}

static int __init run_barrier_init(void)
{
	show(returns);
	show(exits);
	show(panics);
	show(nests);
	return 0;
}

static void __exit run_barrier_exit(void)
{
}

module_init(run_barrier_init);
module_exit(run_barrier_exit);

MODULE_DESCRIPTION("kdefer concept: a barrier for panics and goexits");
MODULE_LICENSE("GPL");
