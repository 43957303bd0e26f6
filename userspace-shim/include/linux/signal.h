/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KSHIM_LINUX_SIGNAL_H
#define _KSHIM_LINUX_SIGNAL_H

/* The C library's names of the signals stand for those of the header of this name. */
#include <signal.h>
#include <linux/sched/signal.h>

#endif /* _KSHIM_LINUX_SIGNAL_H */
