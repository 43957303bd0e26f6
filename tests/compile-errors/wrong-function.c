// SPDX-License-Identifier: GPL-2.0-only
/* error: DEFINE_KDEFER() makes one of any other function */
#include <kdefer/kdefer.h>

static int two(int a, int b)
{
	return a + b;
}

static KDEFER_DEFINE1(int, wrong, int, n)
{
	kdefer(two, &kdefer_result);
	return n;
}
