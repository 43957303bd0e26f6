/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KSHIM_LINUX_DEV_PRINTK_H
#define _KSHIM_LINUX_DEV_PRINTK_H

#include <linux/err.h>
#include <linux/printk.h>
#include <linux/ratelimit.h>

#ifndef dev_fmt
#define dev_fmt(fmt) fmt
#endif

/* As the kernel prints it of a device that no driver is bound to. */
#define __kshim_dev_printk(level, dev, fmt, ...) \
	printk(level " %s: " fmt, dev_name(dev), ## __VA_ARGS__)
#define dev_printk(level, dev, fmt, ...) __kshim_dev_printk(level, dev, fmt, ## __VA_ARGS__)

#define dev_emerg(dev, fmt, ...) __kshim_dev_printk(KERN_EMERG, dev, dev_fmt(fmt), ## __VA_ARGS__)
#define dev_alert(dev, fmt, ...) __kshim_dev_printk(KERN_ALERT, dev, dev_fmt(fmt), ## __VA_ARGS__)
#define dev_crit(dev, fmt, ...) __kshim_dev_printk(KERN_CRIT, dev, dev_fmt(fmt), ## __VA_ARGS__)
#define dev_err(dev, fmt, ...) __kshim_dev_printk(KERN_ERR, dev, dev_fmt(fmt), ## __VA_ARGS__)
#define dev_warn(dev, fmt, ...) __kshim_dev_printk(KERN_WARNING, dev, dev_fmt(fmt), ## __VA_ARGS__)
#define dev_notice(dev, fmt, ...) __kshim_dev_printk(KERN_NOTICE, dev, dev_fmt(fmt), ## __VA_ARGS__)
#define dev_info(dev, fmt, ...) __kshim_dev_printk(KERN_INFO, dev, dev_fmt(fmt), ## __VA_ARGS__)

#ifdef DEBUG
#define dev_dbg(dev, fmt, ...) __kshim_dev_printk(KERN_DEBUG, dev, dev_fmt(fmt), ## __VA_ARGS__)
#else
#define dev_dbg(dev, fmt, ...) \
do { \
	if (0) \
		__kshim_dev_printk(KERN_DEBUG, dev, dev_fmt(fmt), ## __VA_ARGS__); \
} while (0)
#endif

#define dev_err_once(dev, fmt, ...) \
do { \
	static bool __kshim_said; \
	if (!__atomic_exchange_n(&__kshim_said, true, __ATOMIC_RELAXED)) \
		dev_err(dev, fmt, ## __VA_ARGS__); \
} while (0)
#define dev_warn_once(dev, fmt, ...) \
do { \
	static bool __kshim_said; \
	if (!__atomic_exchange_n(&__kshim_said, true, __ATOMIC_RELAXED)) \
		dev_warn(dev, fmt, ## __VA_ARGS__); \
} while (0)
#define dev_info_once(dev, fmt, ...) \
do { \
	static bool __kshim_said; \
	if (!__atomic_exchange_n(&__kshim_said, true, __ATOMIC_RELAXED)) \
		dev_info(dev, fmt, ## __VA_ARGS__); \
} while (0)

#define dev_err_ratelimited(dev, fmt, ...) \
do { \
	static DEFINE_RATELIMIT_STATE(__kshim_rs, DEFAULT_RATELIMIT_INTERVAL, \
				      DEFAULT_RATELIMIT_BURST); \
	if (__ratelimit(&__kshim_rs)) \
		dev_err(dev, fmt, ## __VA_ARGS__); \
} while (0)
#define dev_warn_ratelimited(dev, fmt, ...) \
do { \
	static DEFINE_RATELIMIT_STATE(__kshim_rs, DEFAULT_RATELIMIT_INTERVAL, \
				      DEFAULT_RATELIMIT_BURST); \
	if (__ratelimit(&__kshim_rs)) \
		dev_warn(dev, fmt, ## __VA_ARGS__); \
} while (0)
#define dev_info_ratelimited(dev, fmt, ...) \
do { \
	static DEFINE_RATELIMIT_STATE(__kshim_rs, DEFAULT_RATELIMIT_INTERVAL, \
				      DEFAULT_RATELIMIT_BURST); \
	if (__ratelimit(&__kshim_rs)) \
		dev_info(dev, fmt, ## __VA_ARGS__); \
} while (0)

/* A message and the error in one; one that will go away by itself is no message. */
#define dev_err_probe(dev, err, fmt, ...) \
({ \
	int __kshim_err = (err); \
	if (__kshim_err != -EPROBE_DEFER) \
		dev_err(dev, "error %pe: " fmt, ERR_PTR(__kshim_err), ## __VA_ARGS__); \
	__kshim_err; \
})

#endif /* _KSHIM_LINUX_DEV_PRINTK_H */
