/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KSHIM_LINUX_COMPILER_TYPES_H
#define _KSHIM_LINUX_COMPILER_TYPES_H

#include <linux/compiler.h>

#endif /* _KSHIM_LINUX_COMPILER_TYPES_H */
