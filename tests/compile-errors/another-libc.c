// SPDX-License-Identifier: GPL-2.0-only
/* error: libkdefer is written for the GNU C library */
#include <features.h>
/* As musl's compiler does. */
#undef __GLIBC__
#include <kdefer/kdefer.h>
