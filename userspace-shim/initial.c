// SPDX-License-Identifier: GPL-2.0-only
/*
 * The initial thread of a process, which Go runs main() on (rule G12).
 */
#include <stdlib.h>
#include <time.h>

#include "../kmod/core/impl.h"
#include "host.h"
#include "linux/kshim-impl.h"

#include <kdefer-shim.h>

struct kdefer_initial {
	shim_main_fn fn;
	int argc;
	char **argv;
};

static long kdefer_initial_body(void *arg)
{
	struct kdefer_initial *initial = arg;

	return initial->fn(initial->argc, initial->argv);
}

/* Nobody is told when the last thread ends: this is looked at so seldom that asking will do. */
static void kdefer_await_others(void)
{
	const struct timespec pause = { .tv_nsec = 5000000 };

	while (kshim_nr_threads() > kdefer_nr_idle_threads() + 1)
		nanosleep(&pause, NULL);
}

int shim_run_main(shim_main_fn fn, int argc, char **argv)
{
	struct kdefer_initial initial = { .fn = fn, .argc = argc, .argv = argv };
	struct kdefer_outcome out;
	struct kdefer_barrier b = {
		.fn = kdefer_initial_body,
		.arg = &initial,
		.out = &out,
		.is_thread = true,
		.thread_fn = (unsigned long)fn,
	};

	/* So that this thread is one of those that are counted. */
	(void)current;
	kdefer_run_barrier(&b, NULL);
	if (b.how == KDEFER_RETURNED)
		return (int)b.result;
	if (b.how == KDEFER_PANICKED) {
		kdefer_value_release(&out.value);
		return 2;
	}
	kdefer_await_others();
	pr_emerg("fatal error: no threads (main called kgoexit) - deadlock!\n");
	exit(2);
}
