// SPDX-License-Identifier: GPL-2.0-only
/*
 * threads: a thread for each way to end, and what whoever joins it is told.
 */
#include <stdio.h>
#include <linux/completion.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <kdefer/kdefer.h>

DEFINE_KDEFER(say, const char *, printf("  deferred by the one that %s\n", _T))

static DECLARE_COMPLETION(started);

static KDEFER_DEFINE(int, returns, void *, unused)
{
	kdefer(say, (void *)"returns");
	complete(&started);
	return 3;
}

static KDEFER_DEFINE(int, panics, void *, unused)
{
	kdefer(say, (void *)"panics");
	complete(&started);
	kpanic(-EIO);
}

static KDEFER_DEFINE(int, exits, void *, unused)
{
	kdefer(say, (void *)"exits");
	complete(&started);
	kgoexit(7);
}

static int join(int (*fn)(void *))
{
	static const char * const how[] = {
		[KDEFER_RETURNED] = "returned",
		[KDEFER_GOEXITED] = "called kgoexit()",
		[KDEFER_PANICKED] = "panicked",
	};
	struct task_struct *t = kdefer_kthread_run(fn, NULL, "worker");
	struct kdefer_outcome out;

	if (IS_ERR(t))
		return PTR_ERR(t);
	/* A thread that is stopped before it ran never runs. */
	wait_for_completion(&started);
	kdefer_kthread_stop(t, &out);
	printf("it %s: %ld\n", how[out.how], out.result);
	return 0;
}

int main(void)
{
	return join(returns) || join(panics) || join(exits);
}
