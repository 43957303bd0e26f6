// SPDX-License-Identifier: GPL-2.0-only
/*
 * A device that keeps values which are slow to come by: write a key to it, then read its value.
 * Readers that miss the same key at the same time share one fill.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/delay.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "singleflight.h"

static int fill_ms = 100;
module_param(fill_ms, int, 0644);
MODULE_PARM_DESC(fill_ms, "how slow a fill is, in milliseconds (100)");

static int fills;
module_param(fills, int, 0444);
MODULE_PARM_DESC(fills, "how many fills there were");

struct cache_entry {
	struct list_head link;
	char key[SF_KEY_MAX];
	long value;
};

static LIST_HEAD(cache_entries);
/* Guards the list, and the count of fills. */
static DEFINE_MUTEX(cache_lock);
static struct sf_group cache_fills = SF_GROUP_INIT(cache_fills);

DEFINE_KDEFER(cache_unlock, struct mutex *, mutex_unlock(_T))

static KDEFER_DEFINE1(struct cache_entry *, cache_find, const char *, key)
{
	struct cache_entry *e;

	mutex_lock(&cache_lock);
	kdefer(cache_unlock, &cache_lock);
	list_for_each_entry(e, &cache_entries, link)
		if (!strcmp(e->key, key))
			return e;
	return NULL;
}

/* The value of a key is the sum of its letters. Two keys have none, each in a way of its own. */
static long cache_compute(const char *key)
{
	long sum = 0;

	if (!strcmp(key, "panic"))
		kpanic(-EIO);
	if (!strcmp(key, "goexit"))
		kgoexit(-ECANCELED);
	while (*key)
		sum += *key++;
	return sum;
}

static KDEFER_DEFINE1(long, cache_fill, void *, key)
{
	struct cache_entry *e;
	long value;

	msleep(fill_ms);
	mutex_lock(&cache_lock);
	kdefer(cache_unlock, &cache_lock);
	fills++;
	value = cache_compute(key);
	e = kzalloc(sizeof(*e), GFP_KERNEL);
	if (!e)
		return -ENOMEM;
	strscpy(e->key, key, sizeof(e->key));
	e->value = value;
	list_add(&e->link, &cache_entries);
	return value;
}

/* Entries stay until the module goes. */
static long cache_get(void *key)
{
	struct cache_entry *e = cache_find(key);
	bool shared;

	return e ? e->value : sf_do(&cache_fills, key, cache_fill, key, &shared);
}

static int cache_open(struct inode *inode, struct file *file)
{
	file->private_data = kzalloc(SF_KEY_MAX, GFP_KERNEL);
	return file->private_data ? 0 : -ENOMEM;
}

static int cache_release(struct inode *inode, struct file *file)
{
	kfree(file->private_data);
	return 0;
}

static ssize_t cache_write(struct file *file, const char __user *buf, size_t count, loff_t *pos)
{
	char *key = file->private_data;

	if (count >= SF_KEY_MAX)
		return -EINVAL;
	memset(key, 0, SF_KEY_MAX);
	if (copy_from_user(key, buf, count))
		return -EFAULT;
	strim(key);
	*pos = 0;
	return count;
}

/*
 * A system call is a thread that kdefer has not started: here a panic or a goexit becomes an errno.
 */
static ssize_t cache_read(struct file *file, char __user *buf, size_t count, loff_t *pos)
{
	char text[32];
	long value = kdefer_run(cache_get, file->private_data, NULL);

	if (value < 0)
		return value;
	return simple_read_from_buffer(buf, count, pos, text,
				       scnprintf(text, sizeof(text), "%ld\n", value));
}

static const struct file_operations cache_fops = {
	.owner = THIS_MODULE,
	.open = cache_open,
	.release = cache_release,
	.write = cache_write,
	.read = cache_read,
};

static struct miscdevice cache_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "kdefer_cache",
	.fops = &cache_fops,
};

static int __init cache_init(void)
{
	return misc_register(&cache_device);
}

static void __exit cache_exit(void)
{
	struct cache_entry *e, *next;

	misc_deregister(&cache_device);
	/* A fill that nobody waits for any more. */
	kdefer_go_wait();
	list_for_each_entry_safe(e, next, &cache_entries, link)
		kfree(e);
}

module_init(cache_init);
module_exit(cache_exit);

MODULE_DESCRIPTION("kdefer sample: concurrent misses share one fill");
MODULE_LICENSE("GPL");
