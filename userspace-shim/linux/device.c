// SPDX-License-Identifier: GPL-2.0-only
/* Devices: a name, and an end. */

#include "kshim-impl.h"

#include <linux/device.h>
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

void kshim_device_release(struct kref *kref)
{
	struct device *dev = container_of(kref, struct device, kref);
	char *name = dev->name;

	if (!WARN(!dev->release, "Device '%s' does not have a release() function\n", dev_name(dev)))
		dev->release(dev);
	kfree(name);
}
