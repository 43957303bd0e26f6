/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the code of a module is: there are parts of it that each have memory of their own since
 * 6.4, and two of them before.
 */
#ifndef _KDEFER_COMPAT_MODULE_TEXT_H
#define _KDEFER_COMPAT_MODULE_TEXT_H

#include <linux/module.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 4, 0)
#define kdefer_module_text(mod)			((unsigned long)(mod)->mem[MOD_TEXT].base)
#define kdefer_module_text_size(mod)		((mod)->mem[MOD_TEXT].size)
#define kdefer_module_init_text(mod)		((unsigned long)(mod)->mem[MOD_INIT_TEXT].base)
#define kdefer_module_init_text_size(mod)	((mod)->mem[MOD_INIT_TEXT].size)
#else
#define kdefer_module_text(mod)			((unsigned long)(mod)->core_layout.base)
#define kdefer_module_text_size(mod)		((mod)->core_layout.size)
#define kdefer_module_init_text(mod)		((unsigned long)(mod)->init_layout.base)
#define kdefer_module_init_text_size(mod)	((mod)->init_layout.size)
#endif

#endif /* _KDEFER_COMPAT_MODULE_TEXT_H */
