// SPDX-License-Identifier: GPL-2.0-only
/*
 * A livepatch of two functions that the random sequences call: raw_notifier_call_chain(), which
 * panics skip, and count(), which is a deferred call. The new functions do as the old ones did, and
 * count how often they were called.
 */
#include <linux/atomic.h>
#include <linux/livepatch.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/notifier.h>
#include <linux/rcupdate.h>

static atomic_t calls;

static int get_calls(char *buf, const struct kernel_param *kp)
{
	return sysfs_emit(buf, "%d\n", atomic_read(&calls));
}

static const struct kernel_param_ops calls_ops = { .get = get_calls };

module_param_cb(calls, &calls_ops, NULL, 0444);
MODULE_PARM_DESC(calls, "how often the new functions were called");

static int new_call_chain(struct raw_notifier_head *nh, unsigned long val, void *v)
{
	struct notifier_block *nb, *next;
	int ret = NOTIFY_DONE;

	atomic_inc(&calls);
	for (nb = rcu_dereference_raw(nh->head); nb && !(ret & NOTIFY_STOP_MASK); nb = next) {
		next = rcu_dereference_raw(nb->next);
		ret = nb->notifier_call(nb, val, v);
	}
	return ret;
}

/* What a deferred count() is given begins with the count. */
static void new_count(void *arg)
{
	atomic_inc(&calls);
	atomic_dec(arg);
}

static struct klp_func in_kernel[] = {
	{ .old_name = "raw_notifier_call_chain", .new_func = new_call_chain },
	{ }
};

static struct klp_func in_sequences[] = {
	{ .old_name = "count", .new_func = new_count },
	{ }
};

static struct klp_object objects[] = {
	{ .funcs = in_kernel },
	{ .name = "kdefer_sequences", .funcs = in_sequences },
	{ }
};

static struct klp_patch patch = { .mod = THIS_MODULE, .objs = objects };

static int __init patch_init(void)
{
	return klp_enable_patch(&patch);
}

static void __exit patch_exit(void)
{
}

module_init(patch_init);
module_exit(patch_exit);

MODULE_DESCRIPTION("A livepatch of functions that random sequences call");
MODULE_LICENSE("GPL");
MODULE_INFO(livepatch, "Y");
