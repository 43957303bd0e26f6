/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KSHIM_LINUX_SEMAPHORE_H
#define _KSHIM_LINUX_SEMAPHORE_H

#include <linux/atomic.h>
#include <linux/errno.h>
#include <linux/wait.h>

/* Whoever takes one and whoever gives it back need not be the same thread. */
struct semaphore {
	atomic_t count;
	wait_queue_head_t wait;
};

static inline void sema_init(struct semaphore *sem, int val)
{
	atomic_set(&sem->count, val);
	init_waitqueue_head(&sem->wait);
}

/* As in the kernel, 0 says that it was taken. */
static inline int down_trylock(struct semaphore *sem)
{
	return atomic_dec_if_positive(&sem->count) < 0;
}

static inline void down(struct semaphore *sem)
{
	might_sleep();
	wait_event(sem->wait, !down_trylock(sem));
}

static inline int down_interruptible(struct semaphore *sem)
{
	might_sleep();
	return wait_event_interruptible(sem->wait, !down_trylock(sem)) ? -EINTR : 0;
}

static inline int down_killable(struct semaphore *sem)
{
	might_sleep();
	return wait_event_killable(sem->wait, !down_trylock(sem)) ? -EINTR : 0;
}

static inline int down_timeout(struct semaphore *sem, long timeout)
{
	might_sleep();
	return wait_event_timeout(sem->wait, !down_trylock(sem), timeout) ? 0 : -ETIME;
}

static inline void up(struct semaphore *sem)
{
	atomic_inc(&sem->count);
	smp_mb();
	wake_up(&sem->wait);
}

#endif /* _KSHIM_LINUX_SEMAPHORE_H */
