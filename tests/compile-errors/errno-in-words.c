// SPDX-License-Identifier: GPL-2.0-only
/* error: an errno is negative, as -EIO is */
#include <linux/mutex.h>
#include <linux/slab.h>
#include <kdefer/kdefer.h>

KDEFER_DEFINE_VOID0(wrong)
{
	kpanicf_errno(EIO, "no answer");
}
