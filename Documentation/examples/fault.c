// SPDX-License-Identifier: GPL-2.0-only
/* A fault of a module that asked for it is a panic like any other. In the kernel only. */
#include <linux/module.h>
#include <linux/printk.h>
#include <kdefer/kdefer.h>

static int *missing;

/* start fault */
static void fault_to_errno(void *result, struct kdefer_panic *p)
{
	struct kdefer_value v;

	if (!krecover(p, &v))
		return;
	if (v.kind == KDEFER_FAULT)
		pr_info("fault %d at address %#lx\n", v.fault.kind, v.fault.address);
	*(int *)result = v.err;
}

static KDEFER_DEFINE1(int, read_through, const int *, ptr)
{
	kdefer(fault_to_errno, &kdefer_result);
	kdefer_set_panic_on_fault(true);
	return READ_ONCE(*ptr);
}

/* end fault */

static int __init fault_init(void)
{
	pr_info("read_through(NULL) = %d\n", read_through(missing));
	return 0;
}

static void __exit fault_exit(void)
{
}

module_init(fault_init);
module_exit(fault_exit);

MODULE_DESCRIPTION("kdefer: a fault as a panic");
MODULE_LICENSE("GPL");
