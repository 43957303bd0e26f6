// SPDX-License-Identifier: GPL-2.0-only
/*
 * A deferred call may look at a panic and leave it to somebody who can cope with it. What is not
 * recovered goes on as if nobody had looked.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/printk.h>
#include <kdefer/kdefer.h>

static void forgive_missing(void *unused, struct kdefer_panic *p)
{
	const struct kdefer_value *v = kdefer_panic_value(p);

	if (!v || v->err != -ENOENT)
		return;
	krecover(p, NULL);
	pr_info("nothing there, which is fine\n");
}

static KDEFER_DEFINE1(int, look_up, int, err)
{
	kdefer(forgive_missing, NULL);
	kpanic(err);
}

static KDEFER_DEFINE1(int, request, int, err)
{
	kdefer_recover_result();
	return look_up(err);
}

static int __init recover_some_init(void)
{
	pr_info("-ENOENT: %d\n", request(-ENOENT));
	pr_info("-EIO: %d\n", request(-EIO));
	return 0;
}

static void __exit recover_some_exit(void)
{
}

module_init(recover_some_init);
module_exit(recover_some_exit);

MODULE_DESCRIPTION("kdefer concept: recovering some panics only");
MODULE_LICENSE("GPL");
