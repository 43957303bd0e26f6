// SPDX-License-Identifier: GPL-2.0-only
/* error: the number in the macro's name is how many pairs of type and name follow */
#include <kdefer/kdefer.h>

static void nop(void *unused)
{
}

static KDEFER_DEFINE2(int, too_few, int, n)
{
	kdefer(nop, NULL);
	return n;
}
