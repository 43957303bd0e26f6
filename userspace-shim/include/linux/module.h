/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KSHIM_LINUX_MODULE_H
#define _KSHIM_LINUX_MODULE_H

#include <kshim-glibc.h>

#include_next <linux/module.h>
#include <kshim-sanitizer.h>
#include <linux/build_bug.h>
#include <linux/export.h>
#include <linux/init.h>
#include <linux/kthread.h>
#include <linux/moduleparam.h>

void kshim_module_init(const char *name, initcall_t fn);
void kshim_module_exit(const char *name, exitcall_t fn);

/* The constructors of a program run in the order in which its files were linked. */
#define module_init(initfn) \
static void __attribute__((__constructor__)) __kshim_init_##initfn(void) \
{ \
	kshim_module_init(KBUILD_MODNAME, initfn); \
}

#define module_exit(exitfn) \
static void __attribute__((__constructor__)) __kshim_exit_##exitfn(void) \
{ \
	kshim_module_exit(KBUILD_MODNAME, exitfn); \
}

#define late_initcall(initfn) module_init(initfn)
#define subsys_initcall(initfn) module_init(initfn)

#define __kshim_modinfo(tag, text) \
static const char __UNIQUE_ID(tag)[] __used __section(".modinfo") __aligned(1) = #tag "=" text
#define MODULE_INFO(tag, info) __kshim_modinfo(tag, info)
#define MODULE_LICENSE(text) __kshim_modinfo(license, text)
#define MODULE_AUTHOR(text) __kshim_modinfo(author, text)
#define MODULE_DESCRIPTION(text) __kshim_modinfo(description, text)
#define MODULE_VERSION(text) __kshim_modinfo(version, text)
#define MODULE_ALIAS(text) __kshim_modinfo(alias, text)
#define MODULE_SOFTDEP(text) __kshim_modinfo(softdep, text)
#define MODULE_PARM_DESC(parm, desc) __kshim_modinfo(parm, __stringify(parm) ":" desc)
#define MODULE_IMPORT_NS(ns) \
	_Static_assert(sizeof(__stringify(ns)) > 1, "MODULE_IMPORT_NS() needs a name")

/* What is linked into a program is never unloaded before the program ends. */
static inline bool try_module_get(struct module *module __always_unused)
{
	return true;
}

static inline void __module_get(struct module *module __always_unused)
{
}

static inline void module_put(struct module *module __always_unused)
{
}

static inline const char *module_name(struct module *mod)
{
	return mod ? mod->name : "kernel";
}

static inline void __noreturn module_put_and_kthread_exit(long code)
{
	kthread_exit(code);
}

#endif /* _KSHIM_LINUX_MODULE_H */
