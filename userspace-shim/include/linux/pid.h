/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KSHIM_LINUX_PID_H
#define _KSHIM_LINUX_PID_H

#include <linux/sched.h>

#endif /* _KSHIM_LINUX_PID_H */
