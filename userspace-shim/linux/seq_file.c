// SPDX-License-Identifier: GPL-2.0-only
/* Files whose contents a driver prints. All of it at the first read, and then handed out. */

#include "kshim-impl.h"

#include <linux/seq_file.h>
#include <linux/slab.h>

void kshim_seq_write(struct seq_file *m, const void *data, size_t len)
{
	/* As in the kernel a full buffer means that something was left out. */
	if (m->count + len >= m->size) {
		m->count = m->size;
		return;
	}
	memcpy(m->buf + m->count, data, len);
	m->count += len;
}

void kshim_seq_vprintf(struct seq_file *m, const char *fmt, va_list args)
{
	size_t room = m->size - m->count;
	int len;

	if (!room)
		return;
	len = kshim_vsnprintf(m->buf + m->count, room, fmt, args);
	m->count = (size_t)len < room ? m->count + (size_t)len : m->size;
}

void kshim_seq_printf(struct seq_file *m, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	kshim_seq_vprintf(m, fmt, args);
	va_end(args);
}

int kshim_seq_open(struct file *file, const struct seq_operations *op)
{
	struct seq_file *m = kzalloc(sizeof(*m), GFP_KERNEL);

	if (!m)
		return -ENOMEM;
	m->op = op;
	m->file = file;
	file->private_data = m;
	return 0;
}

/* -EAGAIN when the buffer is too small for all of it. */
static int print_all(struct seq_file *m)
{
	loff_t pos = 0;
	int ret = 0;
	void *v;

	m->count = 0;
	for (v = m->op->start(m, &pos); v && !IS_ERR(v); v = m->op->next(m, v, &pos)) {
		ret = m->op->show(m, v);
		if (ret < 0 || seq_has_overflowed(m))
			break;
	}
	m->op->stop(m, v);
	if (IS_ERR(v))
		return (int)PTR_ERR(v);
	if (ret < 0)
		return ret;
	return seq_has_overflowed(m) ? -EAGAIN : 0;
}

static int fill(struct seq_file *m)
{
	size_t size = PAGE_SIZE;
	int ret;

	do {
		m->buf = kvmalloc(size, GFP_KERNEL);
		if (!m->buf)
			return -ENOMEM;
		m->size = size;
		ret = print_all(m);
		if (!ret)
			return 0;
		kvfree(m->buf);
		m->buf = NULL;
		size *= 2;
	} while (ret == -EAGAIN);
	return ret;
}

ssize_t kshim_seq_read(struct file *file, char __user *buf, size_t size, loff_t *pos)
{
	struct seq_file *m = file->private_data;
	size_t n;
	int ret;

	if (!m->buf) {
		ret = fill(m);
		if (ret)
			return ret;
	}
	n = min(size, m->count - m->from);
	if (copy_to_user(buf, m->buf + m->from, n))
		return -EFAULT;
	m->from += n;
	*pos += (loff_t)n;
	return (ssize_t)n;
}

int kshim_seq_release(struct inode *inode __always_unused, struct file *file)
{
	struct seq_file *m = file->private_data;

	kvfree(m->buf);
	kfree(m);
	return 0;
}

static void *single_start(struct seq_file *m __always_unused, loff_t *pos)
{
	return *pos ? NULL : SEQ_START_TOKEN;
}

static void *single_next(struct seq_file *m __always_unused, void *v __always_unused, loff_t *pos)
{
	++*pos;
	return NULL;
}

static void single_stop(struct seq_file *m __always_unused, void *v __always_unused)
{
}

int kshim_single_open(struct file *file, int (*show)(struct seq_file *m, void *v), void *data)
{
	struct seq_operations *op = kmalloc(sizeof(*op), GFP_KERNEL);
	int ret;

	if (!op)
		return -ENOMEM;
	*op = (struct seq_operations){
		.start = single_start, .next = single_next, .stop = single_stop, .show = show,
	};
	ret = kshim_seq_open(file, op);
	if (ret)
		kfree(op);
	else
		((struct seq_file *)file->private_data)->private = data;
	return ret;
}

int kshim_single_release(struct inode *inode, struct file *file)
{
	const struct seq_operations *op = ((struct seq_file *)file->private_data)->op;
	int ret = kshim_seq_release(inode, file);

	kfree(op);
	return ret;
}
