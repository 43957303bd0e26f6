/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KSHIM_LINUX_BUG_H
#define _KSHIM_LINUX_BUG_H

#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/printk.h>
#include <linux/types.h>

void __noreturn __cold kshim_bug(const char *file, int line, const char *func);
void __printf(4, 5) __cold kshim_warn(const char *file, int line, const char *func,
				      const char *fmt, ...);
void __noreturn __printf(1, 2) __cold kshim_panic(const char *fmt, ...);

#define panic(fmt, ...) kshim_panic(fmt, ## __VA_ARGS__)

#define BUG() kshim_bug(__FILE__, __LINE__, __func__)
#define BUG_ON(condition) \
do { \
	if (unlikely(condition)) \
		BUG(); \
} while (0)

#define __WARN() kshim_warn(__FILE__, __LINE__, __func__, NULL)
#define __WARN_printf(fmt, ...) kshim_warn(__FILE__, __LINE__, __func__, fmt, ## __VA_ARGS__)

#define WARN_ON(condition) \
({ \
	bool __kshim_warn_on = !!(condition); \
	if (unlikely(__kshim_warn_on)) \
		__WARN(); \
	unlikely(__kshim_warn_on); \
})

#define WARN(condition, fmt, ...) \
({ \
	bool __kshim_warn_on = !!(condition); \
	if (unlikely(__kshim_warn_on)) \
		__WARN_printf(fmt, ## __VA_ARGS__); \
	unlikely(__kshim_warn_on); \
})

#define WARN_ON_ONCE(condition) \
({ \
	bool __kshim_warn_once = !!(condition); \
	if (unlikely(__kshim_warn_once) && __kshim_first_time()) \
		__WARN(); \
	unlikely(__kshim_warn_once); \
})

#define WARN_ONCE(condition, fmt, ...) \
({ \
	bool __kshim_warn_once = !!(condition); \
	if (unlikely(__kshim_warn_once) && __kshim_first_time()) \
		__WARN_printf(fmt, ## __VA_ARGS__); \
	unlikely(__kshim_warn_once); \
})

#define WARN_TAINT(condition, taint, fmt, ...) WARN(condition, fmt, ## __VA_ARGS__)

#endif /* _KSHIM_LINUX_BUG_H */
