// SPDX-License-Identifier: GPL-2.0-only
/*
 * On a thread that kdefer did not start, kdefer_run() is the place where a panic or a goexit ends.
 */
#include <linux/module.h>
#include <linux/printk.h>
#include <kdefer/kdefer.h>

/* start foreign */
static long handle(void *arg)
{
	int request = *(int *)arg;

	if (request < 0)
		kpanicf("request %d is out of range", request);
	if (!request)
		kgoexit(-ESHUTDOWN);
	return request;
}

/* What a work function, an ioctl or a probe function would call. */
static long handle_safely(int request)
{
	struct kdefer_outcome out;
	long ret = kdefer_run(handle, &request, &out);

	if (out.how == KDEFER_PANICKED) {
		if (out.value.kind == KDEFER_MESSAGE)
			pr_info("%s\n", out.value.message);
		kdefer_value_release(&out.value);
	}
	return ret;
}

/* end foreign */

static int __init foreign_init(void)
{
	pr_info("%ld\n", handle_safely(7));
	pr_info("%s\n", handle_safely(0) == -ESHUTDOWN ? "-ESHUTDOWN" : "?");
	pr_info("%s\n", handle_safely(-7) == -ENOTRECOVERABLE ? "-ENOTRECOVERABLE" : "?");
	return 0;
}

static void __exit foreign_exit(void)
{
}

module_init(foreign_init);
module_exit(foreign_exit);

MODULE_DESCRIPTION("kdefer: on somebody else's thread");
MODULE_LICENSE("GPL");
