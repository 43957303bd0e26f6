/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KSHIM_LINUX_MODULEPARAM_H
#define _KSHIM_LINUX_MODULEPARAM_H

#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/kernel.h>
#include <linux/types.h>

struct kernel_param;

struct kernel_param_ops {
	unsigned int flags;
	int (*set)(const char *val, const struct kernel_param *kp);
	int (*get)(char *buffer, const struct kernel_param *kp);
	void (*free)(void *arg);
};

#define KERNEL_PARAM_OPS_FL_NOARG 1

struct kparam_string {
	unsigned int maxlen;
	char *string;
};

struct kparam_array {
	unsigned int max;
	unsigned int elemsize;
	unsigned int *num;
	const struct kernel_param_ops *ops;
	void *elem;
};

struct kernel_param {
	const char *name;
	const char *modname;
	const struct kernel_param_ops *ops;
	u16 perm;
	union {
		void *arg;
		const struct kparam_string *str;
		const struct kparam_array *arr;
	};
	struct kernel_param *next;
};

#define __KSHIM_PARAM_TYPE(type) \
	int kshim_param_set_##type(const char *val, const struct kernel_param *kp); \
	int kshim_param_get_##type(char *buffer, const struct kernel_param *kp); \
	extern const struct kernel_param_ops kshim_param_ops_##type

__KSHIM_PARAM_TYPE(byte);
__KSHIM_PARAM_TYPE(short);
__KSHIM_PARAM_TYPE(ushort);
__KSHIM_PARAM_TYPE(int);
__KSHIM_PARAM_TYPE(uint);
__KSHIM_PARAM_TYPE(long);
__KSHIM_PARAM_TYPE(ulong);
__KSHIM_PARAM_TYPE(ullong);
__KSHIM_PARAM_TYPE(bool);
__KSHIM_PARAM_TYPE(charp);
__KSHIM_PARAM_TYPE(string);
__KSHIM_PARAM_TYPE(array);

void kshim_param_register(struct kernel_param *kp);

#define __kshim_param_ops(type) kshim_param_ops_##type
#define param_set_int kshim_param_set_int
#define param_get_int kshim_param_get_int
#define param_set_uint kshim_param_set_uint
#define param_get_uint kshim_param_get_uint
#define param_set_long kshim_param_set_long
#define param_get_long kshim_param_get_long
#define param_set_ulong kshim_param_set_ulong
#define param_get_ulong kshim_param_get_ulong
#define param_set_bool kshim_param_set_bool
#define param_get_bool kshim_param_get_bool
#define param_set_charp kshim_param_set_charp
#define param_get_charp kshim_param_get_charp

#define __kshim_module_param(name_, ops_, perm_, field, value) \
static struct kernel_param __kshim_param_##name_ = { \
	.name = #name_, .modname = KBUILD_MODNAME, .ops = ops_, .perm = perm_, .field = value, \
}; \
static void __attribute__((__constructor__)) __kshim_param_register_##name_(void) \
{ \
	kshim_param_register(&__kshim_param_##name_); \
}

#define module_param_cb(name, ops, arg_, perm) \
	__kshim_module_param(name, ops, perm, arg, (void *)(arg_))
#define module_param_named(name, value, type, perm) \
	__kshim_module_param(name, &__kshim_param_ops(type), perm, arg, (void *)&(value))
#define module_param(name, type, perm) module_param_named(name, name, type, perm)
#define module_param_unsafe(name, type, perm) module_param(name, type, perm)

#define module_param_string(name, string_, len, perm) \
static const struct kparam_string __kshim_string_##name = { .maxlen = len, .string = string_ }; \
__kshim_module_param(name, &kshim_param_ops_string, perm, str, &__kshim_string_##name)

#define module_param_array_named(name, array, type, nump, perm) \
static const struct kparam_array __kshim_array_##name = { \
	.max = ARRAY_SIZE(array), .elemsize = sizeof((array)[0]), .num = nump, \
	.ops = &__kshim_param_ops(type), .elem = array, \
}; \
__kshim_module_param(name, &kshim_param_ops_array, perm, arr, &__kshim_array_##name)
#define module_param_array(name, type, nump, perm) \
	module_param_array_named(name, name, type, nump, perm)

#endif /* _KSHIM_LINUX_MODULEPARAM_H */
