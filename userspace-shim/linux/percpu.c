// SPDX-License-Identifier: GPL-2.0-only
/* The one CPU that there is. A thread may take it again before it has given it back. */

#include <pthread.h>
#include <linux/percpu.h>

static pthread_mutex_t cpu = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;

void kshim_cpu_get(void)
{
	preempt_disable();
	pthread_mutex_lock(&cpu);
}

void kshim_cpu_put(void)
{
	pthread_mutex_unlock(&cpu);
	preempt_enable();
}
