// SPDX-License-Identifier: GPL-2.0-only
/* error: kdefer_on_failure(): the result cannot hold an errno */
#include <linux/mutex.h>
#include <linux/slab.h>
#include <kdefer/kdefer.h>

static KDEFER_DEFINE1(bool, wrong, void *, p)
{
	kdefer_on_failure(kfree, p);
	return false;
}
