// SPDX-License-Identifier: GPL-2.0-only
/*
 * A driver whose threads and work are in the middle of something whenever it is unloaded. It says
 * at the end whether every deferred call has run once; guest.sh looks for that.
 */
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/moduleparam.h>

#include "lifecycle.h"

static bool settle;
module_param(settle, bool, 0444);
MODULE_PARM_DESC(settle, "loaded when every thread is where it is to be found at the end");

static int action_set(const char *val, const struct kernel_param *kp)
{
	int (*action)(unsigned int n) = kp->arg;
	unsigned int n;
	int err = kstrtouint(val, 0, &n);

	if (err)
		return err;
	return action(n) ?: atomic_long_read(&counts.wrong) ? -EPROTO : 0;
}

/* In the writing task, without any memory for what kdefer keeps (rule K28). */
static int rounds_without_memory(unsigned int n)
{
	fail_allocations(true);
	while (n--) {
		panic_round();
		run_rounds();
	}
	fail_allocations(false);
	return 0;
}

static const struct kernel_param_ops action_ops = { .set = action_set };

module_param_cb(kill, &action_ops, kill_threads, 0200);
MODULE_PARM_DESC(kill, "kill so many threads inside of KDEFER functions, and start new ones");
module_param_cb(rounds, &action_ops, rounds_without_memory, 0200);
MODULE_PARM_DESC(rounds, "panic and recover so many times, as a task that failslab may fail");

static int __init lifecycle_init(void)
{
	int err = lifecycle_device_add();

	if (err)
		return err;
	err = threads_start(settle);
	if (err)
		lifecycle_device_del();
	return err;
}

static void __exit lifecycle_exit(void)
{
	lifecycle_device_del();
	threads_stop();
	pr_info("kdefer_lifecycle: %s: %ld deferred calls, %ld ran, %ld panics recovered, %ld for want of memory\n",
		counts_add_up() ? "all is well" : "wrong",
		atomic_long_read(&counts.deferred), atomic_long_read(&counts.ran),
		atomic_long_read(&counts.recovered), atomic_long_read(&counts.no_memory));
}

module_init(lifecycle_init);
module_exit(lifecycle_exit);

MODULE_DESCRIPTION("Unloading with threads in every state");
MODULE_LICENSE("GPL");
