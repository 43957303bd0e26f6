/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KSHIM_LINUX_EXPORT_H
#define _KSHIM_LINUX_EXPORT_H

#include <linux/compiler.h>

/* A program is linked: every symbol that is not static is visible. What is left is the check. */
#define EXPORT_SYMBOL(sym) extern __typeof__(sym) sym
#define EXPORT_SYMBOL_GPL(sym) EXPORT_SYMBOL(sym)
#define EXPORT_SYMBOL_NS(sym, ns) EXPORT_SYMBOL(sym)
#define EXPORT_SYMBOL_NS_GPL(sym, ns) EXPORT_SYMBOL(sym)

/* One per source file; what a driver does with it is to hand its address on. */
struct module {
	const char *name;
};

static struct module kshim_this_module __maybe_unused = { .name = KBUILD_MODNAME };

#define THIS_MODULE (&kshim_this_module)

#endif /* _KSHIM_LINUX_EXPORT_H */
