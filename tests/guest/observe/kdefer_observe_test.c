// SPDX-License-Identifier: GPL-2.0-only
/*
 * Threads to be observed through the tracepoints and debugfs. A guest writes to the parameters
 * what is to be done, and compares what it sees with what must have happened.
 */
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/irqflags.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/sched/task.h>
#include <linux/string.h>

#include <kdefer/kdefer.h>

static void free_a(void *arg)
{
}

static void free_b(void *arg)
{
}

static void free_c(void *arg)
{
}

static void look(void *arg, struct kdefer_panic *p)
{
}

static void stop(void *arg, struct kdefer_panic *p)
{
	krecover(p, NULL);
}

static const struct kdefer_type widget_type = { .name = "widget" };

static noinline void fail(int err)
{
	kpanic(err);
}

static noinline void fail_text(int number)
{
	kpanicf("step %d", number);
}

static noinline void fail_widget(void *widget)
{
	kpanic_ptr(widget, &widget_type);
}

static noinline void leave(long code)
{
	kgoexit(code);
}

/* Each function below is an action; its name is what the guest asks for. */

static noinline KDEFER_DEFINE_VOID0(plain)
{
	kdefer(free_a, NULL);
	kdefer(free_b, NULL);
}

static noinline KDEFER_DEFINE_VOID0(linked)
{
	int i;

	kdefer(look, NULL);
	for (i = 0; i < 4; i++)
		kdefer(free_a, NULL);
	kdefer(free_b, NULL);
}

static noinline KDEFER_DEFINE_VOID0(recovered)
{
	kdefer(free_a, NULL);
	kdefer(stop, NULL);
	kdefer(free_b, NULL);
	fail(-EIO);
}

static noinline KDEFER_DEFINE_VOID0(nil)
{
	kdefer(stop, NULL);
	kdefer(NULL, NULL);
	fail(0);
}

static void fail_again(void *arg, struct kdefer_panic *p)
{
	fail_text(2);
}

static noinline KDEFER_DEFINE_VOID0(replaced)
{
	kdefer(stop, NULL);
	kdefer(fail_again, NULL);
	fail_widget(NULL);
}

static void leave_again(void *arg)
{
	leave(9);
}

/* A goexit takes the place of a panic. */
static noinline KDEFER_DEFINE_VOID0(left)
{
	kdefer(free_a, NULL);
	kdefer(leave_again, NULL);
	fail_text(3);
}

/* A panic comes upon a goexit. */
static noinline KDEFER_DEFINE_VOID0(disturbed)
{
	kdefer(free_a, NULL);
	kdefer(fail_again, NULL);
	leave(7);
}

static noinline KDEFER_DEFINE_VOID0(goexit)
{
	kdefer(free_a, NULL);
	leave(7);
}

static noinline KDEFER_DEFINE_VOID0(uncaught)
{
	kdefer(free_a, NULL);
	fail(-ENXIO);
}

static long run_uncaught(void *arg)
{
	uncaught();
	return 0;
}

static noinline KDEFER_DEFINE_VOID0(run)
{
	kdefer(free_b, NULL);
	kdefer_run(run_uncaught, NULL, NULL);
}

static DEFINE_MUTEX(lock);

static noinline KDEFER_DEFINE_VOID0(guarded)
{
	kdefer(stop, NULL);
	kdefer_guard(mutex)(&lock);
	fail(-EIO);
}

/* The guard ends when the panic is over. */
static noinline KDEFER_DEFINE_VOID0(sealed)
{
	kdefer_guard(mutex)(&lock);
	kdefer(stop, NULL);
	fail(-EIO);
}

/* A recovery with interrupts off is a throw, on each kernel. */
static noinline KDEFER_DEFINE_VOID0(throw)
{
	kdefer(stop, NULL);
	local_irq_disable();
	fail(-EIO);
}

struct action {
	const char *name;
	void (*fn)(void);
};

static const struct action actions[] = {
	{ "plain", plain },
	{ "linked", linked },
	{ "recovered", recovered },
	{ "nil", nil },
	{ "replaced", replaced },
	{ "left", left },
	{ "disturbed", disturbed },
	{ "goexit", goexit },
	{ "uncaught", uncaught },
	{ "run", run },
	{ "guarded", guarded },
	{ "sealed", sealed },
	{ "throw", throw },
};

static const struct action *find_action(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(actions); i++) {
		if (sysfs_streq(name, actions[i].name))
			return &actions[i];
	}
	return NULL;
}

static int action_thread(void *action)
{
	((const struct action *)action)->fn();
	return 0;
}

static void join(struct task_struct *t)
{
	while (!READ_ONCE(t->exit_state))
		schedule_timeout_uninterruptible(1);
	kdefer_kthread_stop(t, NULL);
}

/* The name of an action, which a thread of kdefer's is to run. */
static int act_set(const char *name, const struct kernel_param *kp)
{
	const struct action *action = find_action(name);
	struct task_struct *t;

	if (!action)
		return -EINVAL;
	t = kdefer_kthread_run(action_thread, (void *)action, "act");
	if (IS_ERR(t))
		return PTR_ERR(t);
	join(t);
	return 0;
}

static const struct kernel_param_ops act_ops = { .set = act_set };
module_param_cb(act, &act_ops, NULL, 0200);

/* The same on the thread that writes the name. */
static int visit_set(const char *name, const struct kernel_param *kp)
{
	const struct action *action = find_action(name);

	if (!action)
		return -EINVAL;
	action->fn();
	return 0;
}

static const struct kernel_param_ops visit_ops = { .set = visit_set };
module_param_cb(visit, &visit_ops, NULL, 0200);

/* The same on a kthread that kdefer did not start, and that may be killed by it. */
static int stray_set(const char *name, const struct kernel_param *kp)
{
	const struct action *action = find_action(name);
	struct task_struct *t;

	if (!action)
		return -EINVAL;
	t = kthread_create(action_thread, (void *)action, "stray");
	if (IS_ERR(t))
		return PTR_ERR(t);
	get_task_struct(t);
	wake_up_process(t);
	while (!READ_ONCE(t->exit_state))
		schedule_timeout_uninterruptible(1);
	put_task_struct(t);
	return 0;
}

static const struct kernel_param_ops stray_ops = { .set = stray_set };
module_param_cb(stray, &stray_ops, NULL, 0200);

/* A thread that runs and changes nothing. */

static struct task_struct *spinning;

static noinline KDEFER_DEFINE1(int, spin, void *, arg)
{
	kdefer(free_a, NULL);
	while (!kthread_should_stop())
		cond_resched();
	return 0;
}

static int spin_start(void)
{
	if (spinning)
		return -EBUSY;
	spinning = kdefer_kthread_run(spin, NULL, "spinning");
	return WARN_ON(IS_ERR(spinning)) ? -ENOMEM : 0;
}

/* 1 has it run, 0 has it end. */
static int spin_set(const char *val, const struct kernel_param *kp)
{
	if (sysfs_streq(val, "1"))
		return spin_start();
	kdefer_kthread_stop(spinning, NULL);
	spinning = NULL;
	return 0;
}

static const struct kernel_param_ops spin_ops = { .set = spin_set };
module_param_cb(spin, &spin_ops, NULL, 0200);

/* Threads that stand still in the midst of it, until they are told to go on. */

static DECLARE_COMPLETION(go_on);
static atomic_t nr_parked = ATOMIC_INIT(0);

static void park(void)
{
	atomic_inc(&nr_parked);
	wait_for_completion(&go_on);
}

static noinline KDEFER_DEFINE_VOID0(park_in_cleanup)
{
	kdefer(free_c, NULL);
	park();
}

static void stop_and_park(void *arg, struct kdefer_panic *p)
{
	krecover(p, NULL);
	park_in_cleanup();
}

static noinline KDEFER_DEFINE_VOID0(inner)
{
	int i;

	for (i = 0; i < 4; i++)
		kdefer(free_a, NULL);
	kdefer(free_b, NULL);
	kdefer(free_c, NULL);
	kdefer(stop_and_park, NULL);
	fail_text(7);
}

static long attempt(void *arg)
{
	inner();
	return 0;
}

static void retry(void *arg, struct kdefer_panic *p)
{
	krecover(p, NULL);
	kdefer_run(attempt, NULL, NULL);
}

static noinline KDEFER_DEFINE_VOID0(outer)
{
	kdefer(free_a, NULL);
	kdefer(look, NULL);
	kdefer(retry, NULL);
	fail_widget(NULL);
}

static int parked_main(void *arg)
{
	outer();
	return 0;
}

static void park_deferred(void *arg)
{
	park();
}

static noinline KDEFER_DEFINE_VOID0(leaving)
{
	kdefer(free_b, NULL);
	kdefer(park_deferred, NULL);
	leave(5);
}

static long leave_run(void *arg)
{
	leaving();
	return 0;
}

static noinline KDEFER_DEFINE_VOID0(visitor)
{
	kdefer(free_a, NULL);
	kdefer_guard(mutex)(&lock);
	kdefer_run(leave_run, NULL, NULL);
}

static int visitor_main(void *arg)
{
	visitor();
	return 0;
}

DEFINE_CLASS(parker, void *, park_deferred(_T), NULL, void)

static noinline KDEFER_DEFINE_VOID0(park_in_guard)
{
	kdefer_class(parker, parker)();
	kdefer(stop, NULL);
	fail(-EIO);
}

static void park_below(void *arg)
{
	park_in_guard();
}

/* The panic comes upon the goexit, which goes on if it is recovered. */
static noinline KDEFER_DEFINE_VOID0(leaving_badly)
{
	kdefer(park_below, NULL);
	kdefer(fail_again, NULL);
	leave(6);
}

static long leave_badly_run(void *arg)
{
	leaving_badly();
	return 0;
}

/* More than is shown of one thread. */
static noinline KDEFER_DEFINE_VOID0(crowd)
{
	int i;

	for (i = 0; i < 300; i++)
		kdefer(free_a, NULL);
	kdefer_run(leave_badly_run, NULL, NULL);
}

static int crowded_main(void *arg)
{
	crowd();
	return 0;
}

static struct task_struct *parked;
static struct task_struct *crowded;
static struct task_struct *visiting;

static void park_stop(void)
{
	if (!parked)
		return;
	complete_all(&go_on);
	kdefer_kthread_stop(parked, NULL);
	kdefer_kthread_stop(crowded, NULL);
	parked = NULL;
	kthread_stop(visiting);
	put_task_struct(visiting);
}

static int park_start(void)
{
	if (parked)
		return -EBUSY;
	reinit_completion(&go_on);
	atomic_set(&nr_parked, 0);
	parked = kdefer_kthread_run(parked_main, NULL, "parked");
	crowded = kdefer_kthread_run(crowded_main, NULL, "crowded");
	visiting = kthread_run(visitor_main, NULL, "visitor");
	if (WARN_ON(IS_ERR(parked) || IS_ERR(crowded) || IS_ERR(visiting)))
		return -ENOMEM;
	get_task_struct(visiting);
	while (atomic_read(&nr_parked) < 3)
		schedule_timeout_uninterruptible(1);
	/* They count before they wait. */
	msleep(100);
	return 0;
}

/* 1 has the threads stand still, 0 has them end. */
static int park_set(const char *val, const struct kernel_param *kp)
{
	if (sysfs_streq(val, "1"))
		return park_start();
	park_stop();
	return 0;
}

static const struct kernel_param_ops park_ops = { .set = park_set };
module_param_cb(park, &park_ops, NULL, 0200);

/* Threads that do all they can, for somebody to look at them meanwhile. */

static bool enough;

static noinline KDEFER_DEFINE_VOID1(dive, int, depth)
{
	int i;

	kdefer(look, NULL);
	for (i = 0; i < depth; i++)
		kdefer(free_a, NULL);
	if (!depth)
		fail_text(depth);
	dive(depth - 1);
}

static long run_dive(void *arg)
{
	dive(8);
	return 0;
}

static long run_goexit(void *arg)
{
	kdefer_run(run_dive, NULL, NULL);
	goexit();
	return 0;
}

static noinline KDEFER_DEFINE_VOID0(storm_once)
{
	kdefer(stop, NULL);
	kdefer_run(run_dive, NULL, NULL);
	kdefer_run(run_goexit, NULL, NULL);
	replaced();
	linked();
	dive(3);
}

static int long_lived(void *arg)
{
	while (!READ_ONCE(enough)) {
		storm_once();
		cond_resched();
	}
	while (!kthread_should_stop())
		schedule_timeout_interruptible(1);
	return 0;
}

static int short_lived(void *arg)
{
	storm_once();
	goexit();
	return 0;
}

/* Returns the number of threads that came and went. */
static unsigned int short_lives(unsigned int seconds)
{
	unsigned long end = jiffies + seconds * HZ;
	struct task_struct *t;
	unsigned int nr = 0;

	while (time_before(jiffies, end)) {
		t = kdefer_kthread_run(short_lived, NULL, "short");
		if (IS_ERR(t))
			continue;
		join(t);
		nr++;
	}
	return nr;
}

/* For so many seconds: two threads of kdefer's, a foreign one, and others that come and go. */
static int storm_set(const char *val, const struct kernel_param *kp)
{
	struct task_struct *ours[2], *foreign;
	unsigned int seconds, i;
	int err = kstrtouint(val, 10, &seconds);

	if (err)
		return err;
	WRITE_ONCE(enough, false);
	for (i = 0; i < ARRAY_SIZE(ours); i++)
		ours[i] = kdefer_kthread_run(long_lived, NULL, "storm");
	foreign = kthread_run(long_lived, NULL, "storm");
	pr_info("kdefer_observe_test: %u threads came and went\n", short_lives(seconds));
	WRITE_ONCE(enough, true);
	for (i = 0; i < ARRAY_SIZE(ours); i++) {
		if (!IS_ERR(ours[i]))
			kdefer_kthread_stop(ours[i], NULL);
	}
	if (!IS_ERR(foreign))
		kthread_stop(foreign);
	return 0;
}

static const struct kernel_param_ops storm_ops = { .set = storm_set };
module_param_cb(storm, &storm_ops, NULL, 0200);

static void __exit observe_exit(void)
{
	park_stop();
}

module_exit(observe_exit);

MODULE_DESCRIPTION("Threads to be observed");
MODULE_LICENSE("GPL");
