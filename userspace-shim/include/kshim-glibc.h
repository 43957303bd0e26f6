/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * In front of whatever comes from the C library or with it, so that this is the first thing to be
 * said.
 */
#ifndef _KSHIM_GLIBC_H
#define _KSHIM_GLIBC_H

#include <features.h>

#ifndef __GLIBC__
#error "kdefer: libkdefer is written for the GNU C library; others, such as musl, are not supported"
#endif

#endif /* _KSHIM_GLIBC_H */
