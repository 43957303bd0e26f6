/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KSHIM_LINUX_DEVICE_H
#define _KSHIM_LINUX_DEVICE_H

#include <linux/bug.h>
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/kref.h>
#include <linux/overflow.h>
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
	struct kshim_devres *devres;
};

#include <linux/dev_printk.h>

int __printf(2, 3) kshim_dev_set_name(struct device *dev, const char *fmt, ...);
void kshim_device_release(struct kref *kref);
int kshim_devm_add(struct device *dev, void (*action)(void *data), void *data);
void *kshim_devm_kmalloc(struct device *dev, size_t n, gfp_t gfp);
char *kshim_devm_kstrdup(struct device *dev, const char *s, gfp_t gfp);
bool kshim_devm_remove(struct device *dev, void (*action)(void *data), void *data);
void kshim_devm_kfree(struct device *dev, const void *p);

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

/* What belongs to a device: given up with it, the newest first. */
#define devm_kmalloc(dev, n, gfp) kshim_devm_kmalloc(dev, n, gfp)
#define devm_kzalloc(dev, n, gfp) kshim_devm_kmalloc(dev, n, (gfp) | __GFP_ZERO)
#define devm_kcalloc(dev, n, size, gfp) \
	kshim_devm_kmalloc(dev, array_size(n, size), (gfp) | __GFP_ZERO)
#define devm_kstrdup(dev, s, gfp) kshim_devm_kstrdup(dev, s, gfp)
#define devm_kfree(dev, p) kshim_devm_kfree(dev, p)
#define devm_add_action(dev, action, data) kshim_devm_add(dev, action, data)
#define devm_remove_action(dev, action, data) \
	((void)WARN_ON(!kshim_devm_remove(dev, action, data)))

static inline int devm_add_action_or_reset(struct device *dev, void (*action)(void *data),
					   void *data)
{
	int err = kshim_devm_add(dev, action, data);

	if (err)
		action(data);
	return err;
}

static inline void devm_release_action(struct device *dev, void (*action)(void *data), void *data)
{
	if (!WARN_ON(!kshim_devm_remove(dev, action, data)))
		action(data);
}

#endif /* _KSHIM_LINUX_DEVICE_H */
