// SPDX-License-Identifier: GPL-2.0-only
/* error: pairs of type and name, with commas between all of them */
#include <kdefer/kdefer.h>

static void nop(void *unused)
{
}

KDEFER_DEFINE_VOID(wrong, const char *p, int m)
{
	kdefer(nop, (void *)p + m);
}
