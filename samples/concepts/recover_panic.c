// SPDX-License-Identifier: GPL-2.0-only
/*
 * A panic runs the deferred calls of every function on its way up. One that takes the panic as its
 * second argument may recover it: the function that deferred it then returns to its caller as if
 * nothing had happened.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/printk.h>
#include <kdefer/kdefer.h>

DEFINE_KDEFER(left, long, pr_info("left dig(%ld)\n", _T))

static KDEFER_DEFINE1(int, dig, long, depth)
{
	kdefer(left, (void *)depth);
	if (depth == 3) {
		pr_info("found something bad\n");
		kpanic(-EIO);
	}
	dig(depth + 1);
	pr_info("never reached\n");
	return 0;
}

static void recover(void *unused, struct kdefer_panic *p)
{
	struct kdefer_value v;

	if (krecover(p, &v))
		pr_info("recovered from %d\n", v.err);
}

static KDEFER_DEFINE1(int, try, long, depth)
{
	kdefer(recover, NULL);
	dig(depth);
	pr_info("never reached\n");
	return 1;
}

static int __init recover_panic_init(void)
{
	pr_info("try() returned %d\n", try(0));
	return 0;
}

static void __exit recover_panic_exit(void)
{
}

module_init(recover_panic_init);
module_exit(recover_panic_exit);

MODULE_DESCRIPTION("kdefer concept: recovering a panic");
MODULE_LICENSE("GPL");
