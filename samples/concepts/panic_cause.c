// SPDX-License-Identifier: GPL-2.0-only
/*
 * An error on its way up: each level puts before it what it knows, and whoever recovers still finds
 * out what the cause was. Its text can be had as the printout would have it, and its object be
 * taken out, to live on. In Go these are fmt.Errorf("...: %w", err), errors.Is() and errors.As().
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <kdefer/kdefer.h>

struct bus_error {
	int status;
};

static int bus_error_print(const void *ptr, char *buf, size_t size)
{
	const struct bus_error *e = ptr;

	return scnprintf(buf, size, "status %#x", e->status);
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
	.err = -EREMOTEIO,
};

static struct bus_error *last_error;

static void read_block(int block)
{
	struct bus_error *e = kmalloc(sizeof(*e), GFP_KERNEL);

	if (!e)
		kpanic(-ENOMEM);
	e->status = 0x80 + block;
	kpanic_ptr(e, &bus_error_type);
}

static void add_file(void *name, struct kdefer_panic *p)
{
	struct kdefer_value v;

	if (krecover(p, &v))
		kpanicf_value(&v, "file %s", (const char *)name);
}

static KDEFER_DEFINE_VOID(read_file, const char *, name, int, block)
{
	kdefer(add_file, (void *)name);
	read_block(block);
}

/* Tells of the error, and keeps the last one's details for later. */
static void recover(void *result, struct kdefer_panic *p)
{
	struct kdefer_value v;
	char text[64];

	if (!krecover(p, &v))
		return;
	kdefer_value_text(&v, text, sizeof(text));
	pr_info("%s\n", text);
	*(int *)result = v.err;
	if (v.kind == KDEFER_POINTER && v.type == &bus_error_type && !last_error)
		last_error = kdefer_value_take(&v);
}

static KDEFER_DEFINE(int, request, const char *, name, int, block)
{
	kdefer(recover, &kdefer_result);
	read_file(name, block);
	return 0;
}

static int __init panic_cause_init(void)
{
	pr_info("= %d\n", request("a", 1));
	pr_info("= %d\n", request("b", 2));
	pr_info("kept: status %#x\n", last_error ? last_error->status : 0);
	return 0;
}

static void __exit panic_cause_exit(void)
{
	kfree(last_error);
}

module_init(panic_cause_init);
module_exit(panic_cause_exit);

MODULE_DESCRIPTION("kdefer concept: what the cause of an error was");
MODULE_LICENSE("GPL");
