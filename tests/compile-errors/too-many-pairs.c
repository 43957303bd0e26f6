// SPDX-License-Identifier: GPL-2.0-only
/* error: the number in the macro's name is how many pairs of type and name follow */
#include <kdefer/kdefer.h>

static void nop(void *unused)
{
}

static KDEFER_DEFINE1(int, too_many, int, n, int, m)
{
	kdefer(nop, NULL);
	return n + m;
}
