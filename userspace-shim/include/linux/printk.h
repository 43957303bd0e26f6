/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KSHIM_LINUX_PRINTK_H
#define _KSHIM_LINUX_PRINTK_H

#include <stdarg.h>
#include <linux/compiler.h>
#include <linux/kern_levels.h>
#include <linux/ratelimit_types.h>

struct va_format {
	const char *fmt;
	va_list *va;
};

int __printf(1, 0) kshim_vprintk(const char *fmt, va_list args);
int __printf(1, 2) __cold kshim_printk(const char *fmt, ...);
void __cold kshim_dump_stack(void);

static inline __printf(1, 0) int vprintk(const char *fmt, va_list args)
{
	return kshim_vprintk(fmt, args);
}

static inline void dump_stack(void)
{
	kshim_dump_stack();
}

static inline __printf(1, 2) int no_printk(const char *fmt __maybe_unused, ...)
{
	return 0;
}

#ifndef pr_fmt
#define pr_fmt(fmt) fmt
#endif

#define printk(fmt, ...) kshim_printk(fmt, ## __VA_ARGS__)
#define _printk(fmt, ...) kshim_printk(fmt, ## __VA_ARGS__)
/* Compiles and checks the arguments, evaluates none of them. */
#define __kshim_no_printk(fmt, ...) \
({ \
	if (0) \
		no_printk(fmt, ## __VA_ARGS__); \
	0; \
})

#define pr_emerg(fmt, ...) printk(KERN_EMERG pr_fmt(fmt), ## __VA_ARGS__)
#define pr_alert(fmt, ...) printk(KERN_ALERT pr_fmt(fmt), ## __VA_ARGS__)
#define pr_crit(fmt, ...) printk(KERN_CRIT pr_fmt(fmt), ## __VA_ARGS__)
#define pr_err(fmt, ...) printk(KERN_ERR pr_fmt(fmt), ## __VA_ARGS__)
#define pr_warn(fmt, ...) printk(KERN_WARNING pr_fmt(fmt), ## __VA_ARGS__)
#define pr_notice(fmt, ...) printk(KERN_NOTICE pr_fmt(fmt), ## __VA_ARGS__)
#define pr_info(fmt, ...) printk(KERN_INFO pr_fmt(fmt), ## __VA_ARGS__)
#define pr_cont(fmt, ...) printk(KERN_CONT fmt, ## __VA_ARGS__)

#ifdef DEBUG
#define pr_debug(fmt, ...) printk(KERN_DEBUG pr_fmt(fmt), ## __VA_ARGS__)
#define pr_devel(fmt, ...) printk(KERN_DEBUG pr_fmt(fmt), ## __VA_ARGS__)
#else
#define pr_debug(fmt, ...) __kshim_no_printk(KERN_DEBUG pr_fmt(fmt), ## __VA_ARGS__)
#define pr_devel(fmt, ...) __kshim_no_printk(KERN_DEBUG pr_fmt(fmt), ## __VA_ARGS__)
#endif

/* True for the first caller only, whatever the number of threads. */
#define __kshim_first_time() \
({ \
	static unsigned char __kshim_done; \
	!__atomic_exchange_n(&__kshim_done, 1, __ATOMIC_RELAXED); \
})

#define printk_once(fmt, ...) \
({ \
	bool __kshim_print = __kshim_first_time(); \
	if (__kshim_print) \
		printk(fmt, ## __VA_ARGS__); \
	unlikely(__kshim_print); \
})

#define pr_emerg_once(fmt, ...) printk_once(KERN_EMERG pr_fmt(fmt), ## __VA_ARGS__)
#define pr_alert_once(fmt, ...) printk_once(KERN_ALERT pr_fmt(fmt), ## __VA_ARGS__)
#define pr_crit_once(fmt, ...) printk_once(KERN_CRIT pr_fmt(fmt), ## __VA_ARGS__)
#define pr_err_once(fmt, ...) printk_once(KERN_ERR pr_fmt(fmt), ## __VA_ARGS__)
#define pr_warn_once(fmt, ...) printk_once(KERN_WARNING pr_fmt(fmt), ## __VA_ARGS__)
#define pr_notice_once(fmt, ...) printk_once(KERN_NOTICE pr_fmt(fmt), ## __VA_ARGS__)
#define pr_info_once(fmt, ...) printk_once(KERN_INFO pr_fmt(fmt), ## __VA_ARGS__)

#define printk_ratelimited(fmt, ...) \
({ \
	static DEFINE_RATELIMIT_STATE(__kshim_rs, DEFAULT_RATELIMIT_INTERVAL, \
				      DEFAULT_RATELIMIT_BURST); \
	if (__ratelimit(&__kshim_rs)) \
		printk(fmt, ## __VA_ARGS__); \
})

#define pr_emerg_ratelimited(fmt, ...) printk_ratelimited(KERN_EMERG pr_fmt(fmt), ## __VA_ARGS__)
#define pr_alert_ratelimited(fmt, ...) printk_ratelimited(KERN_ALERT pr_fmt(fmt), ## __VA_ARGS__)
#define pr_crit_ratelimited(fmt, ...) printk_ratelimited(KERN_CRIT pr_fmt(fmt), ## __VA_ARGS__)
#define pr_err_ratelimited(fmt, ...) printk_ratelimited(KERN_ERR pr_fmt(fmt), ## __VA_ARGS__)
#define pr_warn_ratelimited(fmt, ...) printk_ratelimited(KERN_WARNING pr_fmt(fmt), ## __VA_ARGS__)
#define pr_notice_ratelimited(fmt, ...) printk_ratelimited(KERN_NOTICE pr_fmt(fmt), ## __VA_ARGS__)
#define pr_info_ratelimited(fmt, ...) printk_ratelimited(KERN_INFO pr_fmt(fmt), ## __VA_ARGS__)

#endif /* _KSHIM_LINUX_PRINTK_H */
