// SPDX-License-Identifier: GPL-2.0-only
/*
 * The suites' parameters, as a module of its own: before 6.12 a module's suites run before its
 * parameters are read.
 */
#include <linux/export.h>
#include <linux/module.h>
#include <linux/moduleparam.h>

#include "kdefer_kunit_params.h"

#ifdef __KERNEL__
struct kdefer_stress kdefer_stress = { .threads = 64, .seconds = 5 };
#else
struct kdefer_stress kdefer_stress = { .threads = 1000, .panics = 10000 };
#endif
EXPORT_SYMBOL_GPL(kdefer_stress);

module_param_named(stress_threads, kdefer_stress.threads, uint, 0444);
MODULE_PARM_DESC(stress_threads, "threads of the stress suite");
module_param_named(stress_panics, kdefer_stress.panics, ulong, 0444);
MODULE_PARM_DESC(stress_panics, "panics of each thread; 0: as many as the time allows");
module_param_named(stress_seconds, kdefer_stress.seconds, uint, 0444);
MODULE_PARM_DESC(stress_seconds, "how long the threads go on if stress_panics is 0");

MODULE_DESCRIPTION("Parameters of kdefer's KUnit suites");
MODULE_LICENSE("GPL");
