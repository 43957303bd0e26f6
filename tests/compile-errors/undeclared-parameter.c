// SPDX-License-Identifier: GPL-2.0-only
/* error: missing_t */
#include <kdefer/kdefer.h>

KDEFER_DEFINE(int, wrong, struct foo *, foo, missing_t, n)
{
	return foo != NULL;
}
