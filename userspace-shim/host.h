/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of the library itself share. */
#ifndef _KDEFER_SHIM_HOST_H
#define _KDEFER_SHIM_HOST_H

/*
 * The thread is about to end by a call of @function: says so if something deferred is lost by that.
 */
void kdefer_host_exits(const char *function);

/* The same for the pool: whoever waits for what the thread was running is told. */
void kdefer_pool_thread_exits(void);

struct task_struct;

/* The caller stops thread @t with kthread_stop(), if kdefer does not do so itself. */
void kdefer_kthread_is_stopped(struct task_struct *t);

/* How many threads of the pool have nothing to do. */
unsigned int kdefer_nr_idle_threads(void);

#endif /* _KDEFER_SHIM_HOST_H */
