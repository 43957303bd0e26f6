/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KSHIM_LINUX_PARAM_H
#define _KSHIM_LINUX_PARAM_H

#include <kshim-glibc.h>

#include_next <linux/param.h>

/* Not a user's HZ: one jiffy is one millisecond. */
#undef HZ
#define HZ 1000

#endif /* _KSHIM_LINUX_PARAM_H */
