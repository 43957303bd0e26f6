/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KSHIM_LINUX_DEVICE_H
#define _KSHIM_LINUX_DEVICE_H

#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/kref.h>
#include <linux/slab.h>
#include <linux/sprintf.h>
#include <linux/types.h>

/*
 * What a driver's functions want of the device that they are given: a name to print, a pointer to
 * the driver's own data, and a count of who uses it. There are no buses that would probe one.
 */
struct device {
	struct device *parent;
	const char *init_name;
	char *name;
	void *driver_data;
	void *platform_data;
	void (*release)(struct device *dev);
	struct kref kref;
};

#include <linux/dev_printk.h>

int __printf(2, 3) kshim_dev_set_name(struct device *dev, const char *fmt, ...);
void kshim_device_release(struct kref *kref);

#define dev_set_name(dev, fmt, ...) kshim_dev_set_name(dev, fmt, ## __VA_ARGS__)

static inline const char *dev_name(const struct device *dev)
{
	return dev->init_name ?: dev->name ?: "(null)";
}

static inline void *dev_get_drvdata(const struct device *dev)
{
	return dev->driver_data;
}

static inline void dev_set_drvdata(struct device *dev, void *data)
{
	dev->driver_data = data;
}

static inline void device_initialize(struct device *dev)
{
	kref_init(&dev->kref);
}

static inline struct device *get_device(struct device *dev)
{
	if (dev)
		kref_get(&dev->kref);
	return dev;
}

static inline void put_device(struct device *dev)
{
	if (dev)
		kref_put(&dev->kref, kshim_device_release);
}

#endif /* _KSHIM_LINUX_DEVICE_H */
