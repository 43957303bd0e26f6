// SPDX-License-Identifier: GPL-2.0-only
/* error: discards */
#include <kdefer/kdefer.h>

/* A warning to users; here it is an error, to be counted. */
#ifdef __clang__
#pragma clang diagnostic error "-Wincompatible-pointer-types-discards-qualifiers"
#else
#pragma GCC diagnostic error "-Wdiscarded-qualifiers"
#endif

void release(void *p);

KDEFER_DEFINE(int, wrong, const char *, name)
{
	kdefer(release, name);
	return 0;
}
