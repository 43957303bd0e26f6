// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reports and policies: what becomes of a thread whose panic nobody recovered.
 */
#include <linux/bug.h>
#include <linux/irqflags.h>
#include <linux/jiffies.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/panic.h>
#include <linux/preempt.h>
#include <linux/processor.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "host.h"

static const char * const kdefer_policies[] = {
	[KDEFER_UNCAUGHT_EXIT] = "exit",
	[KDEFER_UNCAUGHT_OOPS] = "oops",
	[KDEFER_UNCAUGHT_PANIC] = "panic",
};

static int kdefer_uncaught_policy;

static int kdefer_policy_set(const char *val, const struct kernel_param *kp)
{
	int policy = sysfs_match_string(kdefer_policies, val);

	if (policy < 0) {
		/* What is written to sysfs ends with a newline. */
		pr_err("kdefer: uncaught=%.*s: use exit, oops or panic\n",
		       (int)strcspn(val, "\n"), val);
		return policy;
	}
	WRITE_ONCE(kdefer_uncaught_policy, policy);
	return 0;
}

static int kdefer_policy_get(char *buf, const struct kernel_param *kp)
{
	return sysfs_emit(buf, "%s\n", kdefer_policies[READ_ONCE(kdefer_uncaught_policy)]);
}

static const struct kernel_param_ops kdefer_policy_ops = {
	.set = kdefer_policy_set,
	.get = kdefer_policy_get,
};

module_param_cb(uncaught, &kdefer_policy_ops, NULL, 0644);
MODULE_PARM_DESC(uncaught, "after an uncaught panic: exit (the kthread ends), oops, or panic");

enum kdefer_uncaught_policy kdefer_host_uncaught_policy(void)
{
	return READ_ONCE(kdefer_uncaught_policy);
}

/* How long a thread that cannot sleep waits for the report of another one. */
#define KDEFER_REPORT_PATIENCE	HZ

static DEFINE_MUTEX(kdefer_report_mutex);
static struct task_struct *kdefer_reporter;

/*
 * Without sleeping, as threads that oops at once wait for each other. Who prints does not sleep
 * either, but a console may be slow.
 */
static bool kdefer_spin_for_report(void)
{
	unsigned long until = jiffies + KDEFER_REPORT_PATIENCE;

	while (!mutex_trylock(&kdefer_report_mutex)) {
		if (time_after(jiffies, until))
			return false;
		cpu_relax();
	}
	return true;
}

static bool kdefer_wait_for_report(void)
{
	/* There nobody can tell whether a thread may sleep. */
	if (!IS_ENABLED(CONFIG_PREEMPT_COUNT))
		return in_task() && !irqs_disabled() && kdefer_spin_for_report();
	if (!preemptible() || READ_ONCE(current->__state) != TASK_RUNNING)
		return false;
	mutex_lock(&kdefer_report_mutex);
	return true;
}

/*
 * Keeps the lines of two reports apart. Where the thread must not sleep it does not wait for the
 * mutex, nor where it would not be woken: lines may mix then, which is better than no lines.
 */
void kdefer_host_report_begin(void)
{
	if (READ_ONCE(kdefer_reporter) != current && kdefer_wait_for_report())
		WRITE_ONCE(kdefer_reporter, current);
}

void kdefer_host_report_end(void)
{
	if (READ_ONCE(kdefer_reporter) != current)
		return;
	WRITE_ONCE(kdefer_reporter, NULL);
	mutex_unlock(&kdefer_report_mutex);
}

/* The kernel's own rule for "this thread cannot go on". */
void kdefer_host_oops(void)
{
	BUG();
}

void kdefer_host_panic(const char *why)
{
	panic("%s", why);
}
