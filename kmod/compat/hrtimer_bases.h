/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The queues of hrtimers: in <linux/hrtimer.h> of older kernels, and in a header of their own in
 * 7.3.
 */
#ifndef _KDEFER_COMPAT_HRTIMER_BASES_H
#define _KDEFER_COMPAT_HRTIMER_BASES_H

#include <linux/hrtimer.h>
#if __has_include(<linux/hrtimer_bases.h>)
#include <linux/hrtimer_bases.h>
#endif

#endif /* _KDEFER_COMPAT_HRTIMER_BASES_H */
