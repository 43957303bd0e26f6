// SPDX-License-Identifier: GPL-2.0-only
/* error: outside of a KDEFER function */
#include <linux/slab.h>
#include <kdefer/kdefer.h>

static void wrong(void *p)
{
	kdefer_on_failure(kfree, p);
}
