// SPDX-License-Identifier: GPL-2.0-only
/*
 * Linked into what coverage.sh runs: a throw ends a process by abort(), and what gcov has counted
 * until then would be lost.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <signal.h>
#include <stddef.h>

void __gcov_dump(void);

static void dump(int signal)
{
	(void)signal;
	__gcov_dump();
}

/* A throw may be about a stack almost used up. Only a thread's creator can give it another. */
static void __attribute__((constructor)) dump_at_abort(void)
{
	struct sigaction action = { .sa_handler = dump, .sa_flags = SA_RESETHAND };

	sigaction(SIGABRT, &action, NULL);
}
