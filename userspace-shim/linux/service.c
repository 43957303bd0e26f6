// SPDX-License-Identifier: GPL-2.0-only
/* Threads of the shim's own, started when something needs them and ended with the program. */

#include <stdlib.h>
#include "kshim-impl.h"

static pthread_mutex_t services_lock = PTHREAD_MUTEX_INITIALIZER;
static struct kshim_service *services;

static void end_services(void)
{
	for (struct kshim_service *s = services; s; s = s->next) {
		s->end();
		pthread_join(s->thread, NULL);
	}
}

static void *service_main(void *data)
{
	struct kshim_service *s = data;

	pthread_setname_np(pthread_self(), s->name);
	s->run();
	return NULL;
}

static void start(struct kshim_service *s)
{
	if (pthread_create(&s->thread, NULL, service_main, s))
		panic("shim: there is no thread for %s\n", s->name);
	if (!services && atexit(end_services))
		panic("shim: atexit() failed\n");
	s->next = services;
	services = s;
	s->started = true;
}

/* Unlike kthread_create() this does not sleep. */
void kshim_service_start(struct kshim_service *s)
{
	pthread_mutex_lock(&services_lock);
	if (!s->started)
		start(s);
	pthread_mutex_unlock(&services_lock);
}
