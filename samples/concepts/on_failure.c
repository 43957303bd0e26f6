// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a probe function acquires it keeps when it succeeds, and gives back when it fails, whatever
 * the failure is: kdefer_on_failure(). A deferred function that wants to know why it is run takes
 * that as an argument.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/printk.h>
#include <kdefer/kdefer.h>

enum ending { SUCCEEDS, RETURNS_AN_ERROR, PANICS, EXITS };

static void power_off(void *device)
{
	pr_info("power off\n");
}

static void tell(void *device, enum kdefer_why why)
{
	static const char * const name[] = {
		[KDEFER_ON_RETURN] = "returns",
		[KDEFER_ON_PANIC] = "is left by a panic",
		[KDEFER_ON_GOEXIT] = "is left by a goexit",
	};

	pr_info("probe %s\n", name[why]);
}

static KDEFER_DEFINE(int, probe, enum ending, how)
{
	kdefer(tell, NULL);
	pr_info("power on\n");
	kdefer_on_failure(power_off, NULL);
	switch (how) {
	case SUCCEEDS:
		return 0;
	case RETURNS_AN_ERROR:
		return -EIO;
	case PANICS:
		kpanic(-ENODEV);
	case EXITS:
		kgoexit(0);
	}
	return 0;
}

static KDEFER_DEFINE(int, probe_recovered, enum ending, how)
{
	kdefer_recover_result();
	return probe(how);
}

static KDEFER_DEFINE(long, probe_alone, void *, how)
{
	return probe_recovered((enum ending)(long)how);
}

static int __init on_failure_init(void)
{
	pr_info("= %d\n", probe_recovered(SUCCEEDS));
	pr_info("= %d\n", probe_recovered(RETURNS_AN_ERROR));
	pr_info("= %d\n", probe_recovered(PANICS));
	kdefer_run(probe_alone, (void *)EXITS, NULL);
	return 0;
}

static void __exit on_failure_exit(void)
{
}

module_init(on_failure_init);
module_exit(on_failure_exit);

MODULE_DESCRIPTION("kdefer concept: deferred calls for failures only");
MODULE_LICENSE("GPL");
