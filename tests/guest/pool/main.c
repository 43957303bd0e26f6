// SPDX-License-Identifier: GPL-2.0-only
/*
 * A driver that gives jobs to the threads of the pool: a number of them when it is asked to, or as
 * many as come until it is unloaded. guest.sh looks for what it says in the end.
 */
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/moduleparam.h>

#include "pool.h"

static bool busy;
module_param(busy, bool, 0444);
MODULE_PARM_DESC(busy, "start jobs until the module is unloaded");

unsigned int patience = 30;
module_param(patience, uint, 0444);
MODULE_PARM_DESC(patience, "seconds after which jobs that have not ended are taken for lost");

static bool all_is_well(void)
{
	return !atomic_long_read(&counts.wrong) &&
	       atomic_long_read(&counts.jobs) == atomic_long_read(&counts.ended) &&
	       atomic_long_read(&counts.deferred) == atomic_long_read(&counts.ran);
}

static int jobs_set(const char *val, const struct kernel_param *kp)
{
	unsigned int nr;
	int err = kstrtouint(val, 0, &nr) ?: jobs_start(nr);

	if (err)
		return err;
	jobs_wait();
	return all_is_well() ? 0 : -EPROTO;
}

static const struct kernel_param_ops jobs_ops = { .set = jobs_set };

module_param_cb(jobs, &jobs_ops, NULL, 0200);
MODULE_PARM_DESC(jobs, "start so many jobs, and wait for them");

static int __init pool_test_init(void)
{
	int err = changes_init();

	if (err || !busy)
		return err;
	err = jobs_start(UINT_MAX);
	if (err)
		changes_exit();
	return err;
}

static void __exit pool_test_exit(void)
{
	jobs_stop();
	changes_exit();
	pr_info("kdefer_pool_test: %s: %ld jobs, %ld ended, %ld deferred calls, %ld ran, %ld refused\n",
		all_is_well() ? "all is well" : "wrong",
		atomic_long_read(&counts.jobs), atomic_long_read(&counts.ended),
		atomic_long_read(&counts.deferred), atomic_long_read(&counts.ran),
		atomic_long_read(&counts.refused));
}

module_init(pool_test_init);
module_exit(pool_test_exit);

MODULE_DESCRIPTION("Jobs for the pool of kdefer_go() that leave their threads in every state");
MODULE_LICENSE("GPL");
