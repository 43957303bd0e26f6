/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KSHIM_LINUX_BOTTOM_HALF_H
#define _KSHIM_LINUX_BOTTOM_HALF_H

#include <linux/preempt.h>

#define local_bh_disable() kshim_preempt_add(SOFTIRQ_DISABLE_OFFSET)
#define local_bh_enable() kshim_preempt_sub(SOFTIRQ_DISABLE_OFFSET)

#endif /* _KSHIM_LINUX_BOTTOM_HALF_H */
