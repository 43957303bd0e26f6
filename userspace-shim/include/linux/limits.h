/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KSHIM_LINUX_LIMITS_H
#define _KSHIM_LINUX_LIMITS_H

/*
 * The C library's <limits.h> includes this header: only names that it does not have may be
 * defined here. <linux/kernel.h> adds INT_MAX and its family from <limits.h>.
 */
#include <kshim-glibc.h>

#include_next <linux/limits.h>

#define U8_MAX ((unsigned char)0xff)
#define S8_MAX ((signed char)0x7f)
#define S8_MIN ((signed char)(-0x7f - 1))
#define U16_MAX ((unsigned short)0xffff)
#define S16_MAX ((short)0x7fff)
#define S16_MIN ((short)(-0x7fff - 1))
#define U32_MAX 0xffffffffU
#define U32_MIN 0U
#define S32_MAX 0x7fffffff
#define S32_MIN (-S32_MAX - 1)
#define U64_MAX 0xffffffffffffffffULL
#define S64_MAX 0x7fffffffffffffffLL
#define S64_MIN (-S64_MAX - 1)

#endif /* _KSHIM_LINUX_LIMITS_H */
