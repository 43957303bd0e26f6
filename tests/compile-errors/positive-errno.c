// SPDX-License-Identifier: GPL-2.0-only
/* error: an errno is negative, as -EIO is */
#include <kdefer/kdefer.h>

KDEFER_DEFINE1(int, positive, int, n)
{
	if (n)
		kpanic(EIO);
	return n;
}
