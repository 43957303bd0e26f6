// SPDX-License-Identifier: GPL-2.0-only
/* error: a KDEFER function is its result's type, its name, and pairs of type and name */
#include <kdefer/kdefer.h>

static void nop(void *unused)
{
}

static KDEFER_DEFINE(missing_result, int, n)
{
	kdefer(nop, NULL);
	return n;
}
