// SPDX-License-Identifier: GPL-2.0-only
/*
 * A panic can carry an object of your own. Its type tells how to print it, and how to give it up
 * once nobody can see it any more.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <kdefer/kdefer.h>

struct bus_error {
	int port;
	u32 status;
};

static int bus_error_print(const void *ptr, char *buf, size_t size)
{
	const struct bus_error *e = ptr;

	return scnprintf(buf, size, "port %d, status %#x", e->port, e->status);
}

static void bus_error_release(void *ptr)
{
	pr_info("the object is released\n");
	kfree(ptr);
}

static const struct kdefer_type bus_error_type = {
	.name = "bus_error",
	.print = bus_error_print,
	.release = bus_error_release,
};

static void transfer(int port)
{
	struct bus_error *e = kmalloc(sizeof(*e), GFP_KERNEL);

	if (!e)
		kpanic(-ENOMEM);
	e->port = port;
	e->status = 0x80;
	kpanic_ptr(e, &bus_error_type);
}

static void recover(void *result, struct kdefer_panic *p)
{
	const struct bus_error *e;
	struct kdefer_value v;

	if (!krecover(p, &v))
		return;
	*(int *)result = v.err;
	if (v.kind != KDEFER_POINTER || v.type != &bus_error_type)
		return;
	e = v.ptr;
	pr_info("port %d failed with status %#x\n", e->port, e->status);
	*(int *)result = -EIO;
}

static KDEFER_DEFINE1(int, request, int, port)
{
	kdefer(recover, &kdefer_result);
	transfer(port);
	return 0;
}

static int __init panic_value_init(void)
{
	pr_info("request: %d\n", request(2));
	return 0;
}

static void __exit panic_value_exit(void)
{
}

module_init(panic_value_init);
module_exit(panic_value_exit);

MODULE_DESCRIPTION("kdefer concept: a panic with a typed value");
MODULE_LICENSE("GPL");
