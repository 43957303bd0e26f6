// SPDX-License-Identifier: GPL-2.0-only
/*
 * The go statement: what runs, in which state its thread is, and how it ends.
 */
#include <kunit/test.h>
#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/pid.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <kdefer/kdefer.h>

#include "kunit-capture.h"
#include "kunit-log.h"

#define JOBS	200

/* Threads that a case may start before it gives up to find all of the pool's at work. */
#define MANY	400

static atomic_t ended;
static atomic_t unclean;

static int go_kunit_init(struct kunit *test)
{
	klog_begin();
	atomic_set(&ended, 0);
	atomic_set(&unclean, 0);
	return 0;
}

static void count_end(void *arg)
{
	atomic_inc(&ended);
}

static KDEFER_DEFINE_VOID1(returns, void *, arg)
{
	kdefer(count_end, NULL);
}

static KDEFER_DEFINE_VOID1(exits, void *, arg)
{
	kdefer(count_end, NULL);
	kgoexit(7);
}

static KDEFER_DEFINE_VOID1(recovers_inside, void *, arg)
{
	kdefer(count_end, NULL);
	kdefer(klog_recover, "inside");
	kpanic(-EIO);
}

/* Each deferred call has run when nobody runs any more, whichever way the functions end. */
static void every_end_runs_its_deferred_calls(struct kunit *test)
{
	static void (* const fns[])(void *) = { returns, exits };
	unsigned int i;

	for (i = 0; i < JOBS; i++)
		KUNIT_ASSERT_EQ(test, kdefer_go(fns[i % 2], NULL), 0);
	kdefer_go_wait();
	KUNIT_EXPECT_EQ(test, atomic_read(&ended), JOBS);
}

static void panic_is_recovered_there(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, kdefer_go(recovers_inside, NULL), 0);
	kdefer_go_wait();
	KUNIT_EXPECT_EQ(test, atomic_read(&ended), 1);
	KLOG_EXPECT(test, "inside=-5");
}

static KDEFER_DEFINE_VOID1(panics, void *, arg)
{
	kdefer(count_end, NULL);
	kpanic(-EIO);
}

/* An uncaught panic ends the function by the policy, with its report, and nothing else. */
static void uncaught_panic_is_reported(struct kunit *test)
{
	const char *text;

	kcapture_begin(test);
	KUNIT_EXPECT_EQ(test, kdefer_go(panics, NULL), 0);
	kdefer_go_wait();
	text = kcapture_end(test);
	KUNIT_EXPECT_TRUE(test, kcapture_has_line(text, "panic: -EIO"));
	KUNIT_EXPECT_EQ(test, atomic_read(&ended), 1);
	KUNIT_EXPECT_EQ(test, kdefer_go(returns, NULL), 0);
	kdefer_go_wait();
	KUNIT_EXPECT_EQ(test, atomic_read(&ended), 2);
}

struct blocked {
	struct completion started;
	struct completion go_on;
};

static void block(void *arg)
{
	struct blocked *b = arg;

	complete(&b->started);
	wait_for_completion(&b->go_on);
	atomic_inc(&ended);
}

/* Where it may not sleep: as long as a thread is idle it is used, then there is -EAGAIN. */
static void atomic_context_takes_idle_threads(struct kunit *test)
{
	struct blocked b;
	unsigned int i;
	int err;

	init_completion(&b.started);
	init_completion(&b.go_on);
	KUNIT_ASSERT_EQ(test, kdefer_go(returns, NULL), 0);
	kdefer_go_wait();
	for (i = 0; i < MANY; i++) {
		preempt_disable();
		err = kdefer_go(block, &b);
		preempt_enable();
		if (err)
			break;
		wait_for_completion(&b.started);
	}
	KUNIT_EXPECT_EQ(test, err, -EAGAIN);
	KUNIT_EXPECT_GT(test, i, 0u);
	/* Where it may sleep there is a further thread. */
	err = kdefer_go(block, &b);
	KUNIT_EXPECT_EQ(test, err, 0);
	complete_all(&b.go_on);
	kdefer_go_wait();
	KUNIT_EXPECT_EQ(test, atomic_read(&ended), (int)i + 2);
}

#define AT_ONCE	12

struct meeting {
	atomic_t missing;
	struct completion all_there;
};

static void meet(void *arg)
{
	struct meeting *m = arg;

	if (atomic_dec_and_test(&m->missing))
		complete_all(&m->all_there);
	wait_for_completion(&m->all_there);
	atomic_inc(&ended);
}

/* A job that waits for one which was started later does not wait for ever. */
static void all_run_at_the_same_time(struct kunit *test)
{
	struct meeting m;
	unsigned int i, round;

	for (round = 0; round < 20; round++) {
		atomic_set(&m.missing, AT_ONCE);
		init_completion(&m.all_there);
		for (i = 0; i < AT_ONCE; i++)
			KUNIT_ASSERT_EQ(test, kdefer_go(meet, &m), 0);
		kdefer_go_wait();
	}
	KUNIT_EXPECT_EQ(test, atomic_read(&ended), 20 * AT_ONCE);
}

/* Whether a function of that name is in the current stack. */
static bool is_called_by(const char *function)
{
	unsigned int i, n;
	unsigned long entries[32];
	char name[64];

	n = kcapture_stack(entries, ARRAY_SIZE(entries));
	for (i = 0; i < n; i++) {
		scnprintf(name, sizeof(name), "%ps", (void *)entries[i]);
		if (!strncmp(name, function, strlen(function)))
			return true;
	}
	return false;
}

static void note_bottom(void *arg)
{
	*(bool *)arg = is_called_by("kdefer_go_main");
}

/* Go's traces end with runtime.goexit. */
static void stack_begins_with_one_function(struct kunit *test)
{
	bool found = false;

	KUNIT_ASSERT_EQ(test, kdefer_go(note_bottom, &found), 0);
	kdefer_go_wait();
	KUNIT_EXPECT_TRUE(test, found);
}

static void leave_preemption_off(void *arg)
{
	*(pid_t *)arg = task_pid_nr(current);
	preempt_disable();
}

static void check_other_thread(void *arg)
{
	if (task_pid_nr(current) == *(pid_t *)arg || preempt_count())
		atomic_inc(&unclean);
}

/* What cannot be put right is said, and the thread serves nobody any more. */
static void leak_is_reported(struct kunit *test)
{
	const char *text;
	unsigned int i;
	pid_t pid = 0;

	kcapture_begin(test);
	KUNIT_EXPECT_EQ(test, kdefer_go(leave_preemption_off, &pid), 0);
	kdefer_go_wait();
	text = kcapture_end(test);
	KUNIT_EXPECT_TRUE(test,
			  strstr(text, "has ended with a spinlock held or preemption disabled"));
	for (i = 0; i < JOBS; i++)
		KUNIT_ASSERT_EQ(test, kdefer_go(check_other_thread, &pid), 0);
	kdefer_go_wait();
	KUNIT_EXPECT_EQ(test, atomic_read(&unclean), 0);
}

static void start_one_more(void *arg)
{
	atomic_inc(&ended);
	if (atomic_read(&ended) < JOBS && kdefer_go(start_one_more, NULL))
		atomic_inc(&unclean);
}

static void functions_start_further_ones(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, kdefer_go(start_one_more, NULL), 0);
	while (atomic_read(&ended) < JOBS)
		usleep_range(50, 100);
	kdefer_go_wait();
	KUNIT_EXPECT_EQ(test, atomic_read(&ended), JOBS);
	KUNIT_EXPECT_EQ(test, atomic_read(&unclean), 0);
}

#include <linux/sched/signal.h>

#ifdef __KERNEL__
#include <linux/cpumask.h>
#include <linux/cred.h>
#include <linux/freezer.h>
#include <linux/sched/task.h>
#include <linux/sched/prio.h>
#include <linux/signal.h>

static const char *not_as_new(void)
{
	if (strcmp(current->comm, "kdefer_go"))
		return "name";
	if (current->policy != SCHED_NORMAL)
		return "policy";
	if (task_nice(current))
		return "nice";
	if (current->nr_cpus_allowed == 1 && num_possible_cpus() > 1)
		return "affinity";
	if (signal_pending(current))
		return "pending signal";
	if (rcu_access_pointer(current->sighand)->action[SIGUSR1 - 1].sa.sa_handler != SIG_IGN)
		return "allowed signal";
	if (!sigisemptyset(&current->blocked))
		return "blocked signal";
	if (!(current->flags & PF_NOFREEZE))
		return "PF_NOFREEZE";
	if (current->flags & PF_MEMALLOC_NOFS)
		return "PF_MEMALLOC_NOFS";
	if (current->__state != TASK_RUNNING)
		return "state";
	return NULL;
}

static void change_scheduling(void)
{
	sched_set_fifo_low(current);
}

static void change_signals(void)
{
	sigset_t mask;

	allow_signal(SIGUSR1);
	send_sig(SIGUSR1, current, 1);
	siginitset(&mask, sigmask(SIGUSR2));
	sigprocmask(SIG_BLOCK, &mask, NULL);
}

static void change_one(void *arg)
{
	const char *not_new = not_as_new();

	if (not_new) {
		atomic_inc(&unclean);
		pr_err("a thread is not as new: %s\n", not_new);
	}
	switch ((long)arg) {
	case 0:
		strscpy(current->comm, "job", sizeof(current->comm));
		return;
	case 1:
		set_user_nice(current, 5);
		return;
	case 2:
		change_scheduling();
		return;
	case 3:
		set_cpus_allowed_ptr(current, cpumask_of(raw_smp_processor_id()));
		return;
	case 4:
		change_signals();
		return;
	case 5:
		set_freezable();
		return;
	case 6:
		memalloc_nofs_save();
		return;
	case 7:
		set_current_state(TASK_UNINTERRUPTIBLE);
		return;
	}
}

#define CHANGES	8

static void leave_cred(void *arg)
{
	struct cred *new = prepare_creds();

	if (!new)
		return;
	commit_creds(new);
	*(pid_t *)arg = task_pid_nr(current);
}

/* Credentials are not put right: whoever changed them may have meant to. */
static void thread_with_other_cred_ends(struct kunit *test)
{
	unsigned int i;
	pid_t pid = 0;

	KUNIT_ASSERT_EQ(test, kdefer_go(leave_cred, &pid), 0);
	kdefer_go_wait();
	KUNIT_ASSERT_NE(test, pid, 0);
	for (i = 0; i < JOBS; i++)
		KUNIT_ASSERT_EQ(test, kdefer_go(check_other_thread, &pid), 0);
	kdefer_go_wait();
	KUNIT_EXPECT_EQ(test, atomic_read(&unclean), 0);
}

#else

static void change_one(void *arg)
{
	if (strcmp(current->comm, "kdefer_go") || signal_pending(current) ||
	    current->__state != TASK_RUNNING || current->flags != PF_KTHREAD)
		atomic_inc(&unclean);
	switch ((long)arg) {
	case 0:
		strscpy(current->comm, "job", sizeof(current->comm));
		return;
	case 1:
		current->flags = 0;
		return;
	case 2:
		set_current_state(TASK_UNINTERRUPTIBLE);
		return;
	case 3:
		allow_signal(SIGUSR1);
		send_sig(SIGUSR1, current, 1);
		return;
	}
}

#define CHANGES	4

static void thread_with_other_cred_ends(struct kunit *test)
{
	kunit_skip(test, "threads of a process share their credentials");
}
#endif

static void threads_are_as_new(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < JOBS; i++)
		KUNIT_ASSERT_EQ(test, kdefer_go(change_one, (void *)(long)(i % CHANGES)), 0);
	kdefer_go_wait();
	KUNIT_EXPECT_EQ(test, atomic_read(&unclean), 0);
}

static struct kunit_case go_cases[] = {
	KUNIT_CASE(every_end_runs_its_deferred_calls),
	KUNIT_CASE(panic_is_recovered_there),
	KUNIT_CASE(uncaught_panic_is_reported),
	KUNIT_CASE(atomic_context_takes_idle_threads),
	KUNIT_CASE(all_run_at_the_same_time),
	KUNIT_CASE(stack_begins_with_one_function),
	KUNIT_CASE(leak_is_reported),
	KUNIT_CASE(functions_start_further_ones),
	KUNIT_CASE(threads_are_as_new),
	KUNIT_CASE(thread_with_other_cred_ends),
	{ }
};

static struct kunit_suite go_suite = {
	.name = "kdefer_go",
	.init = go_kunit_init,
	.test_cases = go_cases,
};

kunit_test_suite(go_suite);

MODULE_LICENSE("GPL");
