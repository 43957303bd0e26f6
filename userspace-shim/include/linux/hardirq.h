/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KSHIM_LINUX_HARDIRQ_H
#define _KSHIM_LINUX_HARDIRQ_H

#include <linux/preempt.h>

#endif /* _KSHIM_LINUX_HARDIRQ_H */
