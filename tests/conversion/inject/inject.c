// SPDX-License-Identifier: GPL-2.0-only
/*
 * Makes a chosen call of a driver's fail, and counts what the driver holds. It stays loaded while
 * the drivers come and go.
 */
#include <linux/atomic.h>
#include <linux/module.h>
#include <linux/moduleparam.h>

#include "inject.h"

static atomic_t calls;
module_param_named(calls, calls.counter, int, 0600);
MODULE_PARM_DESC(calls, "calls that could have failed, since 0 was written");

static int fail_at;
module_param(fail_at, int, 0600);
MODULE_PARM_DESC(fail_at, "which of them fails, counted from 1; 0: none");

static const char * const kind_names[] = { INJECT_KINDS(INJECT_NAME) };
static atomic_t held[ARRAY_SIZE(kind_names)];

bool inject_fails(void)
{
	return atomic_inc_return(&calls) == fail_at;
}
EXPORT_SYMBOL_GPL(inject_fails);

void inject_count(enum inject_kind kind, int n)
{
	atomic_add(n, &held[kind]);
}
EXPORT_SYMBOL_GPL(inject_count);

static int show_held(char *buffer, const struct kernel_param *kp)
{
	int len = 0, i;

	for (i = 0; i < ARRAY_SIZE(kind_names); i++)
		if (atomic_read(&held[i]))
			len += sysfs_emit_at(buffer, len, "%s:%d ", kind_names[i],
					     atomic_read(&held[i]));
	return len + sysfs_emit_at(buffer, len, "\n");
}

static const struct kernel_param_ops held_ops = {
	.get = show_held,
};

module_param_cb(held, &held_ops, NULL, 0400);
MODULE_PARM_DESC(held, "what the driver has acquired and not given back, by kind");

MODULE_DESCRIPTION("failures for drivers that are converted to kdefer");
MODULE_LICENSE("GPL");
