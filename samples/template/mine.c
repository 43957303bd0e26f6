// SPDX-License-Identifier: GPL-2.0-only
/*
 * A driver to begin with: a thread that serves one request after the other. A request that fails,
 * however deep, is answered with an errno, and leaves nothing behind.
 */
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <kdefer/kdefer.h>

static struct task_struct *mine_thread;
static DEFINE_MUTEX(mine_lock);

DEFINE_KDEFER(mine_free, void *, kfree(_T))
DEFINE_KDEFER(mine_unlock, struct mutex *, mutex_unlock(_T))

/* Deep inside an error is raised, and need not be handed up. */
static void mine_check(int request)
{
	if (request % 3 == 0)
		kpanic(-EINVAL);
}

static KDEFER_DEFINE1(int, mine_serve, int, request)
{
	int *copy;

	/* A panic, however deep, becomes the result. */
	kdefer_recover_result();
	copy = kmalloc(sizeof(*copy), GFP_KERNEL);
	if (!copy)
		kpanic(-ENOMEM);
	kdefer(mine_free, copy);
	mutex_lock(&mine_lock);
	kdefer(mine_unlock, &mine_lock);
	*copy = request;
	mine_check(*copy);
	return *copy;
}

static int mine_main(void *data)
{
	int request;

	for (request = 1; !kthread_should_stop(); request++) {
		if (request <= 3)
			pr_info("mine: request %d: %d\n", request, mine_serve(request));
		msleep_interruptible(10);
	}
	return 0;
}

static int __init mine_init(void)
{
	mine_thread = kdefer_kthread_run(mine_main, NULL, "mine");
	return PTR_ERR_OR_ZERO(mine_thread);
}

static void __exit mine_exit(void)
{
	kdefer_kthread_stop(mine_thread, NULL);
}

module_init(mine_init);
module_exit(mine_exit);

MODULE_DESCRIPTION("A driver to begin with");
MODULE_LICENSE("GPL");
