// SPDX-License-Identifier: GPL-2.0-only
/*
 * A release that needs more than one argument: DEFINE_KDEFER2() makes the function, kdefer_call()
 * defers it with what its arguments are now. A change later on does not change them.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/printk.h>
#include <kdefer/kdefer.h>

struct region {
	unsigned int used;
};

DEFINE_KDEFER2(give_back, struct region *, region, unsigned int, size, ({
	region->used -= size;
	pr_info("%u given back, %u in use\n", size, region->used);
}))

static void take(struct region *region, unsigned int size)
{
	if (region->used + size > 100)
		kpanic(-ENOSPC);
	region->used += size;
}

static KDEFER_DEFINE(int, take_growing, struct region *, region, unsigned int, pieces)
{
	unsigned int size = 10;

	kdefer_recover_result();
	for (; pieces; pieces--) {
		take(region, size);
		kdefer_call(give_back, region, size);
		size *= 2;
	}
	return region->used;
}

static int __init defer_call_init(void)
{
	struct region region = { .used = 0 };

	pr_info("two pieces: %d\n", take_growing(&region, 2));
	pr_info("four pieces: %d\n", take_growing(&region, 4));
	return 0;
}

static void __exit defer_call_exit(void)
{
}

module_init(defer_call_init);
module_exit(defer_call_exit);

MODULE_DESCRIPTION("kdefer concept: deferred functions with several arguments");
MODULE_LICENSE("GPL");
