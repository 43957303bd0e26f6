/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KSHIM_LINUX_KERNEL_H
#define _KSHIM_LINUX_KERNEL_H

#include <kshim-glibc.h>

#include_next <linux/kernel.h>
#include <limits.h>
#include <stdarg.h>
#include <linux/align.h>
#include <linux/bitops.h>
#include <linux/bug.h>
#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/container_of.h>
#include <linux/err.h>
#include <linux/kstrtox.h>
#include <linux/limits.h>
#include <linux/log2.h>
#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/printk.h>
#include <linux/sprintf.h>
#include <linux/stddef.h>
#include <linux/stringify.h>
#include <linux/typecheck.h>
#include <linux/types.h>

#ifndef PAGE_SIZE
#define PAGE_SHIFT 12
#define PAGE_SIZE (1UL << PAGE_SHIFT)
#define PAGE_MASK (~(PAGE_SIZE - 1))
#endif

#define ARRAY_SIZE(arr) (sizeof(arr) / sizeof((arr)[0]) + __must_be_array(arr))
#define upper_32_bits(n) ((u32)(((n) >> 16) >> 16))
#define lower_32_bits(n) ((u32)((n) & 0xffffffff))
#define u64_to_user_ptr(x) ((void __user *)(uintptr_t)(x))
#define REPEAT_BYTE(x) ((~0ul / 0xff) * (x))

void kshim_might_sleep(const char *file, int line);

#define might_sleep() kshim_might_sleep(__FILE__, __LINE__)
#define might_sleep_if(cond) \
do { \
	if (cond) \
		might_sleep(); \
} while (0)

extern const char kshim_hex_asc[];

#define hex_asc kshim_hex_asc
#define hex_asc_lo(x) kshim_hex_asc[(x) & 0x0f]
#define hex_asc_hi(x) kshim_hex_asc[((x) & 0xf0) >> 4]

#endif /* _KSHIM_LINUX_KERNEL_H */
