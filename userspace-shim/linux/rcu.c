// SPDX-License-Identifier: GPL-2.0-only
/* RCU's guarantee, without its speed: who waits for readers is a writer that keeps them out. */

#include "kshim-impl.h"

#include <linux/rcupdate.h>

kshim_tls unsigned int kshim_rcu_depth;

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
