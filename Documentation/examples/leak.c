// SPDX-License-Identifier: GPL-2.0-only
/*
 * A mistake that kdefer finds: a spinlock that a skipped function still holds. Ends in a throw.
 */
#include <linux/module.h>
#include <linux/spinlock.h>
#include <kdefer/kdefer.h>

/* start leak */
static DEFINE_SPINLOCK(lock);

static void recover(void *unused, struct kdefer_panic *p)
{
	krecover(p, NULL);
}

static void skipped(void)
{
	spin_lock(&lock);
	kpanic(-EIO);
	spin_unlock(&lock);
}

static KDEFER_DEFINE_VOID0(leak)
{
	kdefer(recover, NULL);
	skipped();
}

/* end leak */

static int __init leak_init(void)
{
	leak();
	return 0;
}

static void __exit leak_exit(void)
{
}

module_init(leak_init);
module_exit(leak_exit);

MODULE_DESCRIPTION("kdefer: a lock leaked by a panic");
MODULE_LICENSE("GPL");
