// SPDX-License-Identifier: GPL-2.0-only
/* error: pairs of type and name, with commas between all of them */
#include <kdefer/kdefer.h>

static void nop(void *unused)
{
}

static KDEFER_DEFINE(int, wrong, int n, unsigned int *m)
{
	kdefer_recover_result();
	kdefer(nop, NULL);
	return n + *m;
}

int right(unsigned int *m)
{
	return wrong(1, m);
}
