// SPDX-License-Identifier: GPL-2.0-only
/* error: too few arguments to function */
#include <kdefer/kdefer.h>

DEFINE_KDEFER2(add, int *, to, int, n, *to += n)

static KDEFER_DEFINE1(int, wrong, int *, sum)
{
	kdefer_call(add, sum);
	return 0;
}
