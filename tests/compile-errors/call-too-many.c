// SPDX-License-Identifier: GPL-2.0-only
/* error: too many arguments to function */
#include <linux/mutex.h>
#include <linux/slab.h>
#include <kdefer/kdefer.h>

DEFINE_KDEFER2(set, int *, at, int, value, *at = value)

static KDEFER_DEFINE1(int, wrong, int *, at)
{
	kdefer_call(set, at, 1, 2);
	return 0;
}
