// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the tasks do: deferred calls that are counted, more than a task has room for, and panics.
 */
#include <linux/kernel.h>
#include <linux/sched.h>

#include "lifecycle.h"

#define MANY	60

struct lifecycle_counts counts;

void count_call(void *unused)
{
	atomic_long_inc(&counts.ran);
}

static void recover_call(void *unused, struct kdefer_panic *p)
{
	struct kdefer_value v;

	count_call(NULL);
	if (!krecover(p, &v))
		return;
	atomic_long_inc(&counts.recovered);
	if (v.err == -ENOMEM)
		atomic_long_inc(&counts.no_memory);
	else if (v.err != -EIO)
		wrong("recovered %d", v.err);
}

/* For failslab's task filter: only the task itself suffers, and only of what it allocates here. */
void fail_allocations(bool on)
{
#ifdef CONFIG_FAULT_INJECTION
	current->make_it_fail = on;
#endif
}

static KDEFER_DEFINE_VOID1(defer_and_raise, int, depth)
{
	defer_counted(count_call, NULL);
	if (!depth)
		kpanic(-EIO);
	defer_and_raise(depth - 1);
}

static KDEFER_DEFINE_VOID1(defer_many, bool, raise)
{
	int i;

	defer_counted(recover_call, NULL);
	for (i = 0; i < MANY; i++)
		defer_counted(count_call, NULL);
	if (raise)
		defer_and_raise(3);
}

void quiet_round(void)
{
	defer_many(false);
}

void panic_round(void)
{
	defer_many(true);
}

void panic_uncaught(void)
{
	defer_and_raise(3);
}

static long run_panic(void *unused)
{
	panic_uncaught();
	return 0;
}

static KDEFER_DEFINE_VOID0(defer_and_goexit)
{
	defer_counted(count_call, NULL);
	kgoexit(17);
}

static long run_goexit(void *unused)
{
	defer_and_goexit();
	return 0;
}

static long run_round(void *unused)
{
	panic_round();
	return 4;
}

/* There may be no memory to start it. */
static void expect_end(long (*fn)(void *), enum kdefer_how how, long result)
{
	struct kdefer_outcome out;

	kdefer_run(fn, NULL, &out);
	if (out.how == how && out.result == result)
		return;
	if (out.how == KDEFER_PANICKED && out.result == -ENOMEM)
		atomic_long_inc(&counts.no_memory);
	else
		wrong("kdefer_run() ended in way %d with %ld", out.how, out.result);
}

void run_rounds(void)
{
	expect_end(run_panic, KDEFER_PANICKED, -EIO);
	expect_end(run_goexit, KDEFER_GOEXITED, 17);
	expect_end(run_round, KDEFER_RETURNED, 4);
}

bool counts_add_up(void)
{
	return !atomic_long_read(&counts.wrong) &&
	       atomic_long_read(&counts.deferred) == atomic_long_read(&counts.ran);
}
