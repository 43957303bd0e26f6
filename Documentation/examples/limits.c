// SPDX-License-Identifier: GPL-2.0-only
/* The figures of the page "Limits": it does not compile when one of them is wrong. */
#include <linux/build_bug.h>
#include <linux/module.h>
#include <kdefer/kdefer.h>

static_assert(KDEFER_MESSAGE_SIZE == 112);
static_assert(sizeof(struct kdefer_regs) == 80);
static_assert(sizeof(struct kdefer) == 24);
static_assert(sizeof(struct kdefer_frame) == 24);
static_assert(sizeof(struct kdefer_value) == 192);
static_assert(sizeof(struct kdefer_task) <= 256);

static int __init limits_init(void)
{
	return 0;
}

static void __exit limits_exit(void)
{
}

module_init(limits_init);
module_exit(limits_exit);

MODULE_DESCRIPTION("kdefer: limits");
MODULE_LICENSE("GPL");
