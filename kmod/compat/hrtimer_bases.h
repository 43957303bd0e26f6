/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The queues of hrtimers: in <linux/hrtimer.h> of older kernels, and in a header of their own in
 * 7.3.
 */
#ifndef _KDEFER_COMPAT_HRTIMER_BASES_H
#define _KDEFER_COMPAT_HRTIMER_BASES_H

#include <linux/hrtimer.h>
#include <linux/version.h>

/* Asked by number because sparse does not know __has_include. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 3, 0)
#include <linux/hrtimer_bases.h>
#endif

#endif /* _KDEFER_COMPAT_HRTIMER_BASES_H */
