// SPDX-License-Identifier: GPL-2.0-only
/*
 * What to do instead of wait entries on the stack, and of a release at the end, in functions that a
 * panic may skip.
 */
#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/wait.h>
#include <kdefer/kdefer.h>

static DEFINE_MUTEX(lock);
static DECLARE_WAIT_QUEUE_HEAD(queue);

static void may_panic(bool panics)
{
	if (panics)
		kpanic(-EIO);
}

/* start defer */
DEFINE_KDEFER(unlock, struct mutex *, mutex_unlock(_T))
DEFINE_KDEFER(free_buf, void *, kfree(_T))

static KDEFER_DEFINE1(int, use_lock, bool, panics)
{
	char *buf = kmalloc(64, GFP_KERNEL);

	if (!buf)
		return -ENOMEM;
	kdefer(free_buf, buf);
	mutex_lock(&lock);
	kdefer(unlock, &lock);
	may_panic(panics);
	return 0;
}

/* end defer */

/* start wait */
struct waiter {
	struct wait_queue_head *queue;
	struct wait_queue_entry *entry;
};

DEFINE_KDEFER(end_wait, struct waiter *, finish_wait(_T->queue, _T->entry))

static KDEFER_DEFINE2(int, wait_on, struct waiter *, w, bool, panics)
{
	prepare_to_wait(w->queue, w->entry, TASK_UNINTERRUPTIBLE);
	kdefer(end_wait, w);
	may_panic(panics);
	schedule_timeout(1);
	return 0;
}

/* Owns the entry. Its frame is older than that of wait_on(), and outlives the deferred call. */
static int wait_once(struct wait_queue_head *queue, bool panics)
{
	DEFINE_WAIT(entry);
	struct waiter w = { .queue = queue, .entry = &entry };

	return wait_on(&w, panics);
}

/* end wait */

static KDEFER_DEFINE1(int, try_lock, bool, panics)
{
	kdefer_recover_result();
	return use_lock(panics);
}

static KDEFER_DEFINE1(int, try_wait, bool, panics)
{
	kdefer_recover_result();
	return wait_once(&queue, panics);
}

static void show(const char *what, int err)
{
	/* Nobody else uses the queue: it can be looked at without its lock. */
	bool used = waitqueue_active(&queue);

	pr_info("%s = %d, the lock is %s, the queue is %s\n", what, err,
		mutex_is_locked(&lock) ? "held" : "free", used ? "used" : "empty");
}

static int __init skipped_init(void)
{
	show("lock", try_lock(false));
	show("lock and panic", try_lock(true));
	show("wait", try_wait(false));
	show("wait and panic", try_wait(true));
	return 0;
}

static void __exit skipped_exit(void)
{
}

module_init(skipped_init);
module_exit(skipped_exit);

MODULE_DESCRIPTION("kdefer: cleanups that a panic does not skip");
MODULE_LICENSE("GPL");
