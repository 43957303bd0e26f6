/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KSHIM_LINUX_INIT_H
#define _KSHIM_LINUX_INIT_H

#include <linux/compiler.h>

#define __init __cold
#define __initdata
#define __initconst
#define __exit __cold __used
#define __exitdata
#define __ro_after_init

typedef int (*initcall_t)(void);
typedef void (*exitcall_t)(void);

#endif /* _KSHIM_LINUX_INIT_H */
