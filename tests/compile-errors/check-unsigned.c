// SPDX-License-Identifier: GPL-2.0-only
/* error: kdefer_check() takes a number with a sign, or a pointer */
#include <kdefer/kdefer.h>

static KDEFER_DEFINE1(int, wrong, unsigned int, n)
{
	kdefer_check(n);
	return 0;
}
