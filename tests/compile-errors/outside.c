// SPDX-License-Identifier: GPL-2.0-only
/* error: outside of a KDEFER function; KDEFER_DEFINE1() and its like make one */
#include <kdefer/kdefer.h>

static void nop(void *unused)
{
}

static int __maybe_unused outside(void)
{
	kdefer(nop, NULL);
	return 0;
}
