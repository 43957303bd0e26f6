/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KSHIM_ASM_CURRENT_H
#define _KSHIM_ASM_CURRENT_H

#include <linux/sched.h>

#endif /* _KSHIM_ASM_CURRENT_H */
