/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * That one module uses symbols of another, as the kernel's loader notes it.
 *
 * Between 6.12 and 7.2 the type went from <linux/module.h> into the loader's own header, unchanged.
 * So this is a copy of it, under another name, for all kernels.
 */
#ifndef _KDEFER_COMPAT_MODULE_USE_H
#define _KDEFER_COMPAT_MODULE_USE_H

#include <linux/list.h>

struct module;

struct kdefer_module_use {
	struct list_head source_list;
	struct list_head target_list;
	struct module *source, *target;
};

#endif /* _KDEFER_COMPAT_MODULE_USE_H */
