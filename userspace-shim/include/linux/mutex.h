/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KSHIM_LINUX_MUTEX_H
#define _KSHIM_LINUX_MUTEX_H

#include <linux/cleanup.h>
#include <linux/compiler.h>
#include <linux/lockdep.h>
#include <linux/types.h>

struct mutex {
	pthread_mutex_t raw;
	struct task_struct *owner;
};

#define __MUTEX_INITIALIZER(lockname) { .owner = NULL }
#define DEFINE_MUTEX(mutexname) struct mutex mutexname = __MUTEX_INITIALIZER(mutexname)

void kshim_mutex_init(struct mutex *lock);
void kshim_mutex_destroy(struct mutex *lock);
void kshim_mutex_lock(struct mutex *lock);
int kshim_mutex_lock_state(struct mutex *lock, unsigned int state);
int kshim_mutex_trylock(struct mutex *lock);
void kshim_mutex_unlock(struct mutex *lock);

#define mutex_init(mutex) kshim_mutex_init(mutex)
#define mutex_lock_nested(lock, subclass) mutex_lock(lock)

static __always_inline void mutex_destroy(struct mutex *lock)
{
	kshim_mutex_destroy(lock);
}

static __always_inline void mutex_lock(struct mutex *lock)
{
	kshim_mutex_lock(lock);
}

static __always_inline int __must_check mutex_lock_interruptible(struct mutex *lock)
{
	return kshim_mutex_lock_state(lock, TASK_INTERRUPTIBLE);
}

static __always_inline int __must_check mutex_lock_killable(struct mutex *lock)
{
	return kshim_mutex_lock_state(lock, TASK_KILLABLE);
}

static __always_inline int mutex_trylock(struct mutex *lock)
{
	return kshim_mutex_trylock(lock);
}

static __always_inline void mutex_unlock(struct mutex *lock)
{
	kshim_mutex_unlock(lock);
}

static __always_inline bool mutex_is_locked(struct mutex *lock)
{
	return kshim_lock_owner(lock) != NULL;
}

DEFINE_GUARD(mutex, struct mutex *, mutex_lock(_T), mutex_unlock(_T))
DEFINE_FREE(mutex, struct mutex *, if (_T) mutex_unlock(_T))

#endif /* _KSHIM_LINUX_MUTEX_H */
