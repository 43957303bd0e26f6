// SPDX-License-Identifier: GPL-2.0-only
/* error: struct kdefer_panic * or an enum kdefer_why */
#include <linux/mutex.h>
#include <linux/slab.h>
#include <kdefer/kdefer.h>

static void wrong_order(enum kdefer_why why, void *arg)
{
}

static KDEFER_DEFINE1(int, wrong, void *, p)
{
	kdefer(wrong_order, p);
	return 0;
}
