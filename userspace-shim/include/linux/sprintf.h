/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KSHIM_LINUX_SPRINTF_H
#define _KSHIM_LINUX_SPRINTF_H

#include <stdarg.h>
#include <linux/compiler.h>
#include <linux/types.h>

int __printf(3, 0) kshim_vsnprintf(char *buf, size_t size, const char *fmt, va_list args);
int __printf(3, 4) kshim_snprintf(char *buf, size_t size, const char *fmt, ...);
int __printf(3, 0) kshim_vscnprintf(char *buf, size_t size, const char *fmt, va_list args);
int __printf(3, 4) kshim_scnprintf(char *buf, size_t size, const char *fmt, ...);
int __printf(2, 0) kshim_vsprintf(char *buf, const char *fmt, va_list args);
int __printf(2, 3) kshim_sprintf(char *buf, const char *fmt, ...);
__printf(2, 0) char *kshim_kvasprintf(gfp_t gfp, const char *fmt, va_list args);
__printf(2, 3) char *kshim_kasprintf(gfp_t gfp, const char *fmt, ...);
int __scanf(2, 3) kshim_sscanf(const char *buf, const char *fmt, ...);

/*
 * Macros with arguments, and <stdio.h> is wrapped to step around them: so they hold whatever the
 * order of the headers, and with _FORTIFY_SOURCE.
 */
#define vsnprintf(buf, size, fmt, args) kshim_vsnprintf(buf, size, fmt, args)
#define snprintf(buf, size, fmt, ...) kshim_snprintf(buf, size, fmt, ## __VA_ARGS__)
#define vsprintf(buf, fmt, args) kshim_vsprintf(buf, fmt, args)
#define sprintf(buf, fmt, ...) kshim_sprintf(buf, fmt, ## __VA_ARGS__)
#define sscanf(buf, fmt, ...) kshim_sscanf(buf, fmt, ## __VA_ARGS__)
#define scnprintf(buf, size, fmt, ...) kshim_scnprintf(buf, size, fmt, ## __VA_ARGS__)
#define kasprintf(gfp, fmt, ...) kshim_kasprintf(gfp, fmt, ## __VA_ARGS__)

static inline __printf(3, 0) int vscnprintf(char *buf, size_t size, const char *fmt, va_list args)
{
	return kshim_vscnprintf(buf, size, fmt, args);
}

static inline __printf(2, 0) char *kvasprintf(gfp_t gfp, const char *fmt, va_list args)
{
	return kshim_kvasprintf(gfp, fmt, args);
}

#endif /* _KSHIM_LINUX_SPRINTF_H */
