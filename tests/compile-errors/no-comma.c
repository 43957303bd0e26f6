// SPDX-License-Identifier: GPL-2.0-only
/* error: pairs of type and name, with commas between all of them */
#include <kdefer/kdefer.h>

static void nop(void *unused)
{
}

KDEFER_DEFINE(int, wrong, int n)
{
	kdefer_recover_result();
	kdefer(nop, NULL);
	kdefer_result = 1;
	return n;
}
