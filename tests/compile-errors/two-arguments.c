// SPDX-License-Identifier: GPL-2.0-only
/* error: see kdefer_call() for more of them */
#include <kdefer/kdefer.h>

void nop(void *unused);

KDEFER_DEFINE(int, wrong)
{
	kdefer(nop, NULL, NULL);
	return 0;
}
