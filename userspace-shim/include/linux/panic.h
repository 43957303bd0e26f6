/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KSHIM_LINUX_PANIC_H
#define _KSHIM_LINUX_PANIC_H

#include <linux/bug.h>

#endif /* _KSHIM_LINUX_PANIC_H */
