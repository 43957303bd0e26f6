// SPDX-License-Identifier: GPL-2.0-only
/* SRCU: readers may sleep, and only the writers of the same srcu_struct wait for them. */

#include "kshim-impl.h"

#include <linux/bottom_half.h>
#include <linux/bug.h>
#include <linux/srcu.h>

void kshim_srcu_init(struct srcu_struct *ssp)
{
	*ssp = (struct srcu_struct)__SRCU_STRUCT_INIT(*ssp);
	mutex_init(&ssp->waiters);
}

int kshim_srcu_read_lock(struct srcu_struct *ssp)
{
	int side;

	pthread_mutex_lock(&ssp->raw);
	side = ssp->side;
	ssp->readers[side]++;
	pthread_mutex_unlock(&ssp->raw);
	kshim_note_held(ssp, __builtin_return_address(0));
	return side;
}

void kshim_srcu_read_unlock(struct srcu_struct *ssp, int idx)
{
	pthread_mutex_lock(&ssp->raw);
	if (WARN_ON((idx & ~1) || !ssp->readers[idx & 1])) {
		pthread_mutex_unlock(&ssp->raw);
		return;
	}
	if (!--ssp->readers[idx])
		pthread_cond_broadcast(&ssp->left);
	pthread_mutex_unlock(&ssp->raw);
	kshim_note_released(ssp);
}

int kshim_srcu_read_lock_held(const struct srcu_struct *ssp)
{
	return kshim_is_held(ssp);
}

static bool has_readers(struct srcu_struct *ssp)
{
	bool has;

	pthread_mutex_lock(&ssp->raw);
	has = ssp->readers[0] || ssp->readers[1];
	pthread_mutex_unlock(&ssp->raw);
	return has;
}

/* The side that new readers are sent to is empty: who waited before has waited for it. */
void kshim_synchronize_srcu(struct srcu_struct *ssp)
{
	int side;

	might_sleep();
	if (kshim_is_held(ssp))
		panic("synchronize_srcu: called inside srcu_read_lock(): it would wait for itself\n");
	mutex_lock(&ssp->waiters);
	pthread_mutex_lock(&ssp->raw);
	side = ssp->side;
	ssp->side = !side;
	while (ssp->readers[side])
		pthread_cond_wait(&ssp->left, &ssp->raw);
	pthread_mutex_unlock(&ssp->raw);
	mutex_unlock(&ssp->waiters);
}

void kshim_call_srcu(struct srcu_struct *ssp, struct rcu_head *head, rcu_callback_t func)
{
	head->next = NULL;
	head->func = func;
	pthread_mutex_lock(&ssp->raw);
	if (!ssp->callbacks)
		ssp->tail = &ssp->callbacks;
	*ssp->tail = head;
	ssp->tail = &head->next;
	pthread_mutex_unlock(&ssp->raw);
	kshim_queue_work(kshim_system_wq, &ssp->work);
}

void kshim_srcu_work(struct work_struct *work)
{
	struct srcu_struct *ssp = container_of(work, struct srcu_struct, work);
	struct rcu_head *head, *next;

	pthread_mutex_lock(&ssp->raw);
	head = ssp->callbacks;
	ssp->callbacks = NULL;
	pthread_mutex_unlock(&ssp->raw);
	kshim_synchronize_srcu(ssp);
	for (; head; head = next) {
		next = head->next;
		local_bh_disable();
		head->func(head);
		local_bh_enable();
	}
}

/* As in the kernel, what is still in use is left as it is, with a warning. */
void kshim_srcu_cleanup(struct srcu_struct *ssp)
{
	if (WARN_ON(has_readers(ssp)))
		return;
	kshim_flush_work(&ssp->work);
	mutex_destroy(&ssp->waiters);
	pthread_cond_destroy(&ssp->left);
	pthread_mutex_destroy(&ssp->raw);
}
