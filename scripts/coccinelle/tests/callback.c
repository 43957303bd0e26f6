// SPDX-License-Identifier: GPL-2.0-only
/* What callback.cocci must find, and what not; "found" marks the lines. */
#include <linux/bsearch.h>
#include <linux/device.h>
#include <linux/hrtimer.h>
#include <linux/idr.h>
#include <linux/interrupt.h>
#include <linux/irq_work.h>
#include <linux/list_sort.h>
#include <linux/sort.h>
#include <linux/timer.h>
#include <kdefer/kdefer.h>

static KDEFER_DEFINE1(int, handle, struct dev *, d)
{
	kdefer_recover_result();
	return 0;
}

static void raise(struct dev *d)
{
	kpanicf_errno(-EIO, "broken");
}

static KDEFER_DEFINE1(int, look, struct dev *, d)
{
	return kdefer_check(look_at(d));
}

static void stop(void *arg, struct kdefer_panic *p)
{
	krecover(p, NULL);
}

/* Timers. */

static void late(struct timer_list *t)
{
	if (!t)
		kpanic(-ETIMEDOUT); /* found */
}

static void late_on_stack(struct timer_list *t)
{
	raise(NULL); /* found */
}

static void late_static(struct timer_list *t)
{
	kpanic(-ETIMEDOUT); /* found */
}

static void good_timer(struct timer_list *t)
{
	queue_work(system_wq, &work);
}

static DEFINE_TIMER(static_timer, late_static);
static DEFINE_TIMER(good_static_timer, good_timer);

static enum hrtimer_restart high(struct hrtimer *t)
{
	handle(NULL); /* found */
	return HRTIMER_NORESTART;
}

static enum hrtimer_restart high_on_stack(struct hrtimer *t)
{
	kgoexit(0); /* found */
}

static enum hrtimer_restart high_by_member(struct hrtimer *t)
{
	kpanic_value(&kept); /* found */
}

static enum hrtimer_restart high_by_pointer(struct hrtimer *t)
{
	kpanic_ptr(t, &type); /* found */
}

static enum hrtimer_restart good_high(struct hrtimer *t)
{
	wake_up(&queue);
	return HRTIMER_NORESTART;
}

/* Interrupts. */

static irqreturn_t interrupt(int irq, void *d)
{
	handle(d); /* found */
	return IRQ_HANDLED;
}

static irqreturn_t plain_interrupt(int irq, void *d)
{
	if (!d)
		raise(d); /* found */
	return IRQ_HANDLED;
}

static irqreturn_t managed_interrupt(int irq, void *d)
{
	kdefer_check(look_at(d)); /* found */
	return IRQ_HANDLED;
}

static irqreturn_t managed_first_half(int irq, void *d)
{
	kpanic(-EIO); /* found */
}

static irqreturn_t any_context(int irq, void *d)
{
	kpanic(-EIO); /* found */
}

static irqreturn_t good_interrupt(int irq, void *d)
{
	return d ? IRQ_WAKE_THREAD : IRQ_NONE;
}

/* A thread of its own. */
static irqreturn_t thread(int irq, void *d)
{
	handle(d);
	return IRQ_HANDLED;
}

static void in_irq_work(struct irq_work *work)
{
	handle(NULL); /* found */
}

static void in_static_irq_work(struct irq_work *work)
{
	kpanic(0); /* found */
}

static DEFINE_IRQ_WORK(static_irq_work, in_static_irq_work);

static void on_other_cpu(void *info)
{
	kpanicf("not here"); /* found */
}

static void after_grace(struct rcu_head *rcu)
{
	raise(NULL); /* found */
}

/* Tasklets. */

static void little_task(struct tasklet_struct *t)
{
	kdefer_run(run, t, NULL); /* found */
}

static void old_little_task(unsigned long data)
{
	kpanic(-EIO); /* found */
}

static void declared_task(struct tasklet_struct *t)
{
	kpanic(-EIO); /* found */
}

static void disabled_task(struct tasklet_struct *t)
{
	handle(NULL); /* found */
}

static void old_declared_task(unsigned long data)
{
	raise(NULL); /* found */
}

static void old_disabled_task(unsigned long data)
{
	kgoexit(1); /* found */
}

static void good_task(struct tasklet_struct *t)
{
	tasklet_schedule(&other);
}

static DECLARE_TASKLET(declared, declared_task);
static DECLARE_TASKLET_DISABLED(disabled, disabled_task);
static DECLARE_TASKLET_OLD(old_declared, old_declared_task);
static DECLARE_TASKLET_DISABLED_OLD(old_disabled, old_disabled_task);
DECLARE_TASKLET(good_declared, good_task);

/* Comparisons. */

static int compare(const void *a, const void *b)
{
	if (!a)
		kpanicf("nothing to compare"); /* found */
	return a < b;
}

static int compare_with(const void *a, const void *b, const void *priv)
{
	raise(NULL); /* found */
	return a < b;
}

static int compare_entries(void *priv, const struct list_head *a, const struct list_head *b)
{
	kpanic(-EIO); /* found */
}

static int compare_key(const void *key, const void *element)
{
	return look(NULL); /* found */
}

static int compare_well(const void *a, const void *b)
{
	return a < b;
}

static int compare_and_recover(const void *a, const void *b)
{
	return handle(NULL);
}

/* Iterations. */

static int each(struct device *dev, void *arg)
{
	return kdefer_check(look_at(dev)); /* found */
}

static int each_driver(struct device_driver *drv, void *arg)
{
	kpanic(-EIO); /* found */
}

static int each_child(struct device *dev, void *arg)
{
	raise(NULL); /* found */
	return 0;
}

static KDEFER_DEFINE2(int, each_raises, struct device *, dev, void *, arg)
{
	kdefer_check(look_at(dev)); /* found */
	return 0;
}

static int each_id(int id, void *p, void *data)
{
	kpanic(-EIO); /* found */
}

static int is_wanted(struct device *dev, const void *data)
{
	kpanic(-EIO); /* found */
}

static KDEFER_DEFINE2(int, each_recovers, struct device *, dev, void *, arg)
{
	kdefer_recover_result();
	kdefer_check(look_at(dev));
	return 0;
}

static KDEFER_DEFINE2(int, each_recovers_by_hand, struct device *, dev, void *, arg)
{
	kdefer(stop, NULL);
	raise(NULL);
	return 0;
}

static int good_id(int id, void *p, void *data)
{
	return handle(p);
}

static void set_up(struct dev *d)
{
	struct timer_list timer;
	struct hrtimer hrtimer;

	timer_setup(&d->timer, late, 0);
	timer_setup(&d->other, good_timer, 0);
	timer_setup_on_stack(&timer, late_on_stack, 0);
	hrtimer_setup(&d->high, high, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
	hrtimer_setup(&d->high, good_high, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
	hrtimer_setup_on_stack(&hrtimer, high_on_stack, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
	hrtimer_init(&hrtimer, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
	hrtimer.function = high_by_member;
	hrtimer_init(&d->high, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
	d->high.function = good_high;
	d->pointer->function = high_by_pointer;
	tasklet_setup(&d->tasklet, little_task);
	tasklet_setup(&d->tasklet, good_task);
	tasklet_init(&d->tasklet, old_little_task, 0);
	kdefer_check(request_threaded_irq(d->irq, interrupt, thread, 0, "dev", d));
	kdefer_check(request_irq(d->irq, plain_interrupt, 0, "dev", d));
	kdefer_check(request_irq(d->irq, good_interrupt, 0, "dev", d));
	kdefer_check(devm_request_irq(d->dev, d->irq, managed_interrupt, 0, "dev", d));
	kdefer_check(devm_request_threaded_irq(d->dev, d->irq, managed_first_half, thread, 0,
					       "dev", d));
	kdefer_check(request_any_context_irq(d->irq, any_context, 0, "dev", d));
	init_irq_work(&d->irq_work, in_irq_work);
	on_each_cpu(on_other_cpu, NULL, 1);
	call_rcu(&d->rcu, after_grace);
}

static void compare_all(struct dev *d)
{
	sort(d->numbers, d->nr, sizeof(int), compare, NULL);
	sort(d->numbers, d->nr, sizeof(int), compare_well, NULL);
	sort(d->numbers, d->nr, sizeof(int), compare_and_recover, NULL);
	sort_r(d->numbers, d->nr, sizeof(int), compare_with, NULL, d);
	list_sort(NULL, &d->list, compare_entries);
	bsearch(&d->key, d->numbers, d->nr, sizeof(int), compare_key);
}

static void iterate(struct dev *d)
{
	bus_for_each_dev(d->bus, NULL, NULL, each);
	bus_for_each_drv(d->bus, NULL, NULL, each_driver);
	bus_for_each_dev(d->bus, NULL, NULL, each_recovers);
	bus_for_each_dev(d->bus, NULL, NULL, each_recovers_by_hand);
	bus_for_each_dev(d->bus, NULL, NULL, each_raises);
	device_for_each_child(d->dev, d, each_child);
	device_find_child(d->dev, d, is_wanted);
	idr_for_each(&d->idr, each_id, d);
	idr_for_each(&d->idr, good_id, d);
}
