// SPDX-License-Identifier: GPL-2.0-only
/* error: kdefer() takes a function and the argument to call it with, which may be NULL */
#include <kdefer/kdefer.h>

void nop(void *unused);

KDEFER_DEFINE(int, wrong)
{
	kdefer(nop);
	return 0;
}
