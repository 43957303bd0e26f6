/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KSHIM_LINUX_RWSEM_H
#define _KSHIM_LINUX_RWSEM_H

#include <linux/cleanup.h>
#include <linux/lockdep.h>
#include <linux/sched.h>
#include <linux/types.h>

/* All zero is an unlocked one. A writer that waits keeps new readers out. */
struct rw_semaphore {
	pthread_mutex_t raw;
	pthread_cond_t changed;
	unsigned int readers;
	unsigned int waiting_writers;
	struct task_struct *owner;
};

#define __RWSEM_INITIALIZER(name) { .owner = NULL }
#define DECLARE_RWSEM(name) struct rw_semaphore name = __RWSEM_INITIALIZER(name)

void kshim_rwsem_init(struct rw_semaphore *sem);
int kshim_down_read(struct rw_semaphore *sem, unsigned int state);
int kshim_down_read_trylock(struct rw_semaphore *sem);
void kshim_up_read(struct rw_semaphore *sem);
int kshim_down_write(struct rw_semaphore *sem, unsigned int state);
int kshim_down_write_trylock(struct rw_semaphore *sem);
void kshim_up_write(struct rw_semaphore *sem);
void kshim_downgrade_write(struct rw_semaphore *sem);
bool kshim_rwsem_is_locked(struct rw_semaphore *sem);

#define init_rwsem(sem) kshim_rwsem_init(sem)
#define down_read_nested(sem, subclass) down_read(sem)
#define down_write_nested(sem, subclass) down_write(sem)

static __always_inline void down_read(struct rw_semaphore *sem)
{
	kshim_down_read(sem, TASK_UNINTERRUPTIBLE);
}

static __always_inline int __must_check down_read_interruptible(struct rw_semaphore *sem)
{
	return kshim_down_read(sem, TASK_INTERRUPTIBLE);
}

static __always_inline int __must_check down_read_killable(struct rw_semaphore *sem)
{
	return kshim_down_read(sem, TASK_KILLABLE);
}

static __always_inline int down_read_trylock(struct rw_semaphore *sem)
{
	return kshim_down_read_trylock(sem);
}

static __always_inline void up_read(struct rw_semaphore *sem)
{
	kshim_up_read(sem);
}

static __always_inline void down_write(struct rw_semaphore *sem)
{
	kshim_down_write(sem, TASK_UNINTERRUPTIBLE);
}

static __always_inline int __must_check down_write_killable(struct rw_semaphore *sem)
{
	return kshim_down_write(sem, TASK_KILLABLE);
}

static __always_inline int down_write_trylock(struct rw_semaphore *sem)
{
	return kshim_down_write_trylock(sem);
}

static __always_inline void up_write(struct rw_semaphore *sem)
{
	kshim_up_write(sem);
}

static __always_inline void downgrade_write(struct rw_semaphore *sem)
{
	kshim_downgrade_write(sem);
}

static __always_inline int rwsem_is_locked(struct rw_semaphore *sem)
{
	return kshim_rwsem_is_locked(sem);
}

DEFINE_GUARD(rwsem_read, struct rw_semaphore *, down_read(_T), up_read(_T))
DEFINE_GUARD(rwsem_write, struct rw_semaphore *, down_write(_T), up_write(_T))

#endif /* _KSHIM_LINUX_RWSEM_H */
