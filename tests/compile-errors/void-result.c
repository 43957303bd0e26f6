// SPDX-License-Identifier: GPL-2.0-only
/* error: a function without a result is KDEFER_DEFINE_VOID */
#include <kdefer/kdefer.h>

KDEFER_DEFINE(int, right)
{
	return 0;
}

KDEFER_DEFINE(void, wrong, int, n)
{
	if (n)
		return;
	right();
}
