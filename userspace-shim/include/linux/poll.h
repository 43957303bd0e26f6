/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KSHIM_LINUX_POLL_H
#define _KSHIM_LINUX_POLL_H

#include <sys/epoll.h>
#include <linux/fs.h>
#include <linux/types.h>
#include <linux/wait.h>

#define DEFAULT_POLLMASK (EPOLLIN | EPOLLOUT | EPOLLRDNORM | EPOLLWRNORM)

/* What poll() of a file calls for each queue that it would have to wait in. */
typedef void (*poll_queue_proc)(struct file *file, wait_queue_head_t *queue,
				struct poll_table_struct *table);

typedef struct poll_table_struct {
	poll_queue_proc _qproc;
	__poll_t _key;
} poll_table;

static inline void init_poll_funcptr(poll_table *table, poll_queue_proc fn)
{
	table->_qproc = fn;
	table->_key = ~(__poll_t)0;
}

static inline void poll_wait(struct file *file, wait_queue_head_t *queue, poll_table *table)
{
	if (table && table->_qproc && queue)
		table->_qproc(file, queue, table);
}

static inline bool file_can_poll(struct file *file)
{
	return file->f_op->poll;
}

static inline __poll_t vfs_poll(struct file *file, poll_table *table)
{
	return file_can_poll(file) ? file->f_op->poll(file, table) : DEFAULT_POLLMASK;
}

#endif /* _KSHIM_LINUX_POLL_H */
