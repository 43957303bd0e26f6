// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/kdefer_conformance: programs are written to it, then their output is read from it. A
 * program runs when its output is read. What kdefer prints of uncaught panics goes to the log.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "conf.h"

/* All programs that are written at once. */
#define CONF_MAX_TEXT	(16 << 20)

/**
 * struct conf_buffer - text that grows
 * @text: the text
 * @len: its length
 * @size: its room
 */
struct conf_buffer {
	char *text;
	size_t len;
	size_t size;
};

/**
 * struct conf_file - an open device
 * @lock: taken by every call but open and release
 * @sink: appends to @output
 * @source: what of @programs was not run yet
 * @programs: what was written
 * @output: output of the last program
 * @sent: how much of them was read
 * @running: the first output was asked for
 * @error: what the next read returns
 */
struct conf_file {
	struct mutex lock; /* against another call with the same file */
	struct conf_sink sink;
	struct conf_source source;
	struct conf_buffer programs;
	struct conf_buffer output;
	size_t sent;
	bool running;
	int error;
};

/* Room for @more bytes and a terminating NUL. */
static int conf_grow(struct conf_buffer *b, size_t more)
{
	size_t size = max_t(size_t, b->size, PAGE_SIZE);
	char *text;

	while (size <= b->len + more)
		size *= 2;
	if (size == b->size)
		return 0;
	text = kvmalloc(size, GFP_KERNEL);
	if (!text)
		return -ENOMEM;
	if (b->len)
		memcpy(text, b->text, b->len);
	kvfree(b->text);
	b->text = text;
	b->size = size;
	return 0;
}

static int conf_append(struct conf_sink *sink, const char *text, size_t len)
{
	struct conf_buffer *b = &container_of(sink, struct conf_file, sink)->output;
	int ret = conf_grow(b, len);

	if (ret)
		return ret;
	memcpy(b->text + b->len, text, len);
	b->len += len;
	return 0;
}

static int conf_open(struct inode *inode, struct file *file)
{
	struct conf_file *f = kzalloc(sizeof(*f), GFP_KERNEL);

	if (!f)
		return -ENOMEM;
	mutex_init(&f->lock);
	f->sink.write = conf_append;
	file->private_data = f;
	return nonseekable_open(inode, file);
}

static int conf_release(struct inode *inode, struct file *file)
{
	struct conf_file *f = file->private_data;

	kvfree(f->programs.text);
	kvfree(f->output.text);
	kfree(f);
	return 0;
}

static ssize_t conf_add_programs(struct conf_file *f, const char __user *from, size_t len)
{
	struct conf_buffer *b = &f->programs;
	int ret;

	if (f->running)
		return -EBUSY;
	if (len > CONF_MAX_TEXT - b->len)
		return -EFBIG;
	ret = conf_grow(b, len);
	if (ret)
		return ret;
	if (copy_from_user(b->text + b->len, from, len))
		return -EFAULT;
	b->len += len;
	b->text[b->len] = '\0';
	return len;
}

static ssize_t conf_write(struct file *file, const char __user *from, size_t len, loff_t *pos)
{
	struct conf_file *f = file->private_data;
	ssize_t ret;

	mutex_lock(&f->lock);
	ret = conf_add_programs(f, from, len);
	mutex_unlock(&f->lock);
	return ret;
}

/* Returns whether there is output to be read. */
static bool conf_run_more(struct conf_file *f)
{
	int ret;

	if (!f->running)
		f->source.next = f->programs.text;
	f->running = true;
	f->output.len = 0;
	f->sent = 0;
	ret = f->error ?: conf_run_next(&f->source, &f->sink);
	f->error = min(ret, 0);
	return f->output.len > 0;
}

static ssize_t conf_read_output(struct conf_file *f, char __user *to, size_t len)
{
	if (f->sent == f->output.len && !conf_run_more(f))
		return f->error;
	len = min(len, f->output.len - f->sent);
	if (copy_to_user(to, f->output.text + f->sent, len))
		return -EFAULT;
	f->sent += len;
	return len;
}

static ssize_t conf_read(struct file *file, char __user *to, size_t len, loff_t *pos)
{
	struct conf_file *f = file->private_data;
	ssize_t ret;

	mutex_lock(&f->lock);
	ret = conf_read_output(f, to, len);
	mutex_unlock(&f->lock);
	return ret;
}

static const struct file_operations conf_fops = {
	.owner = THIS_MODULE,
	.open = conf_open,
	.release = conf_release,
	.write = conf_write,
	.read = conf_read,
};

static struct miscdevice conf_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "kdefer_conformance",
	.fops = &conf_fops,
	.mode = 0600,
};
module_misc_device(conf_device);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Runs programs over defer, panic, recover and goexit with kdefer");
