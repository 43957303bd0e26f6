// SPDX-License-Identifier: GPL-2.0-only
/*
 * The example of README.md: every release stands next to its acquire, and a failure from any depth
 * becomes an errno at the one place that can cope with it.
 */
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <kdefer/kdefer.h>

struct dev {
	struct mutex lock;	/* guards running */
	bool running;
};

/* start example */
DEFINE_KDEFER(unlock_dev, struct dev *, mutex_unlock(&_T->lock))
DEFINE_KDEFER(stop_dev, struct dev *, _T->running = false)

static void check_size(size_t n)
{
	if (n > 4096)
		kpanic(-E2BIG);
}

static KDEFER_DEFINE2(int, frob, struct dev *, d, size_t, n)
{
	void *buf;

	/* A panic becomes the result, as an errno. */
	kdefer_recover_result();
	buf = kmalloc(n, GFP_KERNEL);
	if (!buf)
		return -ENOMEM;
	kdefer(kfree, buf);
	mutex_lock(&d->lock);
	kdefer(unlock_dev, d);
	d->running = true;
	kdefer(stop_dev, d);
	check_size(n);
	return 0;
}

/* end example */

static int __init frob_init(void)
{
	struct dev d = { .running = false };

	mutex_init(&d.lock);
	pr_info("frob(100) = %d\n", frob(&d, 100));
	pr_info("frob(5000) = %d\n", frob(&d, 5000));
	pr_info("the device is %s, its lock is %s\n", d.running ? "running" : "stopped",
		mutex_is_locked(&d.lock) ? "held" : "free");
	return 0;
}

static void __exit frob_exit(void)
{
}

module_init(frob_init);
module_exit(frob_exit);

MODULE_DESCRIPTION("kdefer: the example of README.md");
MODULE_LICENSE("GPL");
