// SPDX-License-Identifier: GPL-2.0-only
/* error: missing_t */
#include <kdefer/kdefer.h>

KDEFER_DEFINE_VOID(wrong, missing_t, n)
{
}
