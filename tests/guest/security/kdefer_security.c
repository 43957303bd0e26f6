// SPDX-License-Identifier: GPL-2.0-only
/*
 * A device that everybody may write to, and that raises what is written: the panic that nobody
 * should be able to bring about. One that begins with "stop" is recovered.
 */
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <kdefer/kdefer.h>

#define TEXT_SIZE	64

static void stop_some(void *text, struct kdefer_panic *p)
{
	if (strstarts(text, "stop"))
		krecover(p, NULL);
}

static KDEFER_DEFINE_VOID1(raise_text, char *, text)
{
	kdefer(stop_some, text);
	kpanicf("%s", text);
}

static ssize_t security_write(struct file *file, const char __user *buf, size_t size, loff_t *at)
{
	char text[TEXT_SIZE];
	size_t len = min(size, sizeof(text) - 1);

	if (copy_from_user(text, buf, len))
		return -EFAULT;
	text[len] = '\0';
	raise_text(text);
	return size;
}

static const struct file_operations security_fops = {
	.owner = THIS_MODULE,
	.write = security_write,
};

static struct miscdevice security_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "kdefer_security",
	.mode = 0666,
	.fops = &security_fops,
};

module_misc_device(security_device);

MODULE_DESCRIPTION("A device with which everybody can raise a panic");
MODULE_LICENSE("GPL");
