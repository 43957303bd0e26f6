// SPDX-License-Identifier: GPL-2.0-only
/*
 * Loading and unloading.
 */
#include <linux/init.h>
#include <linux/module.h>

#include "host.h"

static int __init kdefer_init(void)
{
	int err = kdefer_task_init();

	if (err)
		return err;
	err = kdefer_fault_init();
	if (err) {
		kdefer_task_exit();
		return err;
	}
	kdefer_debugfs_init();
	return 0;
}

static void __exit kdefer_exit(void)
{
	kdefer_debugfs_exit();
	kdefer_fault_exit();
	kdefer_task_exit();
}

module_init(kdefer_init);
module_exit(kdefer_exit);

MODULE_DESCRIPTION("Go's defer, panic, recover and Goexit for kernel threads");
MODULE_LICENSE("GPL");
