// SPDX-License-Identifier: GPL-2.0-only
/* error: a KDEFER function has 6 parameters at most; hand over others in a struct */
#include <kdefer/kdefer.h>

static void nop(void *unused)
{
}

static KDEFER_DEFINE(int, seven, int, a, int, b, int, c, int, d, int, e, int, f, int, g)
{
	kdefer(nop, NULL);
	return a + b + c + d + e + f + g;
}
