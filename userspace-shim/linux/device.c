// SPDX-License-Identifier: GPL-2.0-only
/* Devices: a name, an end, and what is given up then. */

#include "kshim-impl.h"

#include <linux/device.h>
#include <linux/slab.h>
#include <linux/string.h>

int kshim_dev_set_name(struct device *dev, const char *fmt, ...)
{
	va_list args;
	char *name;

	va_start(args, fmt);
	name = kshim_kvasprintf(GFP_KERNEL, fmt, args);
	va_end(args);
	if (!name)
		return -ENOMEM;
	kfree(dev->name);
	dev->name = name;
	return 0;
}

struct kshim_devres {
	struct kshim_devres *next;
	void (*action)(void *data);
	void *data;
};

static pthread_mutex_t devres_lock = PTHREAD_MUTEX_INITIALIZER;

int kshim_devm_add(struct device *dev, void (*action)(void *data), void *data)
{
	struct kshim_devres *r = kmalloc(sizeof(*r), GFP_KERNEL);

	if (!r)
		return -ENOMEM;
	pthread_mutex_lock(&devres_lock);
	*r = (struct kshim_devres){ dev->devres, action, data };
	dev->devres = r;
	pthread_mutex_unlock(&devres_lock);
	return 0;
}

/* The newest one for @data, if @dev has one; takes it out without calling it. */
bool kshim_devm_remove(struct device *dev, void (*action)(void *data), void *data)
{
	struct kshim_devres **link, *r;

	pthread_mutex_lock(&devres_lock);
	for (link = &dev->devres; (r = *link); link = &r->next)
		if (r->action == action && r->data == data)
			break;
	if (r)
		*link = r->next;
	pthread_mutex_unlock(&devres_lock);
	kfree(r);
	return r;
}

static void free_memory(void *p)
{
	kfree(p);
}

void *kshim_devm_kmalloc(struct device *dev, size_t n, gfp_t gfp)
{
	void *p = kmalloc(n, gfp);

	if (p && kshim_devm_add(dev, free_memory, p)) {
		kfree(p);
		return NULL;
	}
	return p;
}

char *kshim_devm_kstrdup(struct device *dev, const char *s, gfp_t gfp)
{
	size_t n = s ? strlen(s) + 1 : 0;
	char *copy = s ? kshim_devm_kmalloc(dev, n, gfp) : NULL;

	return copy ? memcpy(copy, s, n) : NULL;
}

void kshim_devm_kfree(struct device *dev, const void *p)
{
	if (!WARN_ON(!kshim_devm_remove(dev, free_memory, (void *)p)))
		kfree(p);
}

static void release_all(struct device *dev)
{
	struct kshim_devres *r;

	while ((r = dev->devres)) {
		dev->devres = r->next;
		r->action(r->data);
		kfree(r);
	}
}

void kshim_device_release(struct kref *kref)
{
	struct device *dev = container_of(kref, struct device, kref);
	char *name = dev->name;

	release_all(dev);
	if (!WARN(!dev->release, "Device '%s' does not have a release() function\n", dev_name(dev)))
		dev->release(dev);
	kfree(name);
}
