// SPDX-License-Identifier: GPL-2.0-only
/* error: outside of a KDEFER function */
#include <linux/mutex.h>
#include <linux/slab.h>
#include <kdefer/kdefer.h>

DEFINE_KDEFER2(set, int *, at, int, value, *at = value)

static int wrong(int *at)
{
	kdefer_call(set, at, 1);
	return 0;
}
