// SPDX-License-Identifier: GPL-2.0-only
/*
 * Loading and unloading.
 */
#include <linux/init.h>
#include <linux/module.h>

#include "host.h"

static int __init kdefer_init(void)
{
	return kdefer_task_init();
}

static void __exit kdefer_exit(void)
{
	kdefer_task_exit();
}

module_init(kdefer_init);
module_exit(kdefer_exit);

MODULE_DESCRIPTION("Go's defer, panic, recover and Goexit for kernel threads");
MODULE_LICENSE("GPL");
