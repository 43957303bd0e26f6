/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The queues of hrtimers: in <linux/hrtimer.h> of older kernels, and in a header of their own in
 * 7.3.
 */
#ifndef _KDEFER_COMPAT_HRTIMER_BASES_H
#define _KDEFER_COMPAT_HRTIMER_BASES_H

#include <linux/hrtimer.h>
/* Debian 12's sparse does not know what it is; its kernels do not have that header. */
#ifdef __has_include
#if __has_include(<linux/hrtimer_bases.h>)
#include <linux/hrtimer_bases.h>
#endif
#endif

#endif /* _KDEFER_COMPAT_HRTIMER_BASES_H */
