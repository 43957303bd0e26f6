/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KSHIM_LINUX_VMALLOC_H
#define _KSHIM_LINUX_VMALLOC_H

#include <linux/slab.h>

static inline __malloc __alloc_size(1) void *vmalloc(unsigned long size)
{
	return kvmalloc(size, GFP_KERNEL);
}

static inline __malloc __alloc_size(1) void *vzalloc(unsigned long size)
{
	return kvzalloc(size, GFP_KERNEL);
}

static inline void vfree(const void *addr)
{
	kvfree(addr);
}

#endif /* _KSHIM_LINUX_VMALLOC_H */
