// SPDX-License-Identifier: GPL-2.0-only
/* Mutexes and spinlocks over pthread mutexes, which race detectors know. */

#include <errno.h>
#include <time.h>
#include "kshim-impl.h"

#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/spinlock.h>
#include <linux/time64.h>

/* How often a waiter that a signal may end looks for one. */
#define SIGNAL_POLL_NS (5 * NSEC_PER_MSEC)

/* Those beyond are counted only. */
#define HELD_MAX 16U

struct held {
	const void *lock;
	unsigned long taken_at;
};

static kshim_tls struct held held[HELD_MAX];

void kshim_show_locks(unsigned int from)
{
	for (unsigned int i = from; i < min(kshim_locks_held, HELD_MAX); i++)
		printk(KERN_WARNING "%s/%d holds %pS, taken at %pB\n", current->comm, current->pid,
		       held[i].lock, (void *)held[i].taken_at);
}

void kshim_note_held(const void *lock, void *taken_at)
{
	if (kshim_locks_held < HELD_MAX)
		held[kshim_locks_held] = (struct held){ lock, (unsigned long)taken_at };
	kshim_context.locks++;
}

/* Locks need not be released in the reverse of the order in which they were taken. */
void kshim_note_released(const void *lock)
{
	unsigned int i = min(kshim_locks_held, HELD_MAX);

	while (i && held[i - 1].lock != lock)
		i--;
	for (; i && i < min(kshim_locks_held, HELD_MAX); i++)
		held[i - 1] = held[i];
	kshim_context.locks--;
}

bool kshim_is_held(const void *lock)
{
	unsigned int i = min(kshim_locks_held, HELD_MAX);

	while (i && held[i - 1].lock != lock)
		i--;
	return i;
}

static void set_owner(struct task_struct **owner, struct task_struct *t)
{
	__atomic_store_n(owner, t, __ATOMIC_RELAXED);
}

static void acquired(struct task_struct **owner, const void *lock, void *taken_at)
{
	set_owner(owner, current);
	kshim_note_held(lock, taken_at);
}

static void released(struct task_struct **owner, const void *lock)
{
	set_owner(owner, NULL);
	kshim_note_released(lock);
}

/* What a thread still holds at its end stays held: whoever wants it next waits for ever. */
void kshim_check_nothing_held(void)
{
	if (unlikely(kshim_locks_held)) {
		printk(KERN_ERR "BUG: %s/%d has ended with %u lock(s) held\n", current->comm,
		       current->pid, kshim_locks_held);
		kshim_show_locks(0);
	}
	if (likely(!rcu_preempt_depth()))
		return;
	printk(KERN_ERR "BUG: %s/%d has ended inside rcu_read_lock()\n", current->comm,
	       current->pid);
	while (rcu_preempt_depth())
		rcu_read_unlock();
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
	acquired(&lock->owner, lock, __builtin_return_address(0));
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
	acquired(&lock->owner, lock, __builtin_return_address(0));
	return 0;
}

int kshim_mutex_trylock(struct mutex *lock)
{
	if (pthread_mutex_trylock(&lock->raw))
		return 0;
	acquired(&lock->owner, lock, __builtin_return_address(0));
	return 1;
}

void kshim_mutex_unlock(struct mutex *lock)
{
	check_held(&lock->owner, "mutex_unlock", lock);
	released(&lock->owner, lock);
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
	acquired(&lock->owner, lock, __builtin_return_address(0));
}

int kshim_spin_trylock(spinlock_t *lock, unsigned int offset)
{
	kshim_preempt_add(offset);
	if (!pthread_mutex_trylock(&lock->raw)) {
		acquired(&lock->owner, lock, __builtin_return_address(0));
		return 1;
	}
	kshim_preempt_sub(offset);
	return 0;
}

void kshim_spin_unlock(spinlock_t *lock, unsigned int offset)
{
	check_held(&lock->owner, "spin_unlock", lock);
	released(&lock->owner, lock);
	pthread_mutex_unlock(&lock->raw);
	kshim_preempt_sub(offset);
}
