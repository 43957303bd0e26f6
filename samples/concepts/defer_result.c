// SPDX-License-Identifier: GPL-2.0-only
/*
 * Deferred calls run after the return statement has set the result, and may change it through
 * &kdefer_result. kdefer_recover_result() defers one that makes an error code of a panic.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/printk.h>
#include <kdefer/kdefer.h>

DEFINE_KDEFER(add_one, int *, (*_T)++)

static KDEFER_DEFINE0(int, one_more)
{
	kdefer(add_one, &kdefer_result);
	return 1;
}

static KDEFER_DEFINE1(int, checked, int, n)
{
	kdefer_recover_result();
	if (n > 9)
		kpanic(-ERANGE);
	return n;
}

static int __init defer_result_init(void)
{
	pr_info("one_more() = %d\n", one_more());
	pr_info("checked(9) = %d\n", checked(9));
	pr_info("checked(10) = %d\n", checked(10));
	return 0;
}

static void __exit defer_result_exit(void)
{
}

module_init(defer_result_init);
module_exit(defer_result_exit);

MODULE_DESCRIPTION("kdefer concept: results that deferred calls change");
MODULE_LICENSE("GPL");
