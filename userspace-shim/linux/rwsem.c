// SPDX-License-Identifier: GPL-2.0-only
/* Semaphores for readers and writers, and the locks of the same kind that spin. */

#include <time.h>
#include "kshim-impl.h"

#include <linux/rwlock.h>
#include <linux/rwsem.h>
#include <linux/time64.h>

/* How often a waiter that a signal may end looks for one. */
#define SIGNAL_POLL_NS (5 * NSEC_PER_MSEC)

void kshim_rwsem_init(struct rw_semaphore *sem)
{
	*sem = (struct rw_semaphore)__RWSEM_INITIALIZER(*sem);
	pthread_mutex_init(&sem->raw, NULL);
	pthread_cond_init(&sem->changed, NULL);
}

static bool readable(const struct rw_semaphore *sem)
{
	return !sem->owner && !sem->waiting_writers;
}

static bool writable(const struct rw_semaphore *sem)
{
	return !sem->owner && !sem->readers;
}

static void wait_a_little(struct rw_semaphore *sem)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += SIGNAL_POLL_NS;
	if (until.tv_nsec >= NSEC_PER_SEC) {
		until.tv_nsec -= NSEC_PER_SEC;
		until.tv_sec++;
	}
	pthread_cond_timedwait(&sem->changed, &sem->raw, &until);
}

static int wait_until(struct rw_semaphore *sem, bool (*ready)(const struct rw_semaphore *sem),
		      unsigned int state)
{
	while (!ready(sem)) {
		if (signal_pending_state(state, current))
			return -EINTR;
		if (state & (TASK_INTERRUPTIBLE | TASK_WAKEKILL))
			wait_a_little(sem);
		else
			pthread_cond_wait(&sem->changed, &sem->raw);
	}
	return 0;
}

static void check_not_held(struct rw_semaphore *sem, const char *call)
{
	if (likely(sem->owner != current))
		return;
	printk(KERN_EMERG "%s(%pS): %s/%d already holds it for writing: deadlock\n", call, sem,
	       current->comm, current->pid);
	BUG();
}

int kshim_down_read(struct rw_semaphore *sem, unsigned int state)
{
	int ret;

	might_sleep();
	pthread_mutex_lock(&sem->raw);
	check_not_held(sem, "down_read");
	ret = wait_until(sem, readable, state);
	if (!ret)
		sem->readers++;
	pthread_mutex_unlock(&sem->raw);
	if (!ret)
		kshim_note_held(sem, __builtin_return_address(0));
	return ret;
}

int kshim_down_read_trylock(struct rw_semaphore *sem)
{
	bool got;

	pthread_mutex_lock(&sem->raw);
	got = readable(sem);
	sem->readers += got;
	pthread_mutex_unlock(&sem->raw);
	if (got)
		kshim_note_held(sem, __builtin_return_address(0));
	return got;
}

void kshim_up_read(struct rw_semaphore *sem)
{
	pthread_mutex_lock(&sem->raw);
	if (WARN(!sem->readers, "up_read(%pS): no reader holds it\n", sem)) {
		pthread_mutex_unlock(&sem->raw);
		return;
	}
	sem->readers--;
	pthread_cond_broadcast(&sem->changed);
	pthread_mutex_unlock(&sem->raw);
	kshim_note_released(sem);
}

int kshim_down_write(struct rw_semaphore *sem, unsigned int state)
{
	int ret;

	might_sleep();
	pthread_mutex_lock(&sem->raw);
	check_not_held(sem, "down_write");
	sem->waiting_writers++;
	ret = wait_until(sem, writable, state);
	sem->waiting_writers--;
	if (!ret)
		sem->owner = current;
	else
		pthread_cond_broadcast(&sem->changed);
	pthread_mutex_unlock(&sem->raw);
	if (!ret)
		kshim_note_held(sem, __builtin_return_address(0));
	return ret;
}

int kshim_down_write_trylock(struct rw_semaphore *sem)
{
	bool got;

	pthread_mutex_lock(&sem->raw);
	got = writable(sem);
	if (got)
		sem->owner = current;
	pthread_mutex_unlock(&sem->raw);
	if (got)
		kshim_note_held(sem, __builtin_return_address(0));
	return got;
}

static void end_write(struct rw_semaphore *sem, unsigned int readers, const char *call)
{
	pthread_mutex_lock(&sem->raw);
	if (sem->owner != current) {
		printk(KERN_EMERG "%s(%pS): %s/%d does not hold it for writing\n", call, sem,
		       current->comm, current->pid);
		BUG();
	}
	sem->owner = NULL;
	sem->readers = readers;
	pthread_cond_broadcast(&sem->changed);
	pthread_mutex_unlock(&sem->raw);
}

void kshim_up_write(struct rw_semaphore *sem)
{
	end_write(sem, 0, "up_write");
	kshim_note_released(sem);
}

void kshim_downgrade_write(struct rw_semaphore *sem)
{
	end_write(sem, 1, "downgrade_write");
}

bool kshim_rwsem_is_locked(struct rw_semaphore *sem)
{
	bool locked;

	pthread_mutex_lock(&sem->raw);
	locked = sem->owner || sem->readers;
	pthread_mutex_unlock(&sem->raw);
	return locked;
}

void kshim_rwlock_init(rwlock_t *lock)
{
	pthread_rwlock_init(&lock->raw, NULL);
}

void kshim_rwlock_lock(rwlock_t *lock, bool write, unsigned int offset)
{
	int err;

	kshim_preempt_add(offset);
	err = write ? pthread_rwlock_wrlock(&lock->raw) : pthread_rwlock_rdlock(&lock->raw);
	if (err) {
		printk(KERN_EMERG "%s_lock(%pS): %s/%d already holds it: deadlock\n",
		       write ? "write" : "read", lock, current->comm, current->pid);
		BUG();
	}
	kshim_note_held(lock, __builtin_return_address(0));
}

int kshim_rwlock_trylock(rwlock_t *lock, bool write, unsigned int offset)
{
	kshim_preempt_add(offset);
	if (write ? !pthread_rwlock_trywrlock(&lock->raw) : !pthread_rwlock_tryrdlock(&lock->raw)) {
		kshim_note_held(lock, __builtin_return_address(0));
		return 1;
	}
	kshim_preempt_sub(offset);
	return 0;
}

void kshim_rwlock_unlock(rwlock_t *lock, unsigned int offset)
{
	kshim_note_released(lock);
	pthread_rwlock_unlock(&lock->raw);
	kshim_preempt_sub(offset);
}
