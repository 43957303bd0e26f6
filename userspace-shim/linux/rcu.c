// SPDX-License-Identifier: GPL-2.0-only
/* RCU's guarantee, without its speed: who waits for readers is a writer that keeps them out. */

#include "kshim-impl.h"

#include <kdefer-shim.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

/*
 * Only the outermost section takes the lock, so a waiting writer may go before new readers, and
 * readers that follow one another without a gap cannot hold it up.
 */
static pthread_rwlock_t readers = PTHREAD_RWLOCK_WRITER_NONRECURSIVE_INITIALIZER_NP;

void kshim_rcu_read_lock(void)
{
	if (!kshim_rcu_depth++)
		pthread_rwlock_rdlock(&readers);
}

void kshim_rcu_read_unlock(void)
{
	BUG_ON(!kshim_rcu_depth);
	if (!--kshim_rcu_depth)
		pthread_rwlock_unlock(&readers);
}

void kshim_synchronize_rcu(void)
{
	might_sleep();
	if (kshim_rcu_depth)
		panic("synchronize_rcu: called inside rcu_read_lock(): it would wait for itself\n");
	pthread_rwlock_wrlock(&readers);
	pthread_rwlock_unlock(&readers);
}

/* Callbacks wait in a list for the next grace period, which one thread waits for. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static struct rcu_head *waiting, **waiting_tail = &waiting;
static unsigned long nr_queued, nr_called;
static bool ended;

/* What kfree_rcu() has queued has no function but an offset into what is to be freed. */
static void call(struct rcu_head *head)
{
	unsigned long offset = (unsigned long)head->func;

	if (offset < PAGE_SIZE) {
		kfree((char *)head - offset);
		return;
	}
	shim_softirq_enter();
	head->func(head);
	shim_softirq_exit();
}

static unsigned long call_all(struct rcu_head *head)
{
	struct rcu_head *next;
	unsigned long n = 0;

	for (; head; head = next, n++) {
		next = head->next;
		call(head);
	}
	return n;
}

static void run_callbacks(void)
{
	pthread_mutex_lock(&lock);
	while (waiting || !ended) {
		struct rcu_head *head = waiting;
		unsigned long n;

		if (!head) {
			pthread_cond_wait(&changed, &lock);
			continue;
		}
		waiting = NULL;
		waiting_tail = &waiting;
		pthread_mutex_unlock(&lock);
		synchronize_rcu();
		n = call_all(head);
		pthread_mutex_lock(&lock);
		nr_called += n;
		pthread_cond_broadcast(&changed);
	}
	pthread_mutex_unlock(&lock);
}

static void end_callbacks(void)
{
	pthread_mutex_lock(&lock);
	ended = true;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
}

static struct kshim_service service = {
	.name = "rcu", .run = run_callbacks, .end = end_callbacks,
};

void kshim_call_rcu(struct rcu_head *head, rcu_callback_t func)
{
	kshim_service_start(&service);
	head->next = NULL;
	head->func = func;
	pthread_mutex_lock(&lock);
	*waiting_tail = head;
	waiting_tail = &head->next;
	nr_queued++;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
}

void kshim_kfree_rcu(struct rcu_head *head, size_t offset)
{
	kshim_call_rcu(head, (rcu_callback_t)offset);
}

void kshim_rcu_barrier(void)
{
	unsigned long target;

	might_sleep();
	pthread_mutex_lock(&lock);
	for (target = nr_queued; (long)(nr_called - target) < 0;)
		pthread_cond_wait(&changed, &lock);
	pthread_mutex_unlock(&lock);
}
