/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KSHIM_LINUX_FS_H
#define _KSHIM_LINUX_FS_H

#include <kshim-glibc.h>

#include_next <linux/fs.h>
#include <fcntl.h>
#include <linux/err.h>
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/types.h>
#include <linux/uaccess.h>

#define FMODE_READ ((fmode_t)0x1)
#define FMODE_WRITE ((fmode_t)0x2)

struct file;
struct poll_table_struct;

struct inode {
	void *i_private;
	dev_t i_rdev;
};

/*
 * The operations that a connection to a device leads to; <linux/miscdevice.h> says how. There is no
 * ioctl() and no poll() by a connection: those of a file that the program itself has opened, with
 * filp_open(), are called through f_op and by vfs_poll(). A member that is not here is one that
 * nobody would ever call.
 */
struct file_operations {
	struct module *owner;
	loff_t (*llseek)(struct file *file, loff_t offset, int whence);
	ssize_t (*read)(struct file *file, char __user *buf, size_t count, loff_t *pos);
	ssize_t (*write)(struct file *file, const char __user *buf, size_t count, loff_t *pos);
	__poll_t (*poll)(struct file *file, struct poll_table_struct *table);
	long (*unlocked_ioctl)(struct file *file, unsigned int cmd, unsigned long arg);
	long (*compat_ioctl)(struct file *file, unsigned int cmd, unsigned long arg);
	int (*open)(struct inode *inode, struct file *file);
	int (*flush)(struct file *file, void *id);
	int (*release)(struct inode *inode, struct file *file);
};

struct file {
	const struct file_operations *f_op;
	struct inode *f_inode;
	unsigned int f_flags;
	fmode_t f_mode;
	loff_t f_pos;
	void *private_data;
};

/* Of devices of the program: "/dev/" and the name of a misc device that is registered. */
struct file *kshim_filp_open(const char *name, int flags);
int kshim_filp_close(struct file *file);

#define filp_open(name, flags, mode) ((void)(mode), kshim_filp_open(name, flags))
#define filp_close(file, id) ((void)(id), kshim_filp_close(file))

static inline long compat_ptr_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	return file->f_op->unlocked_ioctl ? file->f_op->unlocked_ioctl(file, cmd, arg) : -ENOTTY;
}

static inline struct inode *file_inode(const struct file *f)
{
	return f->f_inode;
}

static inline unsigned int iminor(const struct inode *inode)
{
	return (unsigned int)(inode->i_rdev & 0xfffff);
}

static inline unsigned int imajor(const struct inode *inode)
{
	return (unsigned int)(inode->i_rdev >> 20);
}

ssize_t kshim_simple_read(void __user *to, size_t count, loff_t *pos, const void *from,
			  size_t available);
ssize_t kshim_simple_write(void *to, size_t available, loff_t *pos, const void __user *from,
			   size_t count);

/* A socket cannot seek. These exist because drivers name them. */
static inline loff_t noop_llseek(struct file *file, loff_t offset __maybe_unused,
				 int whence __maybe_unused)
{
	return file->f_pos;
}

static inline int stream_open(struct inode *inode __maybe_unused, struct file *file __maybe_unused)
{
	return 0;
}

#define nonseekable_open stream_open

static inline ssize_t simple_read_from_buffer(void __user *to, size_t count, loff_t *ppos,
					      const void *from, size_t available)
{
	return kshim_simple_read(to, count, ppos, from, available);
}

static inline ssize_t simple_write_to_buffer(void *to, size_t available, loff_t *ppos,
					     const void __user *from, size_t count)
{
	return kshim_simple_write(to, available, ppos, from, count);
}

#endif /* _KSHIM_LINUX_FS_H */
