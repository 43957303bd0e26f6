// SPDX-License-Identifier: GPL-2.0-only
/*
 * Loading and unloading.
 */
#include <linux/init.h>
#include <linux/module.h>

#include "registry.h"
#include "worker.h"

static int __init kdefer_init(void)
{
	int err;

	kdefer_secret_init();
	kdefer_guess_init();
	kdefer_registry_init();
	err = kdefer_watch_users();
	if (err)
		return err;
	err = kdefer_spares_alloc();
	if (err)
		goto unwatch_users;
	err = kdefer_watch_exits();
	if (err)
		goto free_spares;
	err = kdefer_arch_fault_init();
	if (err)
		goto unwatch_exits;
	err = kdefer_pool_init();
	if (err)
		goto fault_exit;
	kdefer_debugfs_init();
	kdefer_say_what_is_not_counted();
	return 0;

fault_exit:
	kdefer_arch_fault_exit();
unwatch_exits:
	kdefer_unwatch_exits();
free_spares:
	kdefer_spares_free();
unwatch_users:
	kdefer_unwatch_users();
	return err;
}

static void __exit kdefer_exit(void)
{
	kdefer_debugfs_exit();
	kdefer_kthreads_exit();
	kdefer_pool_exit();
	kdefer_arch_fault_exit();
	kdefer_unwatch_exits();
	kdefer_spares_free();
	kdefer_unwatch_users();
	kdefer_say_trampolines();
}

module_init(kdefer_init);
module_exit(kdefer_exit);

MODULE_VERSION(KDEFER_VERSION);
MODULE_DESCRIPTION("Go's defer, panic, recover and Goexit for kernel threads");
MODULE_LICENSE("GPL");
