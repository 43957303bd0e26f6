// SPDX-License-Identifier: GPL-2.0-only
/* error: missing_t */
#include <kdefer/kdefer.h>

static KDEFER_DEFINE(missing_t, wrong, int, n)
{
	return n;
}

int use(void);
int use(void)
{
	return wrong(1);
}
