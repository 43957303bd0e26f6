// SPDX-License-Identifier: GPL-2.0-only
/* error: struct kdefer_no_result */
#include <kdefer/kdefer.h>

static void set(void *result)
{
	*(int *)result = 1;
}

static KDEFER_DEFINE_VOID1(no_result, int, n)
{
	kdefer(set, &kdefer_result);
	if (n)
		kpanic(-EIO);
}
