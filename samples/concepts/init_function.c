// SPDX-License-Identifier: GPL-2.0-only
/*
 * What only the start of a module needs, and what only its end does, is __init and __exit as ever:
 * a KDEFER function lies in that section with all its parts, and may use data that lies there.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/init.h>
#include <linux/module.h>
#include <linux/printk.h>
#include <kdefer/kdefer.h>

static const char steps[][8] __initconst = { "one", "two", "three" };
static int missing __exitdata = 2;

static __init void undo_step(void *step)
{
	pr_info("undo %s\n", (const char *)step);
}

static __init KDEFER_DEFINE(int, start, size_t, failing)
{
	size_t i;

	kdefer_recover_result();
	for (i = 0; i < ARRAY_SIZE(steps); i++) {
		if (i == failing)
			kpanic(-ENODEV);
		pr_info("do %s\n", steps[i]);
		kdefer_on_failure(undo_step, (void *)steps[i]);
	}
	return 0;
}

static __exit KDEFER_DEFINE(int, stop)
{
	kdefer_recover_result();
	kdefer_check(-missing);
	return 0;
}

static int __init init_function_init(void)
{
	pr_info("= %pe\n", ERR_PTR(start(2)));
	return start(ARRAY_SIZE(steps));
}

static void __exit init_function_exit(void)
{
	pr_info("stop() = %pe\n", ERR_PTR(stop()));
}

module_init(init_function_init);
module_exit(init_function_exit);

MODULE_DESCRIPTION("kdefer concept: functions for the start and the end of a module");
MODULE_LICENSE("GPL");
