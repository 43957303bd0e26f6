// SPDX-License-Identifier: GPL-2.0-only
/* Mutexes and spinlocks over pthread mutexes, which race detectors know. */

#include <errno.h>
#include <time.h>
#include "kshim-impl.h"

#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/time64.h>

/* How often a waiter that a signal may end looks for one. */
#define SIGNAL_POLL_NS (5 * NSEC_PER_MSEC)

kshim_tls unsigned int kshim_locks_held;

static void set_owner(struct task_struct **owner, struct task_struct *t)
{
	__atomic_store_n(owner, t, __ATOMIC_RELAXED);
}

static void acquired(struct task_struct **owner)
{
	set_owner(owner, current);
	kshim_locks_held++;
}

static void released(struct task_struct **owner)
{
	set_owner(owner, NULL);
	kshim_locks_held--;
}

/* In the kernel each of these is a deadlock, or a corrupted lock. */
static void check_not_held(struct task_struct **owner, const char *call, void *lock)
{
	if (likely(__atomic_load_n(owner, __ATOMIC_RELAXED) != current))
		return;
	printk(KERN_EMERG "%s(%p): %s/%d already holds this lock: deadlock\n", call, lock,
	       current->comm, current->pid);
	BUG();
}

static void check_held(struct task_struct **owner, const char *call, void *lock)
{
	if (likely(__atomic_load_n(owner, __ATOMIC_RELAXED) == current))
		return;
	printk(KERN_EMERG "%s(%p): %s/%d does not hold this lock\n", call, lock, current->comm,
	       current->pid);
	BUG();
}

void kshim_mutex_init(struct mutex *lock)
{
	pthread_mutex_init(&lock->raw, NULL);
	set_owner(&lock->owner, NULL);
}

void kshim_mutex_destroy(struct mutex *lock)
{
	if (!WARN_ON(mutex_is_locked(lock)))
		pthread_mutex_destroy(&lock->raw);
}

void kshim_mutex_lock(struct mutex *lock)
{
	might_sleep();
	check_not_held(&lock->owner, "mutex_lock", lock);
	pthread_mutex_lock(&lock->raw);
	acquired(&lock->owner);
}

static int timed_lock(pthread_mutex_t *raw)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += SIGNAL_POLL_NS;
	if (until.tv_nsec >= NSEC_PER_SEC) {
		until.tv_nsec -= NSEC_PER_SEC;
		until.tv_sec++;
	}
	return pthread_mutex_timedlock(raw, &until);
}

int kshim_mutex_lock_state(struct mutex *lock, unsigned int state)
{
	might_sleep();
	check_not_held(&lock->owner, "mutex_lock", lock);
	if (pthread_mutex_trylock(&lock->raw)) {
		do {
			if (signal_pending_state(state, current))
				return -EINTR;
		} while (timed_lock(&lock->raw));
	}
	acquired(&lock->owner);
	return 0;
}

int kshim_mutex_trylock(struct mutex *lock)
{
	if (pthread_mutex_trylock(&lock->raw))
		return 0;
	acquired(&lock->owner);
	return 1;
}

void kshim_mutex_unlock(struct mutex *lock)
{
	check_held(&lock->owner, "mutex_unlock", lock);
	released(&lock->owner);
	pthread_mutex_unlock(&lock->raw);
}

void kshim_spin_lock_init(spinlock_t *lock)
{
	pthread_mutex_init(&lock->raw, NULL);
	set_owner(&lock->owner, NULL);
}

void kshim_spin_lock(spinlock_t *lock, unsigned int offset)
{
	kshim_preempt_add(offset);
	check_not_held(&lock->owner, "spin_lock", lock);
	pthread_mutex_lock(&lock->raw);
	acquired(&lock->owner);
}

int kshim_spin_trylock(spinlock_t *lock, unsigned int offset)
{
	kshim_preempt_add(offset);
	if (!pthread_mutex_trylock(&lock->raw)) {
		acquired(&lock->owner);
		return 1;
	}
	kshim_preempt_sub(offset);
	return 0;
}

void kshim_spin_unlock(spinlock_t *lock, unsigned int offset)
{
	check_held(&lock->owner, "spin_unlock", lock);
	released(&lock->owner);
	pthread_mutex_unlock(&lock->raw);
	kshim_preempt_sub(offset);
}
