// SPDX-License-Identifier: GPL-2.0-only
/*
 * Panics, recoveries and goexits through functions that are being traced. A script writes to the
 * parameters below, whose answer is an error if a return went wrong; why is in the kernel's log.
 * A module of its own, for guests of their own: where kdefer does not restore what a tracer counts
 * on, the kernel dies of it.
 */
#include <linux/completion.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/sched.h>

#include "tracer_test.h"

#define MAX_THREADS	16

static unsigned int threads = 4;
module_param(threads, uint, 0444);
MODULE_PARM_DESC(threads, "kthreads that panic at once, 16 at most");

/* What a tracer keeps of a task, and what must be the same after as before. */
struct tracer_state {
#ifdef CONFIG_FUNCTION_GRAPH_TRACER
	int ret_stack;
	int ret_depth;
#endif
#ifdef CONFIG_RETHOOK
	struct llist_node *rethook;
#endif
};

static struct tracer_state tracer_state(void)
{
	struct tracer_state s = {
#ifdef CONFIG_FUNCTION_GRAPH_TRACER
		.ret_stack = current->curr_ret_stack,
		.ret_depth = current->curr_ret_depth,
#endif
#ifdef CONFIG_RETHOOK
		.rethook = current->rethooks.first,
#endif
	};

	return s;
}

static int check_state(const char *name, const struct tracer_state *then)
{
	struct tracer_state now = tracer_state();

	if (!memcmp(&now, then, sizeof(now)))
		return 0;
	pr_err("kdefer_tracer_test: %s: skipped functions have left entries behind\n", name);
	return -EINVAL;
}

static int check_round(const struct tracee_kind *kind)
{
	struct tracee_call c = { .kind = kind };
	long got = tracee_round(&c);

	if (got == TRACEE_COMBINE(TRACEE_OUTER_1, 0) && !c.wrong)
		return 0;
	pr_err("kdefer_tracer_test: %s: returned %ld, %u wrong returns\n", kind->name, got,
	       c.wrong);
	return -EINVAL;
}

static noinline int check_kind(const struct tracee_kind *kind)
{
	struct tracer_state then = tracer_state();

	return check_round(kind) ?: check_state(kind->name, &then);
}

static int run_kinds(void)
{
	unsigned int k;
	int err;

	for (k = 0; k < tracee_nr_kinds; k++) {
		err = check_kind(&tracee_kinds[k]);
		if (err)
			return err;
	}
	/* Who unregisters probes waits for all tasks to have passed by here. */
	cond_resched_tasks_rcu_qs();
	return 0;
}

static int run_rounds(unsigned int rounds)
{
	int err = 0;

	while (!err && rounds--)
		err = run_kinds();
	return err;
}

static int run_until_stopped(void)
{
	int err = 0;

	while (!err && !kthread_should_stop())
		err = run_kinds();
	return err;
}

static int check_removed(void *unused)
{
	int err = check_kind(&tracee_removed_kind);

	while (!kthread_should_stop())
		schedule_timeout_interruptible(1);
	return err;
}

/* A thread that is stopped before it has started never runs. */
static DECLARE_COMPLETION(started);

/* Ends by a goexit out of traced functions. */
static int thread_main(void *rounds)
{
	struct tracee_call c = { .kind = &tracee_kinds[0] };
	int err;

	complete(&started);
	err = rounds ? run_rounds((unsigned long)rounds) : run_until_stopped();
	if (err)
		return err;
	tracee_skip_goexit(&c);
	/*
	 * objtool sees that the function never returns, which the compiler does not in another
	 * file.
	 */
	kdefer_arch_trap();
}

static int join(struct task_struct *t)
{
	struct kdefer_outcome out;

	kdefer_kthread_stop(t, &out);
	if (out.how == KDEFER_GOEXITED && out.result == TRACEE_CODE)
		return 0;
	pr_err("kdefer_tracer_test: a thread ended with %ld instead of its goexit's code\n",
	       out.result);
	return -EINVAL;
}

static unsigned int start_threads(struct task_struct **t, unsigned int rounds)
{
	unsigned int i, nr = min_t(unsigned int, threads, MAX_THREADS);

	for (i = 0; i < nr; i++) {
		t[i] = kdefer_kthread_run(thread_main, (void *)(unsigned long)rounds,
					  "tracee/%u", i);
		if (IS_ERR(t[i]))
			break;
		wait_for_completion(&started);
	}
	return i;
}

static int join_threads(struct task_struct **t, unsigned int nr)
{
	int err = nr ? 0 : -ENOMEM;

	while (nr--)
		err = join(t[nr]) ?: err;
	return err;
}

static bool probes_on;

/* The writing task takes part: kdefer did not start it. */
static int run(unsigned int rounds)
{
	struct task_struct *t[MAX_THREADS];
	unsigned int nr;
	int err;

	if (!rounds)
		return -EINVAL;
	probes_start();
	nr = start_threads(t, rounds);
	err = run_rounds(rounds);
	err = join_threads(t, nr) ?: err;
	err = probes_check_values() ?: err;
	if (!err && probes_on)
		err = probes_check_counts();
	return err;
}

/* Probes that come and go while functions with their nodes on are being skipped. */
static int churn(unsigned int times)
{
	struct task_struct *t[MAX_THREADS];
	unsigned int nr;
	int err = 0;

	if (probes_on)
		return -EBUSY;
	probes_start();
	nr = start_threads(t, 0);
	while (!err && times--) {
		err = probes_add();
		if (err)
			break;
		schedule_timeout_interruptible(2);
		probes_remove();
	}
	err = join_threads(t, nr) ?: err;
	return probes_check_values() ?: err;
}

/* The probes are gone when the functions that they were on are skipped. */
static int removed(unsigned int times)
{
	struct task_struct *t;
	int err = 0;

	if (probes_on)
		return -EBUSY;
	while (!err && times--) {
		err = probes_add();
		if (err)
			break;
		t = kthread_run(check_removed, NULL, "tracee/late");
		if (IS_ERR(t)) {
			probes_remove();
			return PTR_ERR(t);
		}
		wait_for_completion(&tracee_is_inside);
		probes_remove();
		complete(&tracee_may_panic);
		err = kthread_stop(t);
	}
	return err;
}

static int switch_probes(unsigned int on)
{
	int err = 0;

	if (on == probes_on)
		return 0;
	if (on)
		err = probes_add();
	else
		probes_remove();
	if (!err)
		probes_on = on;
	return err;
}

static int reject(unsigned int unused)
{
	return probes_reject();
}

static int action_set(const char *val, const struct kernel_param *kp)
{
	int (*action)(unsigned int n) = kp->arg;
	unsigned int n;
	int err = kstrtouint(val, 0, &n);

	return err ?: action(n);
}

static const struct kernel_param_ops action_ops = { .set = action_set };

module_param_cb(run, &action_ops, run, 0200);
MODULE_PARM_DESC(run, "go through every way to leave functions, so many times in each thread");
module_param_cb(churn, &action_ops, churn, 0200);
MODULE_PARM_DESC(churn, "go through them while kretprobes and fprobes come and go so many times");
module_param_cb(removed, &action_ops, removed, 0200);
MODULE_PARM_DESC(removed, "so many times, skip functions whose kretprobes were removed meanwhile");
module_param_cb(probes, &action_ops, switch_probes, 0200);
MODULE_PARM_DESC(probes, "1: put kretprobes and fprobes on the functions; 0: take them away");
module_param_cb(pool, &action_ops, probes_pool, 0200);
MODULE_PARM_DESC(pool, "panic so many times below a kretprobe with few nodes, and count them");
module_param_cb(reject, &action_ops, reject, 0200);
MODULE_PARM_DESC(reject, "try to put kretprobes on what must not have any");

static void __exit tracer_test_exit(void)
{
	switch_probes(0);
}

module_exit(tracer_test_exit);

MODULE_DESCRIPTION("Panics through traced functions");
MODULE_LICENSE("GPL");
