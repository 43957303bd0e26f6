// SPDX-License-Identifier: GPL-2.0-only
/*
 * DEFINE_KDEFER() makes a deferred function from a statement, typed as the statement needs it. With
 * one for each resource, every release stands right behind its acquire.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <kdefer/kdefer.h>

struct counter {
	struct mutex lock;	/* guards the value */
	int value;
};

DEFINE_KDEFER(free_buf, void *, kfree(_T))
DEFINE_KDEFER(unlock_counter, struct counter *, mutex_unlock(&_T->lock))

static KDEFER_DEFINE2(int, add, struct counter *, c, int, n)
{
	int *log = kmalloc_array(2, sizeof(*log), GFP_KERNEL);

	if (!log)
		return -ENOMEM;
	kdefer(free_buf, log);
	mutex_lock(&c->lock);
	kdefer(unlock_counter, c);

	log[0] = c->value;
	c->value += n;
	log[1] = c->value;
	pr_info("%d -> %d\n", log[0], log[1]);
	return 0;
}

static int __init define_kdefer_init(void)
{
	struct counter c = { .value = 40 };
	int err;

	mutex_init(&c.lock);
	err = add(&c, 2);
	pr_info("add() = %d, the lock is %s\n", err, mutex_is_locked(&c.lock) ? "held" : "free");
	return err;
}

static void __exit define_kdefer_exit(void)
{
}

module_init(define_kdefer_init);
module_exit(define_kdefer_exit);

MODULE_DESCRIPTION("kdefer concept: typed deferred functions");
MODULE_LICENSE("GPL");
