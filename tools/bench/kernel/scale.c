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
#define ROUNDS		15
#define ROUND_MS	300
#define CPUS		2

/* Shorter than what a busy machine lets two emulated CPUs run at once. */
#define BATCH		500

/* About as much work as a root frame. */
#define PLAIN_CALLS	30

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
 * struct racer - a thread that does the same work again and again
 * @thread: the thread, which is not kdefer's
 * @work: what it does
 * @calls: how often
 * @most: calls of all racers in a millisecond, in that batch of this one in which these were most
 */
struct racer {
	struct task_struct *thread;
	void (*work)(struct racer *r);
	unsigned long calls;
	unsigned long most;
} ____cacheline_aligned;

static struct racer racers[CPUS];

static noinline void count_call(void *racer)
{
	((struct racer *)racer)->calls++;
}

static noinline KDEFER_DEFINE_VOID1(root, struct racer *, r)
{
	kdefer(count_call, r);
}

/* Shares nothing with other CPUs: two of these do as much as the machine has to give. */
static noinline void plain(struct racer *r)
{
	unsigned int i;

	for (i = 0; i < PLAIN_CALLS; i++)
		count_call(r);
}

static unsigned long calls_of_all(void)
{
	unsigned long calls = 0;
	unsigned int i;

	for (i = 0; i < CPUS; i++)
		calls += READ_ONCE(racers[i].calls);
	return calls;
}

/*
 * The clock is read before the calls are counted and after they are counted again. So a machine
 * that has other things to do makes a batch look slower than it was, and none look faster.
 */
static void run_batch(struct racer *r)
{
	u64 ns = ktime_get_ns();
	unsigned long calls = calls_of_all();
	unsigned int i;

	for (i = 0; i < BATCH; i++)
		r->work(r);
	calls = calls_of_all() - calls;
	ns = ktime_get_ns() - ns;
	r->most = max_t(unsigned long, r->most, calls * NSEC_PER_MSEC / ns);
}

/* Without preemption, whoever waits for the end of the race has a CPU only if racers give it up. */
static int race(void *racer)
{
	while (!kthread_should_stop()) {
		run_batch(racer);
		cond_resched();
	}
	return 0;
}

static int start_racer(struct racer *r, void (*work)(struct racer *r), unsigned int cpu)
{
	r->work = work;
	r->calls = 0;
	r->most = 0;
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

static int measure_race(const char *what, void (*work)(struct racer *r), unsigned int nr)
{
	unsigned long most = 0;
	unsigned int i;
	int err;

	for (i = 0; i < nr; i++) {
		err = start_racer(&racers[i], work, i);
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
		most = max(most, racers[i].most);
	pr_info("kdefer_scale: %s %u %lu\n", what, nr, most);
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
		err = measure_race("roots", root, 1) ?: measure_race("roots", root, CPUS) ?:
		      measure_race("plain", plain, 1) ?: measure_race("plain", plain, CPUS);
	return err;
}

static void __exit kdefer_scale_exit(void)
{
}

module_init(kdefer_scale_init);
module_exit(kdefer_scale_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("How the costs of kdefer grow");
