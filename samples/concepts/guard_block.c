// SPDX-License-Identifier: GPL-2.0-only
/*
 * kdefer_guard() and kdefer_owned() belong to a block, as guard() and __free() of cleanup.h do.
 * Those a panic would skip; these it runs, newest first, among the deferred calls.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cleanup.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <kdefer/kdefer.h>

static DEFINE_MUTEX(lock);
static int entries;

static void check_limit(int nr)
{
	if (entries + nr > 5)
		kpanicf("no room for %d more", nr);
}

static KDEFER_DEFINE1(int, insert, int, nr)
{
	kdefer_owned(kfree, int *, batch) = kmalloc_array(nr, sizeof(*batch), GFP_KERNEL);

	if (!batch)
		return -ENOMEM;
	kdefer_scoped_guard(mutex, &lock) {
		check_limit(nr);
		entries += nr;
	}
	pr_info("inserted %d, the lock is %s\n", nr, mutex_is_locked(&lock) ? "held" : "free");
	return 0;
}

static void print_panic(void *result, struct kdefer_panic *p)
{
	struct kdefer_value v;

	if (!krecover(p, &v))
		return;
	pr_info("%s, the lock is %s\n", v.message, mutex_is_locked(&lock) ? "held" : "free");
	*(int *)result = -ENOSPC;
}

static KDEFER_DEFINE1(int, try_insert, int, nr)
{
	kdefer(print_panic, &kdefer_result);
	return insert(nr);
}

static int __init guard_block_init(void)
{
	pr_info("try_insert(3) = %d\n", try_insert(3));
	pr_info("try_insert(4) = %d\n", try_insert(4));
	return 0;
}

static void __exit guard_block_exit(void)
{
}

module_init(guard_block_init);
module_exit(guard_block_exit);

MODULE_DESCRIPTION("kdefer concept: cleanups that belong to a block");
MODULE_LICENSE("GPL");
