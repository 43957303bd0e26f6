// SPDX-License-Identifier: GPL-2.0-only
/* What callback.cocci must find, and what not; "found" marks the lines. */
#include <linux/device.h>
#include <linux/interrupt.h>
#include <linux/list_sort.h>
#include <linux/sort.h>
#include <linux/timer.h>
#include <kdefer/kdefer.h>

static KDEFER_DEFINE1(int, handle, struct dev *, d)
{
	kdefer_recover_result();
	return 0;
}

static void late(struct timer_list *t)
{
	if (!t)
		kpanic(-ETIMEDOUT); /* found */
}

static irqreturn_t interrupt(int irq, void *d)
{
	handle(d); /* found */
	return IRQ_HANDLED;
}

/* A thread of its own. */
static irqreturn_t thread(int irq, void *d)
{
	handle(d);
	return IRQ_HANDLED;
}

static void little_task(struct tasklet_struct *t)
{
	kdefer_run(run, t, NULL); /* found */
}

static void good_timer(struct timer_list *t)
{
	queue_work(system_wq, &work);
}

static int compare(const void *a, const void *b)
{
	if (!a)
		kpanicf("nothing to compare"); /* found */
	return a < b;
}

static int compare_well(const void *a, const void *b)
{
	return a < b;
}

static int each(struct device *dev, void *arg)
{
	return kdefer_check(look_at(dev)); /* found */
}

static KDEFER_DEFINE2(int, each_recovers, struct device *, dev, void *, arg)
{
	kdefer_recover_result();
	kdefer_check(look_at(dev));
	return 0;
}

static void set_up(struct dev *d)
{
	timer_setup(&d->timer, late, 0);
	timer_setup(&d->other, good_timer, 0);
	tasklet_setup(&d->tasklet, little_task);
	kdefer_check(request_threaded_irq(d->irq, interrupt, thread, 0, "dev", d));
	sort(d->numbers, d->nr, sizeof(int), compare, NULL);
	sort(d->numbers, d->nr, sizeof(int), compare_well, NULL);
	bus_for_each_dev(d->bus, NULL, NULL, each);
	bus_for_each_dev(d->bus, NULL, NULL, each_recovers);
}
