/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KSHIM_LINUX_CONTAINER_OF_H
#define _KSHIM_LINUX_CONTAINER_OF_H

#include <linux/build_bug.h>
#include <linux/err.h>
#include <linux/stddef.h>

#define typeof_member(T, m) __typeof__(((T *)0)->m)

#define container_of(ptr, type, member) \
({ \
	void *__mptr = (void *)(ptr); \
	_Static_assert(__same_type(*(ptr), ((type *)0)->member) || \
		       __same_type(*(ptr), void), \
		       "pointer type mismatch in container_of()"); \
	((type *)((char *)__mptr - offsetof(type, member))); \
})

#define container_of_safe(ptr, type, member) \
({ \
	void *__mptr_safe = (void *)(ptr); \
	IS_ERR_OR_NULL(__mptr_safe) ? (type *)__mptr_safe : \
				      container_of((__typeof__(ptr))__mptr_safe, type, member); \
})

#endif /* _KSHIM_LINUX_CONTAINER_OF_H */
