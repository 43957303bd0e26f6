// SPDX-License-Identifier: GPL-2.0-only
/* error: kdefer_on_failure_or_null() is for functions that return a pointer */
#include <linux/slab.h>
#include <kdefer/kdefer.h>

static KDEFER_DEFINE1(int, wrong, void *, p)
{
	kdefer_on_failure_or_null(kfree, p);
	return 0;
}
