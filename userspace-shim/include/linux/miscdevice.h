/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KSHIM_LINUX_MISCDEVICE_H
#define _KSHIM_LINUX_MISCDEVICE_H

#include <linux/fs.h>
#include <linux/list.h>
#include <linux/types.h>

/**
 * DOC: misc devices in the shim
 *
 * misc_register() listens on the Unix stream socket $KDEFER_SHIM_DEV/<name>, by default
 * ./dev/<name>; the folder is made when it is missing. A connection is an open file, served by a
 * thread of its own, which is no kthread:
 *
 * 1. open() is called, with private_data pointing to the struct miscdevice. When it fails, the
 *    connection is closed.
 * 2. Whatever arrives, at most 64 KiB at a time, becomes write() calls: what a short write leaves
 *    is written again. A line can be cut in two, as with any stream.
 * 3. After each of these chunks read() is called with room for 64 KiB, and what it returns is
 *    sent, until it returns 0 or -EAGAIN.
 * 4. When the peer has shut down its sending half, read() is called once more in the same way, so
 *    that a client which sends nothing still reads the device.
 * 5. flush() and release() are called, and the connection is closed.
 *
 * write() and read() share f_pos, as on one file descriptor. f_flags is O_RDWR, with O_NONBLOCK
 * when $KDEFER_SHIM_DEV_NONBLOCK is set. An error from write(), or one other than -EAGAIN from
 * read(), is logged and ends the connection, as it would end `cat file > /dev/name`. A
 * missing read() returns nothing, a missing write() is the error -EINVAL.
 *
 * misc_deregister() stops listening, signals the threads of open connections (an interruptible
 * wait in the driver ends with -ERESTARTSYS), waits until they have called release(), and removes
 * the socket.
 */
#define MISC_MAJOR 10
#define MISC_DYNAMIC_MINOR 255

struct kshim_misc;

struct miscdevice {
	int minor;
	const char *name;
	const struct file_operations *fops;
	struct list_head list;
	const char *nodename;
	umode_t mode;
	struct kshim_misc *kshim;
};

int kshim_misc_register(struct miscdevice *misc);
void kshim_misc_deregister(struct miscdevice *misc);

static inline int misc_register(struct miscdevice *misc)
{
	return kshim_misc_register(misc);
}

static inline void misc_deregister(struct miscdevice *misc)
{
	kshim_misc_deregister(misc);
}

#define module_misc_device(misc) \
static int __init __kshim_misc_init_##misc(void) \
{ \
	return misc_register(&(misc)); \
} \
module_init(__kshim_misc_init_##misc) \
static void __exit __kshim_misc_exit_##misc(void) \
{ \
	misc_deregister(&(misc)); \
} \
module_exit(__kshim_misc_exit_##misc)

#endif /* _KSHIM_LINUX_MISCDEVICE_H */
