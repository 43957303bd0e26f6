// SPDX-License-Identifier: GPL-2.0-only
/* What wait.cocci must find, and what not; "found" marks the lines. */
#include <linux/wait.h>
#include <kdefer/kdefer.h>

static bool ready(struct dev *d)
{
	if (d->broken)
		kpanic(-EIO);
	return d->ready;
}

static bool is_ready(struct dev *d)
{
	return d->ready || d->broken;
}

static KDEFER_DEFINE1(bool, recovers, struct dev *, d)
{
	kdefer_recover_result();
	return ready(d);
}

static void wait_for(struct dev *d)
{
	wait_event(d->queue, ready(d)); /* found */
	wait_event_timeout(d->queue, d->stop || ready(d), HZ); /* found */
	if (wait_event_interruptible(d->queue, recovers(d))) /* found */
		return;
	wait_event_killable(d->queue, kdefer_check(state(d)) > 0); /* found */
	swait_event_exclusive(d->swait, ready(d)); /* found */
}

static void right(struct dev *d)
{
	wait_event(d->queue, is_ready(d));
	if (d->broken)
		kpanic(-EIO);
	wait_event_timeout(d->queue, READ_ONCE(d->ready), HZ);
	ready(d);
}
