// SPDX-License-Identifier: GPL-2.0-only
/* What init.cocci must find, and what not; "found" marks the lines. */
#include <linux/module.h>
#include <kdefer/kdefer.h>

static void stop(void *arg, struct kdefer_panic *p)
{
	krecover(p, NULL);
}

static KDEFER_DEFINE1(int, raises, int, n)
{
	return kdefer_check(n);
}

static KDEFER_DEFINE1(int, recovers, int, n)
{
	kdefer_recover_result();
	return kdefer_check(n);
}

static KDEFER_DEFINE1(int, recovers_by_hand, int, n)
{
	kdefer(stop, NULL);
	return kdefer_check(n);
}

static long run(void *arg)
{
	return raises(-EIO);
}

static int __init wrong_init(void)
{
	if (debug)
		kpanic(-EINVAL); /* found */
	raises(-EIO); /* found */
	recovers(-EIO);
	recovers_by_hand(-EIO);
	return kdefer_run(run, NULL, NULL);
}

static KDEFER_DEFINE0(int, right_init)
{
	kdefer_recover_result();
	kdefer_check(raises(-EIO));
	return 0;
}

static void raises_plainly(void)
{
	kpanicf("no device");
}

static int __init wrong_subsystem(void)
{
	raises_plainly(); /* found */
	return 0;
}

static int __init wrong_late(void)
{
	return kdefer_check(look()); /* found */
}

static KDEFER_DEFINE0(int, wrong_device)
{
	raises(-EIO); /* found */
	return 0;
}

static KDEFER_DEFINE0(int, right_fs)
{
	kdefer(stop, NULL);
	raises_plainly();
	return 0;
}

static void __exit wrong_exit(void)
{
	raises(-EIO); /* found */
}

static int not_init(void)
{
	return raises(-EIO);
}

module_init(wrong_init);
module_init(right_init);
subsys_initcall(wrong_subsystem);
late_initcall(wrong_late);
device_initcall(wrong_device);
fs_initcall(right_fs);
module_exit(wrong_exit);
