// SPDX-License-Identifier: GPL-2.0-only
/* error: void */
#include <linux/slab.h>
#include <kdefer/kdefer.h>

KDEFER_DEFINE(int, wrong, void *, p)
{
	kdefer(kfree(p), NULL);
	return 0;
}
