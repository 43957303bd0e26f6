// SPDX-License-Identifier: GPL-2.0-only
/*
 * How what kdefer does grows: with the number of threads, and with the number of CPUs. Measures
 * while it is loaded, and prints a line for each figure.
 */
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <kdefer/kdefer.h>

/* Threads that are there at once. */
#define FEW_THREADS	1000
#define MANY_THREADS	10000

/* How often one CPU and two are measured, in turns, and for how long. */
#define ROUNDS		7
#define ROUND_MS	300
#define CPUS		2

static bool threads;
module_param(threads, bool, 0400);
MODULE_PARM_DESC(threads, "measure threads; else root frames on foreign threads");

static int idle(void *unused)
{
	for (;;) {
		set_current_state(TASK_INTERRUPTIBLE);
		if (kthread_should_stop())
			break;
		schedule();
	}
	__set_current_state(TASK_RUNNING);
	return 0;
}

/* Starts @nr threads, and stops them when all are there. */
static int run_threads(struct task_struct **thread, unsigned int nr)
{
	unsigned int i, started;
	int err = 0;

	for (started = 0; started < nr; started++) {
		thread[started] = kdefer_kthread_run(idle, NULL, "scale/%u", started);
		if (IS_ERR(thread[started])) {
			err = PTR_ERR(thread[started]);
			break;
		}
	}
	for (i = 0; i < started; i++)
		kdefer_kthread_stop(thread[i], NULL);
	return err;
}

static int measure_threads(unsigned int nr)
{
	struct task_struct **thread = kvmalloc_array(nr, sizeof(*thread), GFP_KERNEL);
	u64 start = ktime_get_ns();
	int err = thread ? run_threads(thread, nr) : -ENOMEM;

	if (!err)
		pr_info("kdefer_scale: threads %u %llu\n", nr, ktime_get_ns() - start);
	kvfree(thread);
	return err;
}

/**
 * struct racer - a thread that calls a KDEFER function again and again
 * @thread: the thread, which is not kdefer's
 * @calls: how many calls it has deferred
 */
struct racer {
	struct task_struct *thread;
	unsigned long calls;
} ____cacheline_aligned;

static struct racer racers[CPUS];

static void count_call(void *racer)
{
	((struct racer *)racer)->calls++;
}

static noinline KDEFER_DEFINE_VOID1(root, struct racer *, r)
{
	kdefer(count_call, r);
}

static int race(void *racer)
{
	while (!kthread_should_stop())
		root(racer);
	return 0;
}

static int start_racer(struct racer *r, unsigned int cpu)
{
	r->calls = 0;
	r->thread = kthread_create(race, r, "racer/%u", cpu);
	if (IS_ERR(r->thread))
		return PTR_ERR(r->thread);
	kthread_bind(r->thread, cpu);
	return 0;
}

static void stop_racers(unsigned int nr)
{
	while (nr--)
		kthread_stop(racers[nr].thread);
}

static int measure_roots(unsigned int nr)
{
	unsigned long calls = 0;
	unsigned int i;
	int err;

	for (i = 0; i < nr; i++) {
		err = start_racer(&racers[i], i);
		if (err) {
			stop_racers(i);
			return err;
		}
	}
	for (i = 0; i < nr; i++)
		wake_up_process(racers[i].thread);
	msleep(ROUND_MS);
	stop_racers(nr);
	for (i = 0; i < nr; i++)
		calls += racers[i].calls;
	pr_info("kdefer_scale: roots %u %lu\n", nr, calls);
	return 0;
}

static int __init kdefer_scale_init(void)
{
	int i, err = 0;

	if (threads)
		return measure_threads(FEW_THREADS) ?: measure_threads(MANY_THREADS);
	if (!cpu_online(CPUS - 1))
		return -ENODEV;
	for (i = 0; i < ROUNDS && !err; i++)
		err = measure_roots(1) ?: measure_roots(CPUS);
	return err;
}

static void __exit kdefer_scale_exit(void)
{
}

module_init(kdefer_scale_init);
module_exit(kdefer_scale_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("How the costs of kdefer grow");
