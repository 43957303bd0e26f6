// SPDX-License-Identifier: GPL-2.0-only
/*
 * Processes in KDEFER functions, by way of a device (rules K26, K27). What is written to it:
 *
 *	round	panics and recovers; fails if the process has a chain of deferred calls already
 *	return	waits for a signal inside of a KDEFER function, then returns
 *	panic	the same, but panics and recovers then
 */
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

#include "lifecycle.h"

static int inside;
module_param(inside, int, 0444);
MODULE_PARM_DESC(inside, "processes that wait inside of a KDEFER function");

static atomic_t nr_inside;
static DECLARE_WAIT_QUEUE_HEAD(never);

static void change_inside(int by)
{
	inside = atomic_add_return(by, &nr_inside);
}

static void go_out(void *unused)
{
	count_call(NULL);
	change_inside(-1);
}

static void recover_interrupt(void *result, struct kdefer_panic *p)
{
	struct kdefer_value v;

	count_call(NULL);
	if (krecover(p, &v))
		*(int *)result = v.err;
}

static KDEFER_DEFINE1(int, wait_inside, bool, raise)
{
	int err;

	defer_counted(recover_interrupt, &kdefer_result);
	defer_counted(go_out, NULL);
	change_inside(1);
	err = wait_event_interruptible(never, false);
	if (raise)
		kpanic(-EINTR);
	return err;
}

static int one_round(void)
{
	if (kdefer_current())
		return -EEXIST;
	panic_round();
	run_rounds();
	return kdefer_current() ? -EEXIST : 0;
}

static int obey(const char *command)
{
	if (!strcmp(command, "round"))
		return one_round();
	if (!strcmp(command, "return"))
		return wait_inside(false);
	if (!strcmp(command, "panic"))
		return wait_inside(true);
	return -EINVAL;
}

static ssize_t device_write(struct file *file, const char __user *buf, size_t count, loff_t *pos)
{
	char command[16] = "";
	int err;

	if (count >= sizeof(command))
		return -EINVAL;
	if (copy_from_user(command, buf, count))
		return -EFAULT;
	err = obey(command);
	return err ?: (ssize_t)count;
}

static const struct file_operations device_fops = {
	.owner = THIS_MODULE,
	.write = device_write,
};

static struct miscdevice device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = KBUILD_MODNAME,
	.fops = &device_fops,
	.mode = 0600,
};

int lifecycle_device_add(void)
{
	return misc_register(&device);
}

void lifecycle_device_del(void)
{
	misc_deregister(&device);
}
