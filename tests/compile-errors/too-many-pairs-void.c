// SPDX-License-Identifier: GPL-2.0-only
/* error: the number in the macro's name is how many pairs of type and name follow */
#include <kdefer/kdefer.h>

static void nop(void *unused)
{
}

static KDEFER_DEFINE_VOID1(too_many, int, n, int, m)
{
	kdefer(nop, NULL);
	if (n + m)
		kpanic(-EIO);
}
