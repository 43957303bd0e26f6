// SPDX-License-Identifier: GPL-2.0-only
/* error: missing_t */
#include <kdefer/kdefer.h>

KDEFER_DEFINE(missing_t *, wrong, int, n)
{
	return NULL;
}
