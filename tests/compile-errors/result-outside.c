// SPDX-License-Identifier: GPL-2.0-only
/* error: struct kdefer_no_result */
#include <kdefer/kdefer.h>

static int __maybe_unused outside(void)
{
	kdefer_result = 1;
	return 0;
}
