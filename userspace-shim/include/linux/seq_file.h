/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KSHIM_LINUX_SEQ_FILE_H
#define _KSHIM_LINUX_SEQ_FILE_H

#include <linux/fs.h>
#include <linux/string.h>
#include <linux/types.h>

struct seq_operations;

struct seq_file {
	char *buf;
	size_t size;
	size_t from;		/* what was not read yet begins there */
	size_t count;
	const struct seq_operations *op;
	const struct file *file;
	void *private;
};

struct seq_operations {
	void *(*start)(struct seq_file *m, loff_t *pos);
	void (*stop)(struct seq_file *m, void *v);
	void *(*next)(struct seq_file *m, void *v, loff_t *pos);
	int (*show)(struct seq_file *m, void *v);
};

#define SEQ_START_TOKEN ((void *)1)

int kshim_seq_open(struct file *file, const struct seq_operations *op);
ssize_t kshim_seq_read(struct file *file, char __user *buf, size_t size, loff_t *pos);
int kshim_seq_release(struct inode *inode, struct file *file);
int kshim_single_open(struct file *file, int (*show)(struct seq_file *m, void *v), void *data);
int kshim_single_release(struct inode *inode, struct file *file);
void kshim_seq_write(struct seq_file *m, const void *data, size_t len);
void __printf(2, 0) kshim_seq_vprintf(struct seq_file *m, const char *fmt, va_list args);
void __printf(2, 3) kshim_seq_printf(struct seq_file *m, const char *fmt, ...);

#define seq_open(file, op) kshim_seq_open(file, op)
#define seq_read kshim_seq_read
#define seq_lseek noop_llseek
#define seq_release kshim_seq_release
#define single_open(file, show, data) kshim_single_open(file, show, data)
#define single_release kshim_single_release
#define seq_vprintf(m, fmt, args) kshim_seq_vprintf(m, fmt, args)
#define seq_printf(m, fmt, ...) kshim_seq_printf(m, fmt, ## __VA_ARGS__)

static inline void seq_puts(struct seq_file *m, const char *s)
{
	kshim_seq_write(m, s, strlen(s));
}

static inline void seq_putc(struct seq_file *m, char c)
{
	kshim_seq_write(m, &c, 1);
}

static inline int seq_write(struct seq_file *m, const void *data, size_t len)
{
	kshim_seq_write(m, data, len);
	return m->count == m->size ? -1 : 0;
}

static inline bool seq_has_overflowed(struct seq_file *m)
{
	return m->count == m->size;
}

#define DEFINE_SHOW_ATTRIBUTE(name) \
static int name##_open(struct inode *inode, struct file *file) \
{ \
	return single_open(file, name##_show, inode->i_private); \
} \
static const struct file_operations name##_fops = { \
	.owner = THIS_MODULE, .open = name##_open, .read = seq_read, .llseek = seq_lseek, \
	.release = single_release, \
}

#endif /* _KSHIM_LINUX_SEQ_FILE_H */
