// SPDX-License-Identifier: GPL-2.0-only
/* error: outside of a KDEFER function */
#include <linux/mutex.h>
#include <linux/slab.h>
#include <kdefer/kdefer.h>

static void wrong(size_t n)
{
	kdefer_owned(kfree, void *, p) = kmalloc(n, GFP_KERNEL);
}
