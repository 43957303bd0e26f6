// SPDX-License-Identifier: GPL-2.0-only
/*
 * Errors that are returned are raised where they are met, and become the result where somebody can
 * cope with them: kdefer_check() and kdefer_recover_result(), whatever the types are. In between
 * nobody tests and hands on. kpanicf_errno() says in words what happened, and in a number.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/err.h>
#include <linux/module.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <kdefer/kdefer.h>

static int sector_of(int block)
{
	return block < 100 ? 8 * block : -ERANGE;
}

static char *read_sector(int sector)
{
	char *data = kmalloc(16, GFP_KERNEL);

	if (!data)
		return ERR_PTR(-ENOMEM);
	scnprintf(data, 16, "sector %d", sector);
	return data;
}

static void print_failure(void *unused, struct kdefer_panic *p)
{
	const struct kdefer_value *v = kdefer_panic_value(p);

	if (v && v->kind == KDEFER_MESSAGE)
		pr_info("%s\n", v->message);
}

static KDEFER_DEFINE(ssize_t, length_of, int, block, bool, bad)
{
	char *data;

	kdefer_recover_result();
	kdefer(print_failure, NULL);
	data = kdefer_check(read_sector(kdefer_check(sector_of(block))));
	kdefer(kfree, data);
	if (bad)
		kpanicf_errno(-EBADMSG, "%s has a wrong checksum", data);
	return strlen(data);
}

static int __init checked_result_init(void)
{
	pr_info("block 3: %zd\n", length_of(3, false));
	pr_info("block 4: %zd\n", length_of(4, true));
	pr_info("block 500: %zd\n", length_of(500, false));
	return 0;
}

static void __exit checked_result_exit(void)
{
}

module_init(checked_result_init);
module_exit(checked_result_exit);

MODULE_DESCRIPTION("kdefer concept: errors that are raised, and become the result");
MODULE_LICENSE("GPL");
